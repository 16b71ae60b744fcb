"""What pausing promises, whatever the order of events.

Scripts are made up here as they behave: each paused thread has a connection with a box, on which messages wait in both
directions, in order, and may be lost with it. What the box says comes from a real registry.
"""

from collections import deque
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from lager import errors, wire
from lager_debugbridge import effects, events
from lager_debugbridge.registry import CHANGE_SECONDS, Registry

NO = wire.ErrorBody("change-refused", "no such variable")
LONG = 1000.0  # s; longer than anything takes here
RUNS = st.sampled_from("ab")


@dataclass
class Thread:
    """One pause of a script, as the script knows it."""

    key: str
    run: str
    link: int
    deadline: float | None
    on_timeout: str
    number: int = 0
    inbox: deque = field(default_factory=deque)  # from the box
    outbox: deque = field(default_factory=deque)  # to it
    obeyed: effects.Release | None = None
    over: bool = False  # it goes on
    ended: bool = False  # and the box has said so

    @property
    def place(self):
        return self.run, self.number


class Promise(RuleBasedStateMachine):
    """Every pause is over once, by the one who is told so; none is lost, none is freed in place of another."""

    threads = Bundle("threads")
    numbers = Bundle("numbers")  # that anybody has ever seen

    def __init__(self):
        super().__init__()
        self.registry = Registry()
        self.now = 0.0
        self.count = 0
        self.known = {}  # by key: the threads of which this box knows that they are paused
        self.leaving = set()  # keys of those it has released for good
        self.asked = {}  # by ticket: whose changes, and of which thread
        self.told = {}  # by key: who was told that the pause is released, and how
        self.doubtful = set()  # keys of those whose script owes an answer to changes
        self.highest = {"a": 0, "b": 0}  # as a runner keeps it
        self.given = {}  # by place: the key that had it
        self.soon = set()
        self.consoles = {}

    # The box says -------------------------------------------------------------------------------------------------

    def handle(self, event):
        due = self.registry.handle(event)
        for effect in due:
            getattr(self, f"on_{type(effect).__name__.lower()}")(event, effect)
        return due

    def on_announce(self, event, effect):
        thread = self.known[effect.key]
        assert effect.link == thread.link
        assert thread.number in (0, effect.number)  # it keeps its number
        thread.number = effect.number
        assert self.given.setdefault(thread.place, thread.key) == thread.key  # and no other has had it
        self.highest[thread.run] = max(self.highest[thread.run], effect.number)

    def on_began(self, event, effect):
        assert isinstance(event, events.Hit)
        thread = self.known[event.hit.key]
        assert effect.run == thread.run
        assert thread.number in (0, effect.pause.number)
        thread.number = effect.pause.number

    def on_release(self, event, effect):
        thread = self.known[effect.key]
        assert effect.link == thread.link
        again = isinstance(event, events.Hit) and event.hit.key == effect.key
        assert again or effect.key not in self.leaving
        if isinstance(event, events.Resume | events.Abort | events.Change):
            assert event.number in (None, thread.number)
            assert event.run == thread.run
        if effect.sets:
            assert isinstance(event, events.Change)  # never sent twice
        else:
            self.leaving.add(effect.key)
        thread.inbox.append(effect)

    def on_ended(self, event, effect):
        thread = self.known.pop(effect.key)
        assert not thread.ended
        assert (effect.run, effect.number) == thread.place
        thread.ended = True
        self.leaving.discard(effect.key)
        by, reason = self.told.get(thread.key, ("", ""))
        if reason == effect.reason:
            assert effect.by == by
        if by and isinstance(event, events.Released) and thread.obeyed and thread.key not in self.doubtful:
            assert (effect.by, effect.reason) == (by, reason)
        if effect.by and not by:
            assert thread.key in self.doubtful  # who was told that it is unknown

    def on_answer(self, event, effect):
        by, thread = self.asked.pop(effect.ticket)
        if isinstance(effect.said, wire.Resumed):
            assert thread.obeyed.by == by
            assert effect.said.done == ["volts = 1"]
            self.tell(thread, by, "resumed")
        elif isinstance(event, events.Declined):
            assert effect.said.what == NO.what
            assert thread.obeyed is None or thread.obeyed.by != by
        elif isinstance(event, events.Tick | events.Hit):
            self.doubtful.add(thread.key)
        else:
            assert isinstance(effect.said, errors.NothingPaused)

    def on_soon(self, event, effect):
        assert isinstance(event, events.Tick)
        assert (effect.run, effect.pause.number) not in self.soon
        self.soon.add((effect.run, effect.pause.number))
        assert effect.pause.number in {one.number for one in self.registry.pauses(effect.run)}

    def on_refuse(self, event, effect):
        assert not isinstance(event, events.Released)

    def on_openconsole(self, event, effect):
        assert self.known[effect.key].link == effect.link
        self.consoles.setdefault(effect.console, set()).add(effect.key)

    def on_shutconsole(self, event, effect):
        assert effect.console in self.consoles

    def on_endconsole(self, event, effect):
        assert self.consoles[effect.console]

    def tell(self, thread, by, reason):
        assert thread.key not in self.told, "two were told that they have released it"
        self.told[thread.key] = (by, reason)

    # Scripts do ---------------------------------------------------------------------------------------------------

    def announce(self, thread):
        self.count += 1
        thread.link = self.count
        thread.inbox.clear()
        thread.outbox.clear()
        self.known[thread.key] = thread
        left = None if thread.deadline is None else max(0.0, thread.deadline - self.now)
        hit = wire.Hit(
            run=thread.run,
            key=thread.key,
            pid=1,
            label=None,
            file="t.py",
            line=3,
            function="f",
            thread="T",
            timeout=left or 0,
            left=left,
            interactive=True,
            number=thread.number,
            seen=thread.number,
            on_timeout=thread.on_timeout,
        )
        self.handle(events.Hit(hit, thread.link, self.now, 0.0))

    @rule(
        target=threads, run=RUNS, left=st.none() | st.floats(0.1, 20), on_timeout=st.sampled_from(["resume", "abort"])
    )
    def pause(self, run, left, on_timeout):
        self.count += 1
        deadline = None if left is None else self.now + left
        thread = Thread(f"k{self.count}", run, 0, deadline, on_timeout)
        self.announce(thread)
        return thread

    @rule(thread=threads, does=st.booleans())
    def reads(self, thread, does):
        """Take the next message of the box; make the changes it asks for, or do not."""
        if thread.over or not thread.inbox:
            return
        release = thread.inbox.popleft()
        if release.sets and not does:
            thread.outbox.append(events.Declined(thread.key, NO, thread.link))
        else:
            thread.over, thread.obeyed = True, release
            done = ("volts = 1",) if release.sets else ()
            thread.outbox.append(events.Released(thread.key, release.reason, thread.link, done))

    @rule(thread=threads, reason=st.sampled_from(["interrupted", "timed out"]))
    def goes_on_by_itself(self, thread, reason):
        if not thread.over:
            thread.over = True
            thread.outbox.append(events.Released(thread.key, reason, thread.link))

    @rule(thread=threads)
    def is_heard(self, thread):
        if thread.outbox:
            message = thread.outbox.popleft()
            if isinstance(message, events.Declined):
                self.handle(message)
                self.doubtful.discard(thread.key)
            else:
                self.handle(message)
                assert thread.ended
                assert self.handle(message) == []  # said twice

    @rule(thread=threads, lives=st.booleans(), late=st.booleans())
    def connection_breaks(self, thread, lives, late):
        if thread.ended:
            assert self.handle(events.ConnectionLost(thread.link)) == []
            return
        broken = thread.link
        if lives and not thread.over:
            if late:  # the new connection is there before the end of the old one is seen
                self.announce(thread)
            self.handle(events.ConnectionLost(broken))
            if not late:
                thread.ended, thread.number = False, 0  # for the box it was over; it is a new one
                thread.key += "'"
                self.told.pop(thread.key, None)
                self.announce(thread)
        else:
            thread.over = True
            self.handle(events.ConnectionLost(broken))
            assert thread.ended

    @rule(order=st.randoms(use_true_random=False), meanwhile=st.none() | RUNS)
    def box_is_restarted(self, order, meanwhile):
        self.registry = Registry()
        for run, highest in self.highest.items():
            self.handle(events.Adopted(run, highest))
        waiting, self.known = list(self.known.values()), {}
        order.shuffle(waiting)
        for keys in (self.leaving, self.asked, self.soon, self.consoles):
            keys.clear()
        if meanwhile:  # a process that knows of no pause before is there first
            self.pause(meanwhile, None, "resume")
        for thread in waiting:
            self.doubtful.add(thread.key)
            self.told.pop(thread.key, None)
            if thread.over:
                thread.ended = True
            else:
                self.announce(thread)

    # People do ----------------------------------------------------------------------------------------------------

    @rule(target=numbers, thread=threads)
    def sees(self, thread):
        return thread.number

    def somebody(self):
        self.count += 1
        return f"p{self.count}"

    @rule(run=RUNS, number=st.none() | numbers, everything=st.booleans(), end=st.booleans())
    def releases(self, run, number, everything, end):
        by, kind = self.somebody(), events.Abort if end else events.Resume
        free, several = self.free(run), len(self.paused(run)) > 1
        due = self.handle(kind(run, number, by, everything))
        for release in due:
            if isinstance(release, effects.Release):
                self.tell(self.known[release.key], by, release.reason)
        released = {one.key for one in due if isinstance(one, effects.Release)}
        if everything:
            assert released == (set() if number is not None else {thread.key for thread in free})
        elif number is not None:
            assert released == {thread.key for thread in free if thread.number == number}
        else:
            assert released == ({free[0].key} if free and not several else set())

    @rule(thread=threads, end=st.booleans())
    def releases_what_is_listed(self, thread, end):
        """Type the name that the list gives: it means that pause."""
        names = {pause.number: pause.name for pause in self.registry.pauses(thread.run)}
        if thread.key in self.known and thread.key not in self.leaving:
            _, _, number = names[thread.number].partition(".")
            self.releases(thread.run, int(number) if number else None, False, end)
            assert thread.key in self.leaving or thread in self.being_changed()

    @rule(run=RUNS, number=st.none() | numbers)
    def changes(self, run, number):
        by = self.somebody()
        self.count += 1
        ticket = self.count
        asked = wire.ContinueRequest(by, [("volts", "1")])
        for effect in self.handle(events.Change(run, number, asked, ticket, self.now)):
            if isinstance(effect, effects.Release):
                self.asked[ticket] = (by, self.known[effect.key])

    @rule(run=RUNS, number=st.none() | numbers, console=st.sampled_from("xy"))
    def looks(self, run, number, console):
        self.handle(events.AttachConsole(console, run, number))

    @rule(console=st.sampled_from("xy"))
    def looks_away(self, console):
        self.handle(events.DetachConsole(console))

    # Time -----------------------------------------------------------------------------------------------------------

    @rule(seconds=st.floats(0, 12))
    def time_passes(self, seconds):
        self.now += seconds
        self.handle(events.Tick(self.now))
        for thread in self.known.values():
            if thread.deadline is not None and thread.deadline <= self.now:
                assert thread.key in self.leaving or thread in self.being_changed()
        deadline = self.registry.next_deadline()
        assert deadline is None or deadline > self.now

    # Always -----------------------------------------------------------------------------------------------------------

    def being_changed(self):
        return [thread for _, thread in self.asked.values()]

    def paused(self, run):
        return [one for one in self.known.values() if one.run == run and one.key not in self.leaving]

    def free(self, run):
        return [one for one in self.paused(run) if one not in self.being_changed()]

    @invariant()
    def what_is_paused_is_listed(self):
        for run in "ab":
            listed = self.registry.pauses(run)
            assert [one.number for one in listed] == sorted(one.number for one in self.paused(run))
            names = {one.name for one in listed}
            assert names == ({run} if len(listed) == 1 else {f"{run}.{one.number}" for one in listed})

    def teardown(self):
        """Let everything come to its end: scripts read what waits for them, and one run ends."""
        for thread in list(self.known.values()):
            while thread.key in self.known and (thread.inbox or thread.outbox):
                self.reads(thread, False)
                self.is_heard(thread)
        self.time_passes(LONG + CHANGE_SECONDS)
        assert self.asked == {}
        for thread in list(self.known.values()):
            assert thread.deadline is None or thread.key in self.leaving
        self.releases("a", None, True, False)
        for thread in list(self.known.values()):
            if thread.run == "a":
                self.reads(thread, True)
                self.is_heard(thread)
                assert thread.ended, thread
        self.handle(events.ScriptGone("b"))
        assert self.known == {}
        assert self.registry.next_deadline() is None
        assert self.registry.pauses("a") == self.registry.pauses("b") == []


Promise.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestPromise = Promise.TestCase

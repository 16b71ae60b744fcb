"""Who gets what of what is said at a pause, whatever the order of events and however often connections break.

Clients are made up here as they behave: each keeps the number it has seen last, joins again, and sends again what it
does not know to have arrived.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lager import errors, wire
from lager_debugbridge import audience
from lager_debugbridge.audience import At, Audience
from lager_debugbridge.effects import OpenConsole

LINK = 3
NAMES = st.sampled_from(["a", "b", "c"])
FOLLOWERS = st.sampled_from(["f", "g"])
PAUSE = wire.PauseInfo(
    number=1,
    name="run",
    label=None,
    file="t.py",
    line=1,
    function="f",
    thread="MainThread",
    since=0.0,
    timeout=0.0,
    interactive=True,
)
OPENED = OpenConsole(LINK, "key", "", "run", PAUSE)


@dataclass
class Client:
    """One who looks, and what he has got."""

    name: str
    connection: int | None = None
    seen: int = 0
    got: list = field(default_factory=list)
    sources: list = field(default_factory=list)  # of his statements
    taken: int = 0  # the last statement that the box said it has had


class Machine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.connections = 0
        self.reset()

    def reset(self):
        self.audience = Audience(grace=10.0)
        self.clients = {}
        self.followers = {}
        self.passed = []  # what the script got: console and statement
        self.done = {}  # by console: how many statements the script has done
        self.said = {}  # by console: what the script said of it
        self.gone = set()
        self.notes = []

    def at(self):
        return At(self.now, 1000.0 + self.now)

    def carry_out(self, due):
        for effect in list(due):
            match effect:
                case audience.Tell(link, message):
                    assert link == LINK
                    self.told(message)
                case audience.Gone(console):
                    assert console not in self.gone  # once
                    self.gone.add(console)
                case audience.Note(run, entry):
                    assert run == "run"
                    self.notes.append(entry)
                case audience.Answer(connection, wire.ConsoleReady(statement=statement)):
                    for one in self.clients.values():
                        if one.connection == connection:
                            one.taken = statement
        self.read()

    def told(self, message):
        if isinstance(message, wire.Evaluate):
            assert message.console not in self.followers
            self.passed.append((message.console, message.statement))
            assert message.source == self.clients[message.console].sources[message.statement - 1]

    def read(self):
        """Let every client that is there read everything."""
        for one in [*self.clients.values(), *self.followers.values()]:
            looker = self.audience.looker(one.name)
            while looker and one.connection and (message := looker.said.after(one.seen)):
                assert message.number == one.seen + 1
                one.seen = message.number
                one.got.append(message)

    def connect(self, one, view):
        if one.name in self.gone:
            return
        self.connections += 1
        join = wire.Join(one.name, one.name.upper(), one.seen, view, again=one.seen > 0)
        known = self.audience.known(join, "run", None)
        assert isinstance(known, bool)
        one.connection = self.connections
        if known:
            self.carry_out(self.audience.join_again(one.name, one.connection, self.at()))
        else:
            self.carry_out(self.audience.join(join, OPENED, one.connection, self.at()))

    @rule(name=NAMES)
    def join(self, name):
        one = self.clients.setdefault(name, Client(name))
        self.connect(one, view=False)
        for statement in range(one.taken + 1, len(one.sources) + 1):  # what was lost with the connection
            self.send(one, statement)

    @rule(name=FOLLOWERS)
    def follow(self, name):
        self.connect(self.followers.setdefault(name, Client(name)), view=True)

    @rule(name=st.one_of(NAMES, FOLLOWERS))
    def break_off(self, name):
        one = self.clients.get(name) or self.followers.get(name)
        if one and one.connection:
            connection, one.connection = one.connection, None
            self.carry_out(self.audience.broke(name, connection, self.at()))

    @rule(name=NAMES, lost=st.booleans())
    def evaluate(self, name, lost):
        one = self.clients.get(name)
        if one and one.connection and len(one.sources) - self.done.get(name, 0) < 5:
            one.sources.append(f"{name}{len(one.sources) + 1}")
            if lost:
                self.break_off(name)
            else:
                self.send(one, len(one.sources))

    @rule(name=NAMES, statement=st.integers(1, 6))
    def send_again(self, name, statement):
        one = self.clients.get(name)
        taken = self.audience.looker(name).statement if self.audience.looker(name) else 0
        if one and one.connection and statement <= taken:
            self.send(one, statement)

    def send(self, one, statement):
        source = one.sources[statement - 1]
        self.carry_out(self.audience.ask(one.name, wire.Evaluate(statement, source), False, self.at()))

    @rule(name=FOLLOWERS)
    def a_follower_evaluates(self, name):
        one = self.followers.get(name)
        if one and one.connection:
            before = len(self.passed)
            statement = self.audience.looker(name).statement + 1
            self.carry_out(self.audience.ask(name, wire.Evaluate(statement, "1"), False, self.at()))
            assert len(self.passed) == before
            if name not in self.gone:
                assert one.got[-1] == wire.ConsoleResult(statement, False, name, one.seen)

    @rule(name=NAMES, text=st.sampled_from(["", "x", "yy"]))
    def the_script_answers(self, name, text):
        waiting = [statement for console, statement in self.passed if console == name]
        done = self.done.get(name, 0)
        if name in self.gone or done == len(waiting):
            return
        self.done[name] = done + 1
        output = wire.ConsoleOutput(waiting[done], 1, text, name)
        for message in [output, wire.ConsoleResult(waiting[done], True, name)]:
            self.said.setdefault(name, []).append(message)
            self.carry_out(self.audience.hear(LINK, message, self.at()))

    @rule(seconds=st.floats(0.1, 6.0))
    def time_passes(self, seconds):
        self.now += seconds
        lookers = [self.audience.looker(name) for name in {**self.clients, **self.followers}]
        late = {one.name for one in lookers if one and one.until is not None and one.until <= self.now}
        self.carry_out(self.audience.tick(self.at()))
        assert late <= self.gone

    @rule()
    def the_pause_ends(self):
        for name in {**self.clients, **self.followers}:
            self.carry_out(self.audience.end(name, "resumed", self.at()))
        for one in [*self.clients.values(), *self.followers.values()]:
            if one.connection:
                assert isinstance(one.got[-1], wire.ConsoleClosed)
        self.reset()

    @invariant()
    def each_statement_is_passed_on_once_and_in_order(self):
        assert len(self.passed) == len(set(self.passed))
        for name in self.clients:
            mine = [statement for console, statement in self.passed if console == name]
            assert mine == list(range(1, len(mine) + 1))

    @invariant()
    def a_client_that_is_there_has_all_that_was_said(self):
        for name, one in self.clients.items():
            if one.connection and name not in self.gone:
                assert [plain(message) for message in one.got] == self.said.get(name, [])

    @invariant()
    def consoles_are_kept_for_the_grace_and_no_longer(self):
        for name, one in {**self.clients, **self.followers}.items():
            looker = self.audience.looker(name)
            if one.connection and name not in self.gone:
                assert looker is not None
                assert looker.until is None
            elif looker is not None:
                assert looker.until > self.now

    @invariant()
    def every_statement_is_written_down_once(self):
        noted = [(entry.console, entry.statement) for entry in self.notes if entry.kind == "statement"]
        assert noted == self.passed


def plain(message):
    import msgspec

    return msgspec.structs.replace(message, number=0)


Machine.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestAudience = Machine.TestCase


# Single rules ---------------------------------------------------------------------------------------------------------


NOW = At(100.0, 5000.0)


def opened(*names, view=()):
    one = Audience()
    for number, name in enumerate(names, 1):
        list(one.join(wire.Join(name, name.upper(), view=name in view), OPENED, number, NOW))
    list(one.hear(LINK, wire.Pong(1), NOW))  # the script answered when the first console was opened
    return one


def of(kind, due):
    return [effect for effect in due if isinstance(effect, kind)]


def read(one, name):
    looker, seen, got = one.looker(name), 0, []
    while message := looker.said.after(seen):
        seen = message.number
        got.append(message)
    return got


def test_a_follower_sees_what_others_evaluate_and_they_do_not_see_each_other():
    one = opened("a", "b", "f", view=["f"])
    list(one.ask("a", wire.Evaluate(1, "1 + 1"), False, NOW))
    for message in (
        wire.ConsoleOutput(1, 1, "2\n", "a"),
        wire.Wrote(1, "x.on()", "a"),
        wire.ConsoleResult(1, True, "a"),
    ):
        list(one.hear(LINK, message, NOW))
    assert read(one, "f") == [
        wire.Said(1, "1 + 1", "A", NOW.wall, "a", 1),
        wire.ConsoleOutput(1, 1, "2\n", "a", 2),
        wire.Wrote(1, "x.on()", "a", 3),
        wire.ConsoleResult(1, True, "a", number=4),
    ]
    assert [type(message) for message in read(one, "a")] == [wire.ConsoleOutput, wire.Wrote, wire.ConsoleResult]
    assert read(one, "b") == []


def test_who_follows_later_sees_what_is_running():
    one = opened("a")
    list(one.ask("a", wire.Evaluate(1, "while True: pass"), False, NOW))
    list(one.join(wire.Join("f", "F", view=True), OPENED, 9, NOW))
    assert read(one, "f") == [wire.Said(1, "while True: pass", "A", NOW.wall, "a", 1)]


def test_a_source_that_is_too_long_is_refused_in_a_sentence():
    one = opened("a")
    due = list(one.ask("a", wire.Evaluate(1, "x" * (audience.SOURCE_LIMIT + 1)), False, NOW))
    assert not of(audience.Tell, due)
    said, result = read(one, "a")
    assert said.text == "A statement may have 1048576 characters at most; this one has 1048577, and was not sent.\n"
    assert (result.statement, result.ok) == (1, False)
    assert of(audience.Tell, one.ask("a", wire.Evaluate(2, "x" * audience.SOURCE_LIMIT), False, NOW))
    (answer,) = one.ask("a", wire.Complete(7, "x" * (audience.SOURCE_LIMIT + 1), 1), False, NOW)
    assert answer.message == wire.Completions(7, [])


def test_a_console_cannot_send_more_than_the_script_can_hold():
    one = opened("a")
    for statement in range(1, audience.WAITING_LIMIT + 1):
        assert of(audience.Tell, one.ask("a", wire.Evaluate(statement, "1"), False, NOW))
    late = audience.WAITING_LIMIT + 1
    assert not of(audience.Tell, one.ask("a", wire.Evaluate(late, "1"), False, NOW))
    assert read(one, "a")[0].text == audience.TOO_MANY
    list(one.hear(LINK, wire.ConsoleResult(1, True, "a"), NOW))
    assert of(audience.Tell, one.ask("a", wire.Evaluate(late + 1, "1"), False, NOW))
    one = opened("a")
    due = [list(one.ask("a", wire.Evaluate(number, "x" * audience.SOURCE_LIMIT), False, NOW)) for number in range(1, 7)]
    assert [bool(of(audience.Tell, each)) for each in due] == [True] * 4 + [False] * 2
    assert not of(audience.Tell, opened("a").ask("a", wire.Evaluate(1, "1"), True, NOW))  # it does not read
    told = [of(audience.Tell, one.ask("a", wire.Interrupt(1), True, NOW)) for _ in range(3)]
    assert [len(each) for each in told] == [1, 0, 0]  # but it will have to stop


@pytest.mark.parametrize(
    ("join", "run", "number"),
    [
        (wire.Join("", "A"), "run", None),
        (wire.Join("x" * 201, "A"), "run", None),
        (wire.Join("new", "A", seen=3), "run", None),
        (wire.Join("new", "A", again=True), "run", None),
        (wire.Join("a", "A", seen=-1), "run", None),
        (wire.Join("a", "A", seen=2**64 - 1, again=True), "run", None),
        (wire.Join("a", "A"), "other", None),
        (wire.Join("a", "A"), "run", 2),
        (wire.Join("a", "A", view=True), "run", None),
    ],
)
def test_connections_that_cannot_be(join, run, number):
    assert isinstance(opened("a").known(join, run, number), errors.LagerError)


def test_a_second_connection_takes_the_console_over():
    one = opened("a")
    due = list(one.join_again("a", 2, NOW))
    assert of(audience.HangUp, due) == [audience.HangUp(1)]
    assert not list(one.broke("a", 1, NOW))
    assert one.looker("a").connection == 2


def test_a_console_that_is_over_keeps_its_last_words_for_a_while():
    one = opened("a")
    list(one.broke("a", 1, NOW))
    list(one.end("a", "resumed", NOW))
    assert of(audience.Gone, one.tick(At(NOW.now + audience.GRACE_SECONDS - 1, 0))) == []
    list(one.join_again("a", 2, NOW))
    assert read(one, "a") == [wire.ConsoleClosed("resumed", None, "a", 1)]
    assert one.next_deadline() is None
    list(one.broke("a", 2, NOW))
    assert one.next_deadline() == NOW.now + audience.GRACE_SECONDS
    assert of(audience.Gone, one.tick(At(NOW.now + audience.GRACE_SECONDS, 0))) == []  # that was said already
    assert one.looker("a") is None


def test_last_words_are_kept_of_so_many_consoles():
    one = Audience()
    for number in range(100):
        list(one.join(wire.Join(f"c{number}"), OPENED, number, NOW))
        list(one.hear(LINK, wire.ConsoleClosed("exit", None, f"c{number}"), NOW))
        list(one.broke(f"c{number}", number, NOW))
    assert one.looker("c35") is None
    assert one.looker("c36") is not None


def test_what_a_console_of_another_script_says_is_not_listened_to():
    one = opened("a", "f", view=["f"])
    list(one.ask("a", wire.Evaluate(1, "1"), False, NOW))
    for link, console in ((LINK + 1, "a"), (LINK, "f"), (LINK, "nobody")):
        assert not list(one.hear(link, wire.ConsoleResult(1, True, console), NOW))


def test_a_script_that_does_not_answer_is_told_of():
    one = opened("a", "f", view=["f"])
    assert one.next_deadline() is None  # nobody waits
    due = list(one.ask("a", wire.Evaluate(1, "1"), False, NOW))
    assert [effect.message for effect in of(audience.Tell, due)][-1] == wire.Ping(2)
    assert one.next_deadline() == NOW.now + 2.0
    silent = of(audience.Answer, one.tick(At(NOW.now + 2.0, 0)))
    assert silent == [audience.Answer(1, wire.NotAnswering(2.0, "a")), audience.Answer(2, wire.NotAnswering(2.0, "f"))]
    again = of(audience.Answer, one.hear(LINK, wire.Pong(2), At(NOW.now + 3.0, 0)))
    assert again == [audience.Answer(1, wire.NotAnswering(0.0, "a")), audience.Answer(2, wire.NotAnswering(0.0, "f"))]
    (ask,) = one.tick(At(NOW.now + 4.0, 0))
    assert ask == audience.Tell(LINK, wire.Ping(3))
    assert list(one.hear(LINK, wire.Pong(3), At(NOW.now + 4.0, 0))) == []  # it was not silent
    list(one.hear(LINK, wire.ConsoleResult(1, True, "a"), At(NOW.now + 4.0, 0)))
    assert one.next_deadline() is None

"""A worker's own business: who waits for whom."""

import threading

import msgspec
import pytest

from lager import errors, wire
from lager_hwservice import calls
from lager_hwservice.presence import Presence
from lager_hwservice.sessions import Session
from lager_hwservice.worker import Instrument, Limits, Worker


class Link:
    closed = 0
    ended = False

    def lost(self):
        return self.ended

    def close(self):
        self.closed += 1


class Supply:
    """A device whose calls do what the test hands it."""

    def __init__(self, does):
        self._does = does

    def channel(self, role, pin):
        return self

    def voltage(self):
        return self._does()

    def set_voltage(self, volts):
        return self._does()


TROUBLES = (OSError, errors.LagerError)
K_AT_A = Instrument("K", "A")
LIMITS = Limits(turn_within=0.01)


def worker(does):
    session = Session(Link, lambda link: Supply(does), TROUBLES)
    return Worker(K_AT_A, session, LIMITS), session


def call(method="voltage", *args, caller="run 4f2a", known=None):
    return wire.Call(1, "supply1", "power-supply", "1", method, list(args), {}, caller, known)


class Usb:
    """A worker on a bus whose devices this process cannot find again, and what became of it."""

    def __init__(self, outcomes, present=True, after_vain=False):
        self.outcomes, self.present, self.retired, self.links = outcomes, present, 0, []
        self.now = 0.0
        presence = Presence(lambda: self.present, self.clock, self.sleep)
        session = Session(self._open, lambda link: Supply(self._does), TROUBLES, presence)
        renewal = calls.Renewal(True, after_vain, self.clock)
        self.worker = Worker(K_AT_A, session, LIMITS, renewal, self._spent)

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds

    def _spent(self):
        self.retired += 1

    def _open(self):
        if self.outcomes and self.outcomes[0] == "no open":
            self.outcomes.pop(0)
            raise OSError(19, "gone")
        self.links.append(Link())
        return self.links[-1]

    def _does(self):
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def answer(self, *words, **more):
        return self.worker.answer(call(*words, **more))


def test_a_device_that_left_is_left_to_the_next_process():
    usb = Usb([3.3, OSError(19, "gone")])
    assert usb.answer() == wire.Answer(1, 3.3)
    assert usb.answer() == wire.Retired(1)
    assert (usb.retired, usb.links[0].closed) == (1, 1)
    assert usb.answer() == wire.Retired(1)  # nobody is let in any more
    assert usb.retired == 1


def test_a_write_that_may_have_reached_it_is_told_and_the_process_is_replaced_all_the_same():
    usb = Usb([OSError(19, "gone")])
    failed = usb.answer("set_voltage", 3)
    assert failed.error.code == "instrument-gone"
    assert failed.error.what.endswith("it is not known whether supply1.set_voltage reached it")
    assert usb.retired == 1


@pytest.mark.parametrize(("method", "more"), [("voltage", ""), ("set_voltage", "; supply1.set_voltage was not sent")])
def test_a_write_for_which_no_session_could_be_opened_was_not_sent(method, more):
    def silent():
        raise TimeoutError

    one = Worker(K_AT_A, Session(silent, lambda link: Supply(float), TROUBLES), LIMITS)
    assert one.answer(call(method, *([3] if more else []))).error.what == f"the K at A did not answer in time{more}"


@pytest.mark.parametrize("method", [["voltage"], ["set_voltage", 3]])
def test_an_end_that_is_noticed_between_calls_leaves_nobody_in_doubt(method):
    usb = Usb([3.3])
    usb.answer()
    usb.links[0].ended = True
    assert usb.answer(*method) == wire.Retired(1)


def test_a_process_that_never_had_it_open_waits_for_what_is_not_there():
    usb = Usb([3.3], present=False)
    failed = usb.answer()
    assert failed.error.code == "instrument-gone"
    assert failed.error.what == "the K at A is not there (nothing of that name is on its bus)"
    assert (usb.retired, usb.links) == (0, [])
    usb.present = True
    assert usb.answer() == wire.Answer(1, 3.3)


def test_a_device_that_is_there_but_cannot_be_found_takes_one_fresh_process_and_not_a_row_of_them():
    first = Usb(["no open"])
    assert first.answer("set_voltage", 3) == wire.Retired(1)
    second = Usb(["no open", "no open", "no open", "no open"], after_vain=True)
    failed = second.answer("set_voltage", 3)
    assert (failed.error.code, second.retired) == ("instrument-gone", 0)
    assert "not known" not in failed.error.what
    second.now += 10
    assert second.answer("set_voltage", 3) == wire.Retired(1)


def test_a_session_that_was_dropped_is_not_opened_again_for_a_device_that_has_left_since():
    usb = Usb([OSError(110, "slow"), OSError(110, "slow"), 3.3])
    assert usb.answer().error.code == "instrument-silent"
    assert usb.answer() == wire.Answer(1, 3.3)
    usb.outcomes[:] = [OSError(110, "slow")]
    usb.answer("set_voltage", 3)
    usb.present = False
    assert usb.answer("set_voltage", 3) == wire.Retired(1)


class Heard:
    def __init__(self, at):
        self.at = at

    def ask(self, device):
        return self.at


def test_who_does_not_know_of_a_restart_is_told_once():
    session = Session(Link, lambda link: Supply(lambda: 3.3), TROUBLES, record=Heard(50.0))
    one = Worker(K_AT_A, session, LIMITS)
    assert one.answer(call()) == wire.Answer(1, 3.3, 50.0)  # its first call: there is nothing it could rely on
    told = one.answer(call(known=0.0))
    assert (told.value, told.restarted) == (3.3, 50.0)
    assert told.notice.startswith("the K at A was switched off and on")
    refused = one.answer(call("set_voltage", 3, known=0.0))
    assert (refused.error.code, refused.restarted) == ("instrument-restarted", 50.0)
    assert one.answer(call("set_voltage", 3, known=50.0)) == wire.Answer(1, 3.3, 50.0)


def test_a_caller_who_waits_too_long_is_told_who_is_ahead():
    inner = []

    def does():
        inner.append(one.answer(call(caller="lager supply")))
        return 3.3

    one, _ = worker(does)
    assert one.answer(call()) == wire.Answer(1, 3.3)
    (refused,) = inner
    assert refused.error.code == "instrument-busy"
    assert refused.error.what.startswith("the K at A is busy: run 4f2a (supply1.voltage) has had it for 0.")


PROBE = wire.Probe(7, 2.0, 0.01, "lager diagnose", patience=10.0, whole_within=1000.0)


def test_a_question_whether_it_is_well_does_not_break_into_a_call_and_leaves_all_as_it_is():
    inner, asked = [], []

    def does():
        inner.append(one._probed(PROBE))
        return 3.3

    one, session = worker(does)
    one.probe_with(lambda *times: asked.append(times))
    assert one.answer(call()) == wire.Answer(1, 3.3)
    skipped = inner[0].value
    assert (skipped.skipped, skipped.busy_with) == (True, "run 4f2a (supply1.voltage)")
    assert skipped.busy_for >= 0.01
    assert (asked, session.generation, session.is_open) == ([], 1, True)
    assert one._probed(PROBE) == wire.Answer(7, None)
    assert asked == [(2.0, 10.0)]
    one._probed(msgspec.structs.replace(PROBE, whole_within=5.0))
    assert asked[1][1] <= 5.0, "a slow one is waited for as long as who asks waits"


def test_calls_that_come_during_a_question_wait_for_their_turn():
    one, _ = worker(lambda: 3.3)
    inner = []

    def probe(_within, _patience):
        inner.append(one.answer(call()))
        return wire.Probed(via="worker")

    one.probe_with(probe)
    one._probed(PROBE)
    assert inner[0].error.what.startswith("the K at A is busy: lager diagnose has had it for 0.")


def test_a_worker_that_retires_sends_questions_to_the_next_one_and_its_defects_are_told():
    usb = Usb([OSError(19, "gone")])
    usb.worker.probe_with(lambda *times: {}[times])
    failed = usb.worker._probed(PROBE)
    assert (failed.id, failed.error.code) == (7, "defect")
    usb.answer("set_voltage", 3)
    assert usb.worker._probed(PROBE) == wire.Retired(7)


def test_a_read_is_repeated_on_a_fresh_session_and_a_write_is_not():
    outcomes = [OSError(19, "gone"), 3.3]

    def does():
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    one, session = worker(does)
    assert one.answer(call()) == wire.Answer(1, 3.3)
    assert session.generation == 2
    outcomes[:] = [OSError(19, "gone"), None]
    failed = one.answer(call("set_voltage", 3))
    assert failed.error.code == "instrument-gone"
    assert failed.error.what.endswith("it is not known whether supply1.set_voltage reached it")
    assert len(outcomes) == 1
    assert one.answer(call("set_voltage", 3)) == wire.Answer(1, None)
    assert session.generation == 3


def test_a_defect_is_told_and_the_worker_lives_on():
    outcomes = [ZeroDivisionError("x"), 3.3]

    def does():
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    one, _ = worker(does)
    failed = one.answer(call())
    assert failed.error.code == "defect"
    assert "supply1.voltage: ZeroDivisionError" in failed.error.what
    assert one.answer(call()) == wire.Answer(1, 3.3)


def test_after_a_defect_the_session_is_dropped_before_the_next_caller_has_its_turn():
    links, answers, entered = [], [], threading.Event()

    def opened():
        links.append(Link())
        return links[-1]

    def does():
        if not answers:
            entered.set()
            until_waiting()
            raise ZeroDivisionError("x")
        return len(links), links[-1].closed

    def until_waiting():
        while not one._turns._queue:
            pass
        answers.append("the next one may")

    one = Worker(K_AT_A, Session(opened, lambda link: Supply(does), TROUBLES), Limits(turn_within=30))
    first = threading.Thread(target=one.answer, args=(call(),))
    first.start()
    assert entered.wait(30)
    assert one.answer(call()) == wire.Answer(1, (2, 0))
    first.join(30)
    assert [link.closed for link in links] == [1, 0]


def test_a_reading_that_failed_is_made_anew_after_who_waits():
    heard, entered = [], threading.Event()

    def does():
        heard.append(one._turns.current()[0])
        if len(heard) == 1:
            entered.set()
            while not one._turns.wanted():
                pass
            raise TimeoutError
        return 1.0

    session = Session(Link, lambda link: Supply(does), TROUBLES)
    one = Worker(K_AT_A, session, Limits(turn_within=30))
    monitor = threading.Thread(target=one.read, args=(call(caller="the monitor"),))
    monitor.start()
    assert entered.wait(30)
    assert one.answer(call()) == wire.Answer(1, 1.0)
    monitor.join(30)
    assert heard == [f"{who} (supply1.voltage)" for who in ("the monitor", "run 4f2a", "the monitor")]


@pytest.mark.parametrize("method", ["voltage", "set_voltage"])
def test_the_instrument_is_opened_at_the_first_call(method):
    one, session = worker(lambda: None)
    assert session.generation == 0
    one.answer(call(method, *([] if method == "voltage" else [1])))
    assert session.generation == 1


def test_a_write_after_the_link_was_lost_while_idle_goes_to_a_fresh_one():
    links = []

    def opened():
        links.append(Link())
        return links[-1]

    session = Session(opened, lambda link: Supply(lambda: None), TROUBLES)
    one = Worker(K_AT_A, session, LIMITS)
    assert one.answer(call("set_voltage", 3)) == wire.Answer(1, None)
    links[0].ended = True
    assert one.answer(call("set_voltage", 4)) == wire.Answer(1, None)
    assert (session.generation, links[0].closed, links[1].closed) == (2, 1, 0)


class Talkative:
    """A supply on a cable: each reading is three queries, and one that settles first writes; tells what was sent."""

    def __init__(self, cable, settles=False):
        self._cable, self._settles = cable, settles

    def channel(self, role, pin):
        return self

    def state(self):
        if self._settles:
            self._cable.write("settle")
        return [self._cable.query(f"{n}?") for n in range(3)]

    def set_voltage(self, volts):
        self._cable.write(f"set {volts:g}")


class Cable(Link):
    """Writes down what it is sent; in the middle of some query, others come, and it waits until they are in line."""

    def __init__(self):
        self.sent, self.come = [], {}

    def write(self, command):
        self.sent.append(command)

    def query(self, command):
        self.sent.append(command)
        self.come.get(len(self.sent), lambda: None)()
        return len(self.sent)


def talkative(settles=False):
    cable, threads = Cable(), []
    one = Worker(K_AT_A, Session(lambda: cable, lambda link: Talkative(link, settles), TROUBLES), Limits(30))

    def comes(volts):
        before = len(one._turns._queue)
        threads.append(threading.Thread(target=one.answer, args=(call("set_voltage", volts),)))
        threads[-1].start()
        while len(one._turns._queue) == before:
            pass

    return one, cable, comes


def test_a_monitors_reading_goes_behind_a_command_and_is_then_made_anew():
    one, cable, comes = talkative()
    cable.come = {2: lambda: (comes(1), comes(2)), 5: lambda: comes(3)}
    assert one.read(call("state")) == wire.Answer(1, [7, 8, 9])
    assert cable.sent == ["0?", "1?", "set 1", "set 2", "0?", "set 3", "0?", "1?", "2?"]
    assert one._session.generation == 1


def test_a_command_never_goes_behind_another_one_nor_a_scripts_reading():
    one, cable, comes = talkative()
    cable.come = {2: lambda: comes(1)}
    assert one.answer(call("state")) == wire.Answer(1, [1, 2, 3])


def test_a_reading_that_has_written_something_is_made_to_its_end():
    one, cable, comes = talkative(settles=True)
    cable.come = {2: lambda: comes(1)}
    assert one.read(call("state")).value == [2, 3, 4]


def test_an_instrument_that_is_always_wanted_is_read_all_the_same():
    one, cable, comes = talkative()
    cable.come = {n: lambda n=n: comes(n) for n in range(1, 200)}
    answer = one.read(call("state"))
    assert answer.value == [answer.value[0] + n for n in range(3)]
    assert 1 < cable.sent.count("0?") <= 21

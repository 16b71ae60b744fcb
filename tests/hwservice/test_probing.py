"""In a worker: what is asked of an instrument, what is not, and what is said of how that ended."""

import contextlib
import errno
import socket

import pytest
from pyvisa.constants import StatusCode
from pyvisa.errors import VisaIOError
from usb.core import USBError

from lager import errors, wire
from lager_drivers import catalog
from lager_drivers.entry import Entry
from lager_hwservice import opening
from lager_hwservice.diagnosis import unnamed
from lager_hwservice.diagnosis.probing import Place, Prober
from lager_hwservice.links import Way
from lager_hwservice.presence import Presence
from lager_hwservice.sessions import Session

USB = "USB0::0x05E6::0x2281::1::INSTR"
LAN = "TCPIP0::127.0.0.1::5025::SOCKET"
IDN = "KEITHLEY INSTRUMENTS,MODEL 2281S-20-6,1,01.08b"
TROUBLES = (OSError, ValueError, errors.LagerError, VisaIOError)
KEITHLEY = catalog.find("Keithley_2281S")


class Link:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.heard = []
        self.ended = self.closed = False

    def query(self, command, within=None):
        self.heard.append((command, within))
        said = self.answers.pop(0)
        if isinstance(said, BaseException):
            raise said
        return said

    def lost(self):
        return self.ended

    def close(self):
        self.closed = True


class Desk:
    """An instrument with a session, if it has one, and what opening it anew gives."""

    def __init__(self, *opens, address=USB, entry=KEITHLEY, known=True, there=True):
        self.opens = list(opens)
        self.waits = []
        self.there = there
        self.session = Session(self.open, lambda link: self, TROUBLES, Presence(lambda: self.there))
        place = Place(f"K at {address}", address, entry, known)
        self.prober = Prober(place, self.session, lambda within: Way(self.open, TROUBLES), self.waits.append)

    def restarted(self, since):
        return False

    def channel(self, role, pin):
        return self

    def open(self):
        found = self.opens.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found

    def in_use(self):
        self.session.channel("power-supply", "1")
        return self

    def probe(self, within=2.0, patience=0.0):
        return self.prober.probe(within, patience)


def told(probed):
    return (probed.via, probed.kind, probed.errno, probed.stale, probed.absent)


def test_an_open_session_is_asked_one_question_within_the_time_and_kept():
    link = Link(IDN)
    desk = Desk(link).in_use()
    probed = desk.probe()
    assert (probed.via, probed.idn, probed.matches, probed.error) == ("worker", IDN, True, "")
    assert link.heard == [("*IDN?", pytest.approx(2.0))]
    assert desk.session.link is link


def test_a_slow_one_is_waited_for_as_long_as_there_is_patience():
    for patience, most in ((10.0, 10.0), (1.0, 2.0), (-3.0, 2.0)):  # the wait for its turn may have used it up
        link = Link(IDN)
        assert Desk(link).in_use().probe(patience=patience).idn == IDN
        [(_, within)] = link.heard
        assert most - 1 < within <= most


def test_one_opened_for_the_question_is_closed_and_leaves_nothing():
    link = Link(IDN)
    desk = Desk(link)
    probed = desk.probe()
    assert (probed.via, probed.idn, probed.matches) == ("fresh", IDN, True)
    assert (link.closed, desk.session.link, desk.session.generation) == (True, None, 0)


def test_a_fresh_one_is_closed_also_where_it_does_not_answer():
    link = Link(TimeoutError())
    assert told(Desk(link).probe()) == ("fresh", "timeout", errno.ETIMEDOUT, False, False)
    assert link.closed


def test_a_session_that_did_not_answer_is_dropped_as_its_answer_may_still_come():
    link = Link(TimeoutError())
    desk = Desk(link).in_use()
    assert told(desk.probe()) == ("worker", "timeout", errno.ETIMEDOUT, False, False)
    assert (link.closed, desk.session.is_open) == (True, False)


def test_a_defect_drops_the_session_too_and_is_none_of_the_instrument():
    link = Link(ZeroDivisionError())
    desk = Desk(link).in_use()
    with pytest.raises(ZeroDivisionError):
        desk.probe()
    assert link.closed


def test_another_instrument_is_told_with_what_it_says_and_its_session_is_kept():
    other = "RIGOL TECHNOLOGIES,DP832,DP8A1,00.01.14"
    desk = Desk(Link(other)).in_use()
    probed = desk.probe()
    assert (probed.idn, probed.matches, probed.error) == (other, False, "")
    assert desk.session.is_open


def test_what_nobody_can_read_is_no_other_instrument():
    desk = Desk(Link("K\x85\xeeY" * 50)).in_use()
    probed = desk.probe()
    assert told(probed) == ("worker", "other", errno.EBADMSG, False, False)
    assert (probed.idn, probed.matches, desk.session.is_open) == ("", None, False)
    assert len(probed.error) < 500


def test_nobody_knows_whether_an_unnamed_instrument_is_the_right_one():
    entry = unnamed.entry(LAN)
    assert Desk(Link(IDN), entry=entry, known=False).probe().matches is None
    assert unnamed.entry("modbus-tcp://127.0.0.1").name == "LabJack_T7"
    with pytest.raises(errors.UsageError):
        entry.driver(Link()).channel("adc", "1")
    assert entry.driver(Link()).restarted(0.0) is False
    probed = Desk(Link("\x85\xee"), entry=entry, known=False).probe()
    assert (probed.idn, probed.kind, probed.errno) == ("", "other", errno.EBADMSG)


def test_a_driver_that_sets_something_to_be_told_who_it_is_is_not_let():
    class Setting:
        def __init__(self, transport):
            self.transport = transport

        def identify(self):
            self.transport.write("SYST:REM")

    link = Link()
    probed = Desk(link, entry=Entry("K", "visa", {}, Setting)).probe()
    assert (probed.code, link.heard) == ("defect", [])


def test_a_device_that_left_under_a_session_is_told_as_gone_as_long_as_it_is_away():
    link = Link()
    desk = Desk(link).in_use()
    link.ended, desk.there = True, False
    for _ in range(2):
        assert told(desk.probe()) == ("worker", "nodev", errno.ENODEV, False, False)
    assert link.heard == []
    desk.there = True
    desk.opens = [Link(IDN)]
    assert desk.probe().idn == IDN
    assert (link.closed, desk.session.is_open) == (True, False)


def test_a_device_that_was_not_there_is_not_opened():
    desk = Desk(there=False)
    assert told(desk.probe()) == ("fresh", "other", errno.ENODEV, False, True)


def test_what_nobody_lists_where_nobody_can_look_is_absent_and_what_leaves_while_it_is_opened_has_left():
    gone = OSError(errno.ENODEV, "gone")
    assert told(Desk(gone, there=None).probe()) == ("fresh", "other", errno.ENODEV, False, True)
    assert told(Desk(gone, there=True).probe()) == ("fresh", "nodev", errno.ENODEV, False, False)


class Stale(opening.StaleContext):
    def __init__(self):
        OSError.__init__(self, errno.ENODEV, "/dev/bus/usb/001/004 is there, but libusb does not see it")


def test_a_device_that_libusb_of_this_process_does_not_see_is_stale():
    probed = Desk(Stale(), Stale(), Stale()).probe()
    assert told(probed) == ("fresh", "other", 0, True, False)
    assert probed.error.startswith(f"the K at {USB} cannot be opened: /dev/bus/usb/001/004 is there, but libusb")


def test_a_device_of_which_libusb_has_not_heard_yet_is_waited_for():
    desk = Desk(Stale(), Link(IDN))
    assert (desk.probe().idn, desk.waits) == (IDN, [0.2])


@pytest.mark.parametrize(
    ("exc", "kind", "number"),
    [
        (errors.InstrumentBusy("run 4f2a has it"), "busy", errno.EBUSY),
        (opening.NotAllowed("no permission", "a rule"), "other", errno.EACCES),
        (USBError("stalled", errno=errno.EPIPE), "other", errno.EPIPE),
        (errors.InstrumentSilent("it answers no request"), "timeout", errno.ETIMEDOUT),
    ],
)
def test_why_it_could_not_be_opened_is_told_by_kind_and_number(exc, kind, number):
    desk = Desk(exc)
    assert told(desk.probe()) == ("fresh", kind, number, False, False)
    assert desk.waits == []


def test_an_interface_that_was_let_go_of_just_now_is_waited_for():
    busy = OSError(errno.EBUSY, "busy")
    desk = Desk(busy, busy, Link(IDN))
    assert (desk.probe().idn, desk.waits) == (IDN, [0.2, 0.5])
    assert Desk(busy, busy, busy).probe().kind == "busy"


def test_all_answers_together_take_so_long_only():
    class Chatty:
        def __init__(self, transport):
            self.transport = transport

        def identify(self):
            while True:
                self.transport.query("*OPT?")

    asked = []

    class Slow(Link):
        def query(self, command, within=None):
            asked.append(within)
            return super().query(command, within)

    entry = Entry("K", "visa", {}, Chatty)
    probed = Desk(Slow(*["0"] * 100000), entry=entry).probe(0.001)
    assert told(probed)[1:3] == ("timeout", errno.ETIMEDOUT)
    assert all(0 < within <= 0.001 for within in asked)


def test_on_a_network_only_a_connection_tells_whether_a_session_that_ended_can_be_made_anew():
    link = Link()
    desk = Desk(link, ConnectionRefusedError(errno.ECONNREFUSED, "refused"), address=LAN, there=None).in_use()
    link.ended = True
    probed = desk.probe()
    assert (told(probed), probed.reached) == (("fresh", "nodev", errno.ECONNREFUSED, False, False), "refused")


def test_what_somebody_else_has_is_not_connected_to_on_top_of_that():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"TCPIP0::127.0.0.1::{server.getsockname()[1]}::SOCKET"
        probed = Desk(errors.InstrumentBusy("run 4f2a has it"), address=address).probe()
        assert (probed.kind, probed.reached) == ("busy", "")
        nobody = Desk(socket.gaierror(socket.EAI_NONAME, "no such name"), address=address).probe()
        assert nobody.reached == ""
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
        told = Desk(VisaIOError(StatusCode.error_resource_not_found), address=address).probe()
        assert (told.kind, told.reached, told.errno) == ("nodev", "open", 0)


@pytest.mark.parametrize(
    ("number", "reached", "kind"),
    [
        (errno.EHOSTUNREACH, "unreachable", "nodev"),
        (errno.ENETUNREACH, "unreachable", "nodev"),
        (errno.ETIMEDOUT, "timeout", "timeout"),
    ],
)
def test_how_a_connection_ended_is_told_from_the_attempt_itself(number, reached, kind):
    probed = Desk(OSError(number, "no"), address=LAN).probe()
    assert (probed.reached, probed.kind, probed.errno) == (reached, kind, number)


def test_a_name_that_nobody_knows_has_no_number_of_the_system():
    probed = Desk(socket.gaierror(socket.EAI_NONAME, "no such name"), address="TCPIP0::a..b::1::SOCKET").probe()
    assert (probed.reached, probed.kind, probed.errno, probed.code) == ("", "nodev", 0, "instrument-gone")


def test_a_network_session_that_fell_silent_is_looked_after_by_a_connection_that_asks_nothing():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"TCPIP0::127.0.0.1::{server.getsockname()[1]}::SOCKET"
        link = Link(TimeoutError())
        probed = Desk(link, address=address).in_use().probe()
        assert (told(probed), probed.reached) == (("worker", "timeout", errno.ETIMEDOUT, False, False), "open")
        assert link.closed
        connection, _ = server.accept()
        with contextlib.closing(connection):
            assert connection.recv(1) == b""


def test_a_question_is_answered_with_one_message():
    assert wire.from_json(wire.to_json(wire.Probe(1, 2.0, 2.0, "me", 10.0, 15.0)), wire.WorkerRequest) == wire.Probe(
        1, 2.0, 2.0, "me", 10.0, 15.0
    )

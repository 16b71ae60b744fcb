"""In a worker: is the instrument well? One bounded question, on the session that is open, else on one made for this.

Has the turn. Sends nothing but who it is: no status is read that is told once only, nothing is set, and no instrument
is brought into another role. What is broken by being asked is dropped, as after any call; what was closed is closed
again, so that a question leaves no claim.
"""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from lager import addresses, errors, wire
from lager_drivers.device import Introduces
from lager_drivers.entry import Entry
from lager_hwservice import faults
from lager_hwservice.diagnosis import reaching
from lager_hwservice.faults import Fault
from lager_hwservice.links import Way
from lager_hwservice.opening import StaleContext
from lager_hwservice.recovery import spoils_session
from lager_hwservice.sessions import Link, Session
from lager_hwservice.transports import tcp

BUSY, GONE, SILENT, OTHER = "busy", "nodev", "timeout", "other"
_KINDS = {
    Fault.BUSY: BUSY,
    Fault.HELD: BUSY,
    Fault.GONE: GONE,
    Fault.STALE: GONE,
    Fault.SLOW: SILENT,
}
_RENEWED = "call a net of it: the box replaces the process then"
_NUMBERS = {BUSY: errno.EBUSY, GONE: errno.ENODEV, SILENT: errno.ETIMEDOUT}
_READY_SOON = (0.2, 0.5)  # s; libusb lets go of an interface, and hears of a device, a little late
_MOST = 20  # characters that are shown of an answer that makes no sense
_MORE = 2  # times as long as one answer, all of them together may take


class _Nonsense(OSError):
    """An instrument does not say who it is, but something."""

    def __init__(self, said: str) -> None:
        super().__init__(errno.EBADMSG, f"*IDN? was answered with {said[:_MOST]!a}")

    def __str__(self) -> str:
        return str(self.strerror)  # people are told what, not under which number


class Place(NamedTuple):
    """An instrument, as a worker knows it.

    Attributes:
        name: Model and address, as people are told.
        entry: What the catalog says of it.
        known: Whether it is known which one should be there.
    """

    name: str
    address: str
    entry: Entry
    known: bool = True


class Prober:
    """Asks one instrument.

    Args:
        place: The instrument.
        session: Its session.
        way: Opens it, within a time.
        sleep: Waits, s.
    """

    def __init__(
        self,
        place: Place,
        session: Session,
        way: Callable[[float], Way],
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251  # nobody tells that a device is free
    ) -> None:
        self._place = place
        self._session = session
        self._way = way
        self._sleep = sleep
        self._server = addresses.network(place.address)
        self._until = 0.0  # a slow one is waited for; by the clock that only goes forward

    def probe(self, within: float, patience: float = 0.0) -> wire.Probed:
        """Ask. The caller has the turn.

        Args:
            within: How long it may take to be opened, and at least for each answer, s.
            patience: How long a slow one may take for all of it, s.
        """
        self._until = time.monotonic() + max(patience, 0.0)
        link = self._session.link
        if link is not None and self._session.ended():
            if self._server is None and self._session.presence.gone():
                return self._ended()
            self._session.drop()  # it is back, or only a connection can tell: as the next call would do
            link = None
        return self._fresh(within) if link is None else self._in_session(link, within)

    def _in_session(self, link: Link, within: float) -> wire.Probed:
        begun = time.monotonic()
        try:
            found = self._asked(link, within)
        except self._session.troubles as exc:
            fault = faults.classify(exc)
            elapsed = time.monotonic() - begun
            if spoils_session(fault):
                self._session.drop()
            reached = self._reached(within) if fault in (Fault.SLOW, Fault.GONE) else self._open_port()
            return self._failed(wire.IN_SESSION, elapsed, fault, exc, reached)
        except BaseException:  # a defect: nobody knows whose answer is on its way
            self._session.drop()
            raise
        return self._found(wire.IN_SESSION, time.monotonic() - begun, found)

    def _fresh(self, within: float) -> wire.Probed:
        begun = time.monotonic()
        if self._server is None and self._session.presence.gone():
            return self._absent(0.0, LookupError("nothing of that name is on its bus"))
        way = self._way(within)
        try:
            link = self._opened(way)
        except way.troubles as exc:
            return self._not_opened(time.monotonic() - begun, exc, within)
        try:
            found = self._asked(link, within)
        except way.troubles as exc:
            return self._failed(wire.FRESH, time.monotonic() - begun, faults.classify(exc), exc, self._open_port())
        finally:
            with contextlib.suppress(*way.troubles):  # it may well be gone
                link.close()
        return self._found(wire.FRESH, time.monotonic() - begun, found)

    def _opened(self, way: Way) -> Link:
        """Open it; what was let go of just now, or has just been plugged in, is waited for a little."""
        for pause in _READY_SOON:
            try:
                return way.open()
            except way.troubles as exc:
                if faults.classify(exc, opening=True) is not Fault.BUSY and not isinstance(exc, StaleContext):
                    raise
            self._sleep(pause)
        return way.open()

    def _asked(self, link: Link, within: float) -> tuple[str, bool | None]:
        """Ask who it is; give that, and whether it is the one that should be there."""
        heard = _Heard(link, within, self._until)
        device: Any = self._place.entry.driver(heard)
        said = device.introduce() if isinstance(device, Introduces) else ""
        try:
            own = device.identify()
        except errors.InstrumentError:
            if not (said or heard.identity):
                raise
            if not said and not _readable(heard.identity):
                raise _Nonsense(heard.identity) from None
            return said or heard.identity, False if self._place.known else None
        if not self._place.known and not said and not _printable(own):
            raise _Nonsense(own)
        return said or heard.identity or own, True if self._place.known else None

    def _not_opened(self, elapsed: float, exc: Exception, within: float) -> wire.Probed:
        fault = faults.classify(exc, opening=True)
        if self._server is not None:
            # Where the attempt does not say how its connection ended, another one does; not where somebody has it.
            silent = not isinstance(exc, (OSError, UnicodeError, errors.LagerError))
            reached = self._reached(within) if silent else reaching.said_by(exc)
            return self._failed(wire.FRESH, elapsed, fault, exc, reached)
        if isinstance(exc, StaleContext):
            stale = self._failed(wire.FRESH, elapsed, fault, exc)
            said = f"the {self._place.name} cannot be opened: {exc.strerror}"
            return _changed(stale, error=said, hint=_RENEWED, kind=OTHER, errno=0, stale=True)
        if fault is Fault.GONE and self._session.presence.look() is not True:
            return self._absent(elapsed, exc)
        return self._failed(wire.FRESH, elapsed, fault, exc)

    def _absent(self, elapsed: float, exc: Exception) -> wire.Probed:
        """Say that it is not on its bus: it may never have been, which is no device that has left."""
        return _changed(self._failed(wire.FRESH, elapsed, Fault.GONE, exc), kind=OTHER, absent=True)

    def _ended(self) -> wire.Probed:
        exc = LookupError("its session has ended, and nothing of that name is on its bus")
        return self._failed(wire.IN_SESSION, 0.0, Fault.GONE, exc)

    def _open_port(self) -> str:
        return reaching.OPEN if self._server else ""

    def _reached(self, within: float) -> str:
        """Connect to what is on the network, for nothing else but to see whether that goes."""
        return reaching.connect(*self._server, within) if self._server else ""

    def _found(self, via: str, elapsed: float, found: tuple[str, bool | None]) -> wire.Probed:
        return wire.Probed(via=via, idn=found[0], matches=found[1], elapsed=elapsed, reached=self._open_port())

    def _failed(self, via: str, elapsed: float, fault: Fault, exc: Exception, reached: str = "") -> wire.Probed:
        error = faults.as_error(fault, exc, self._place.name)
        kind = _KINDS.get(fault, OTHER)
        if via == wire.FRESH and isinstance(exc, tcp.Closed):  # others have all that it serves
            kind = BUSY
            error = errors.InstrumentBusy(f"the {self._place.name} took the connection, and closed it", exc.hint)
        return wire.Probed(
            via=via,
            elapsed=elapsed,
            error=error.what,
            hint=error.hint,
            code=error.code,
            kind=kind,
            errno=self._number(kind, exc),
            reached=reached,
        )

    def _number(self, kind: str, exc: Exception) -> int:
        """Give the system's number: on USB that of the kind, as libraries differ; on a network what was said."""
        said = reaching.number(exc)
        if self._server is not None:
            return said or (errno.ETIMEDOUT if kind == SILENT else 0)
        return _NUMBERS.get(kind, said)


class _Heard:
    """A link that keeps what an instrument says it is, and lets all its questions together take so long only."""

    def __init__(self, link: Any, within: float, patient_until: float) -> None:
        self.identity = ""
        self._link = link
        self._within = within
        self._read: dict[tuple[int, int], list[int]] = {}
        self._patient_until = patient_until
        self._until = max(time.monotonic() + within * _MORE, patient_until)

    def query(self, command: str, _within: float | None = None) -> str:
        """Ask."""
        answer: str = self._link.query(command, self._left())
        if command.strip().upper() == "*IDN?":
            self.identity = answer.strip()
        return answer

    def write(self, command: str) -> None:
        """Refuse to send anything that is no question.

        Raises:
            Defect: Always.
        """
        raise errors.Defect(
            f"the instrument's driver sends {command} to find out who it is", "report it to the driver's maker"
        )

    def read(self, address: int, count: int) -> list[int]:
        """Read registers; the same ones are not read again."""
        if (address, count) not in self._read:
            self._read[address, count] = self._link.read(address, count, self._left())
        return self._read[address, count]

    def _left(self) -> float:
        now = time.monotonic()
        left = min(max(self._within, self._patient_until - now), self._until - now)
        if left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, "its answers take too long")
        return left


def _readable(identity: str) -> bool:
    """Tell what an instrument says of itself from what was spoilt on its way."""
    return _printable(identity) and identity.count(",") > 1


def _printable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _changed(probed: wire.Probed, **changes: Any) -> wire.Probed:
    return msgspec.structs.replace(probed, **changes)

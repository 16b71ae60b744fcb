"""What every driver is to its caller: a device with channels; and the words for those it has not. Opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

from lager.errors import InstrumentError, UsageError, WrongNetType


class NotSent(Exception):  # no error: it says that the call is to be made anew
    """A query was not sent, as somebody else is to have the instrument first; its link is as it was."""


class Interruption:
    """The leave to switch an output off for what an instrument does not take while it is on, and on again.

    Args:
        allow: Called with the channel before it is switched off; raises where it may not be switched on again.

    Attributes:
        off: Whether it was switched off, and is not known to be on again.
    """

    def __init__(self, allow: Callable[[Any], object] = lambda _: None) -> None:
        self.allow = allow
        self.off = False


class Device(Protocol):
    """An instrument on its link."""

    def identify(self) -> str:
        """Ask who it is, and nothing else.

        Raises:
            InstrumentError: It is another instrument.
        """

    def restarted(self, since: float) -> bool:
        """Ask whether it was switched on after `since`: then its settings are its defaults. Sends a query only.

        An instrument with an event register forgets by being asked: it tells of a power cycle once, whoever asks, and
        `since` counts for nothing. One that only says how long it has been on compares that with `since`, allowing
        for what the two clocks may have drifted apart. So whoever asks must keep, across processes, when it was last
        answered (and when it last heard yes), and ask with that.

        Args:
            since: When this was last answered, Unix time, s, looked up after the answer; 0 for never. Then the answer
                is that of an instrument nobody knows yet, mostly True, and tells nobody anything.

        Raises:
            InstrumentError: The answer makes no sense.
        """

    def channel(self, role: str, pin: str) -> Any:
        """Give one channel, satisfying the contract of its role.

        Raises:
            WrongNetType: It has no channels of that role.
            UsageError: It has no such pin.
        """


@runtime_checkable
class OneRole(Protocol):
    """A device that serves one of its roles at a time, and is brought into that of the channel that is called."""

    def role_now(self) -> str:
        """Ask which role it is in; empty for none that it has channels of. Sends queries only."""


@runtime_checkable
class Interruptible(Protocol):
    """A device that takes some settings only while its output is off."""

    def interrupted(self, by: Interruption) -> AbstractContextManager[None]:
        """Give the leave to switch the output off and on for the calls within."""


@runtime_checkable
class Introduces(Protocol):
    """A device that is not asked `*IDN?`, and says in its own way who it is, for people."""

    def introduce(self) -> str:
        """Ask model and serial number, whatever instrument it is. Sends queries only."""


def check_channel(name: str, roles: Mapping[str, Sequence[str]], role: str, pin: str) -> None:
    """Refuse a channel that an instrument has not.

    Raises:
        WrongNetType: It has no channels of that role.
        UsageError: It has no such pin.
    """
    if role not in roles:
        raise WrongNetType(f"a {name} has no {role} channels", f"it can be {', '.join(roles)}: correct the bench file")
    if pin not in roles[role]:
        raise UsageError(
            f"a {name} has no {role} pin {pin!r}",
            f"its {role} pins are {', '.join(roles[role])}: correct the bench file",
        )


def another(expected: str, found: str) -> InstrumentError:
    """Describe an instrument that is not the one the bench file says."""
    return InstrumentError(
        f"there should be a {expected}, but the instrument says it is {found!r}",
        "correct the net's instrument or address in the bench file; `lager nets` shows them",
    )

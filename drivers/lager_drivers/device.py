"""What every driver is to its caller: a device with channels; and the words for those it has not. Opens nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lager.errors import InstrumentError, UsageError, WrongNetType


class Device(Protocol):
    """An instrument on its link."""

    def identify(self) -> str:
        """Ask who it is, and nothing else.

        Raises:
            InstrumentError: It is another instrument.
        """

    def channel(self, role: str, pin: str) -> Any:
        """Give one channel, satisfying the contract of its role.

        Raises:
            WrongNetType: It has no channels of that role.
            UsageError: It has no such pin.
        """


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

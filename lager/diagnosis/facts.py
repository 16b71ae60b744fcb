"""What a box knows of a net that is said not to work, read from its answers. None stands for what was not said.

Older boxes say less, and may say it in part: nothing here has to be there.
"""

from __future__ import annotations

import re
import shlex
from typing import Any, TypeVar

import msgspec

from lager import addresses, errors
from lager.banner import one_line

T = TypeVar("T")
_PLAIN = re.compile(r"[\w@%+=:,./ -]+")


class Holder(msgspec.Struct, frozen=True):
    """A process that has the device.

    Attributes:
        run: The id of the run it belongs to; empty for none.
        ours: Whether it is the box's own worker for this instrument, which is nobody's rival.
        has: `open`, the device's node; or its `lock` only, as by `lager.device_lock`.
        serves: Whether it is a worker of a box.
    """

    command: str = ""
    pid: str = ""
    user: str = ""
    run: str = ""
    ours: bool = False
    has: str = "open"
    serves: bool = False

    def __str__(self) -> str:
        """Name it as `lsof` lists do, with what else tells who it is."""
        about = [self.pid]
        about += [f"run {self.run[:8]}"] if self.run else []
        about += ["the worker of another box"] if self.serves and not self.ours else []
        about += ["has its lock"] if self.has == "lock" else []
        return f"{one_line(self.command) or '?'}({', '.join(about)})"


class Usb(msgspec.Struct, frozen=True):
    """The answer of `GET :9000/diagnose/usb`.

    Attributes:
        lsof: Who has it open; of ours, `holders_ours` may have more.
        hidden: How many processes could not be looked into.
        driver: The kernel's driver that has its interface.
        authorized: Whether the kernel may use it.
        interfaces: Class and subclass of each, such as `fe/03`.
        same_kind: The serial numbers of other devices of its kind that no net is for.
        via: Where else than on the box's own USB it was looked for; empty for there.
        could_not_look: Why something is not known, by what: `sysfs`, `holders`, `modules`, `messages`.
    """

    enumerated: bool | None = None
    sysfs_path: str | None = None
    device_path: str | None = None
    vid: str | None = None
    pid: str | None = None
    serial: str | None = None
    is_usbtmc: bool | None = None
    lsof: list[Holder] | None = None
    usbtmc_loaded: bool | None = None
    dmesg_tail: str | None = None
    hidden: int | None = None
    driver: str | None = None
    authorized: bool | None = None
    interfaces: list[str] | None = None
    same_kind: list[str] | None = None
    holders_ours: list[Holder] | None = None
    via: str | None = None
    could_not_look: dict[str, str] | None = None
    error: str | None = None

    @property
    def rivals(self) -> list[Holder]:
        """Get who has it open, without the box's own worker."""
        return [one for one in self.lsof or [] if not one.ours]

    @property
    def own(self) -> list[Holder]:
        """Get the box's own workers that have it open."""
        listed = [one for one in self.lsof or [] if one.ours]
        return listed + [one for one in self.holders_ours or [] if one.pid not in {each.pid for each in listed}]


class Visa(msgspec.Struct, frozen=True):
    """The answer of `GET :9000/diagnose/visa`.

    Attributes:
        error_class: `busy`, `nodev`, `timeout` or `other`.
        errno: The system's number of the trouble, if there is one.
        via: `worker`: the session that was open was asked; `fresh`: one was opened for it.
        expected: The instrument of the net's record.
        matches: Whether what answered is that one.
        skipped: Whether it was not asked, and the `reason`.
        stale: Whether the kernel has it, and libusb in the box's process does not; older boxes do not say.
        hint: What the box says to try.
    """

    idn: str | None = None
    elapsed_ms: float | None = None
    error: str | None = None
    error_class: str | None = None
    errno: int | None = None
    via: str | None = None
    expected: str | None = None
    matches: bool | None = None
    skipped: bool | None = None
    reason: str | None = None
    stale: bool | None = None
    hint: str | None = None


class Lan(Visa, frozen=True):
    """The answer of `GET :9000/diagnose/lan`.

    Attributes:
        resolved: The IP addresses of its name.
        route: How the box gets there: `eth0 direct`.
        connect: `open`, `refused`, `timeout` or `unreachable`; None where no connection was tried.
        could_not_look: Why something is not known, by what.
    """

    host: str | None = None
    port: int | None = None
    resolved: list[str] | None = None
    route: str | None = None
    connect: str | None = None
    could_not_look: dict[str, str] | None = None

    @property
    def place(self) -> str:
        """Name where it should be, for messages."""
        return f"{self.host or '?'}:{self.port}" if self.port else self.host or "its address"


class Driver(msgspec.Struct, frozen=True):
    """A driver that the hardware service has made for the instrument."""

    device_name: str = ""
    driver_class: str = ""


class Dispatcher(msgspec.Struct, frozen=True):
    """The answer of `GET :8080/diagnose/dispatcher`.

    Attributes:
        unanswered: The addresses whose workers did not answer.
    """

    cached_session: bool | None = None
    cached_drivers: list[Driver] | None = None
    shared_pool_size: int | None = None
    unanswered: list[str] | None = None
    error: str | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a net.

    Attributes:
        channel: Which channel of its instrument it is.
        instrument: What its record says the instrument is.
        box: The name of the box; empty for the user's own.
        typed: What to type for the box; empty where that is not needed.
        others: The addresses of the box's other nets.
        command: Of `lager`, what reads the net: `supply supply1 state`; empty where none does.
        unserved: The endpoints that the box does not have: it is older.
    """

    net: str
    role: str
    address: str
    channel: str = ""
    instrument: str = ""
    box: str = ""
    typed: str = ""
    others: tuple[str, ...] = ()
    command: str = ""
    unserved: tuple[str, ...] = ()
    usb: Usb = Usb()
    visa: Visa = Visa()
    lan: Lan = Lan()
    dispatcher: Dispatcher = Dispatcher()

    @property
    def is_lan(self) -> bool:
        """Whether its address is one on a network."""
        return on_network(self.address)

    def lager(self, *words: str) -> str:
        """Give a command of `lager` for the net's box, as one types it."""
        return f"`{' '.join(['lager', *words, *self._named])}`"

    def there(self, command: str) -> str:
        """Give a command for a shell on the box's machine, as one types it here."""
        if not self.box:
            return f"`{command}`"
        words = command if _PLAIN.fullmatch(command) else shlex.quote(command)  # else the shell here takes it apart
        return f"`lager ssh {' '.join(self._named)} -- {words}`"

    @property
    def again(self) -> str:
        """Get the command that finds these facts anew."""
        return self.lager("diagnose", shlex.quote(self.net))

    def readdressed(self, address: str) -> str:
        """Give the commands that give the net another address, as one types them."""
        net = [shlex.quote(self.net), self.role]
        model = ["--instrument", shlex.quote(self.instrument)] if self.instrument and on_network(address) else []
        adding = self.lager("nets", "add", *net, shlex.quote(self.channel or "CHANNEL"), shlex.quote(address), *model)
        return f"{self.lager('nets', 'delete', *net)}, then {adding}"

    @property
    def _named(self) -> list[str]:
        typed = self.typed or self.box
        return ["--box", shlex.quote(typed)] if typed else []


def on_network(address: str) -> bool:
    """Tell whether an address is one on a network."""
    return addresses.network(address) is not None or address.strip().upper().startswith("TCPIP")


def read(kind: type[T], answer: Any) -> T:
    """Read facts from an answer of the box.

    Raises:
        UsageError: It is none.
    """
    try:
        return msgspec.convert(answer, kind, strict=False)
    except msgspec.ValidationError as exc:
        raise errors.UsageError(f"what came is no answer of that endpoint: {exc}", "update the box") from exc

"""All checks of a machine at once, each in a thread of its own and none for longer than is waited for it.

A check that hangs (a network disk that is away, a device that does not come back from a reset) is a finding, too.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Mapping

from lager.mailbox import Mailbox
from lager.selfcheck import disk, files, instruments, people, unit
from lager.selfcheck.place import Place
from lager.wire.checks import UNSEEN, Finding

WITHIN = 4.0  # s
Check = Callable[[Place], Finding]
CHECKS: Mapping[str, Check] = {
    "instruments": instruments.access,
    "udev rules": files.rules,
    "usbtmc": files.module,
    "modprobe.d": files.blacklist,
    "group": people.group,
    "unit": unit.unit,
    "unit file": unit.file,
    "state": disk.state,
    "disk": disk.room,
}


_Tell = Callable[[Finding], None]
_guard = threading.Lock()
_under_way: dict[tuple[Check, Place], list[_Tell]] = {}  # and who waits for each


def look(place: Place, checks: Mapping[str, Check] = CHECKS, within: float = WITHIN) -> list[Finding]:
    """Carry out the checks of a machine, and give what each found; `within` is in s."""
    came: Mailbox[Finding] = Mailbox()
    for name, check in checks.items():
        _begin(name, check, place, came.put)
    found: dict[str, Finding] = {}
    until = time.monotonic() + within
    with contextlib.suppress(queue.Empty):  # the time is up
        while len(found) < len(checks):
            one = came.get(until - time.monotonic())
            found[one.name] = one
    late = f"no answer from the system in {within:g} s"
    return [found.get(name) or Finding(name, UNSEEN, late, "see the kernel's messages: sudo dmesg") for name in checks]


def _begin(name: str, check: Check, place: Place, tell: _Tell) -> None:
    """Begin a check, or wait for the one that is under way: what hangs holds one thread, however often it is asked."""
    with _guard:
        waiting = _under_way.get((check, place))
        if waiting is not None:
            waiting.append(tell)
            return
        threading.Thread(target=_carry_out, args=(name, check, place), daemon=True).start()
        _under_way[check, place] = [tell]  # only now: where no thread can be had, the next one may find one


def _carry_out(name: str, check: Check, place: Place) -> None:
    finding = Finding(name, UNSEEN, "the check broke off; that is a defect of lager", "the log has the details")
    try:
        finding = check(place)
    except OSError as exc:
        where = f"{exc.filename}: " if isinstance(exc.filename, str) else ""
        finding = Finding(name, UNSEEN, f"{where}{(exc.strerror or str(exc)).lower()}")
    finally:
        with _guard:
            waiting = _under_way.pop((check, place))
        for tell in waiting:
            tell(finding)

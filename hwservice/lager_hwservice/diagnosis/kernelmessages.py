"""What the kernel has said of a USB device: read from /dev/kmsg, or where that is not allowed through a program.

None of it waits for new messages, or for a password.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lager_hwservice.usb import CouldNotLook

KMSG = Path("/dev/kmsg")
# Each prints `[seconds since boot] text`; the journal may be read by those who may not read the kernel's own buffer.
PROGRAMS = (("dmesg",), ("journalctl", "-q", "-k", "-b", "-n", "2000", "-o", "short-monotonic", "--no-pager"))
_RECORD = 8192  # bytes; the kernel gives one record at a time, and none is longer
_READ_WITHIN = 1.0  # s
_PROGRAM_WITHIN = 2.0  # s
_LINE = re.compile(r"^(?:<\d+>)?\[\s*(\d+\.\d+)\] ?(?:\S+ kernel: )?(.*)$")
# `usb 1-4.2: …` is of a device, `usbtmc 1-4.2:1.0: …` of an interface, and `xhci_hcd 0000:00:14.0: …` of a controller.
# What a driver says of no device in particular, as `usbcore: …`, helps nobody.
_PLACE = re.compile(r"\S+ ([1-9]\d*-[1-9]\d*(?:\.\d+)*)(?::\d+\.\d+)?: ")
_OF_USB = re.compile(rf"(usb|hub|\S*hci\S*|\S*hcd\S*) \S+: |{_PLACE.pattern}")


class Message(NamedTuple):
    """One message.

    Attributes:
        seconds: When, since the machine was started.
    """

    seconds: float
    text: str


def newest(kmsg: Path = KMSG, programs: Sequence[Sequence[str]] = PROGRAMS) -> list[Message]:
    """Give the kernel's messages, the newest last.

    Raises:
        CouldNotLook: They may not be read in any way; says why.
    """
    tried = []
    ways = [functools.partial(of_buffer, kmsg), *(functools.partial(of_program, words) for words in programs)]
    for way in ways:
        try:
            return way()
        except CouldNotLook as exc:
            tried.append(str(exc))
    raise CouldNotLook("; ".join(tried))


def of_buffer(kmsg: Path, clock: Callable[[], float] = time.monotonic) -> list[Message]:
    """Read all that the kernel still has.

    Raises:
        CouldNotLook: It may not be read, or there is no end to it.
    """
    try:
        descriptor = os.open(kmsg, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        raise CouldNotLook(f"{kmsg}: {exc.strerror}") from exc
    until = clock() + _READ_WITHIN
    found = []
    try:
        for record in _records(descriptor):
            if clock() > until:  # the newest ones are what is wanted, and they come last
                raise CouldNotLook(f"{kmsg}: it has more than could be read within {_READ_WITHIN:g} s")
            if (message := _parsed(record)) is not None:
                found.append(message)
    except OSError as exc:
        raise CouldNotLook(f"{kmsg}: {exc.strerror}") from exc
    finally:
        os.close(descriptor)
    return found


def _records(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            record = os.read(descriptor, _RECORD)
        except BlockingIOError:
            return
        except BrokenPipeError:  # what came next was written over meanwhile: the one after that follows
            continue
        if not record:
            return
        yield record


def _parsed(record: bytes) -> Message | None:
    """Read `priority,number,microseconds,flags[,…];text`, which lines that begin with a space may follow."""
    head, _, text = record.decode(errors="replace").partition(";")
    fields = head.split(",")
    if len(fields) < 3 or not fields[2].isdecimal():
        return None
    return Message(int(fields[2]) / 1e6, text.partition("\n")[0])


def of_program(words: Sequence[str]) -> list[Message]:
    """Have a program print them.

    Raises:
        CouldNotLook: It is not there, may not read them, or does not end.
    """
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROGRAM_WITHIN,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired as exc:
        raise CouldNotLook(f"{words[0]}: no end within {_PROGRAM_WITHIN:g} s") from exc
    except OSError as exc:
        raise CouldNotLook(f"{words[0]}: {exc.strerror}") from exc
    lines = done.stdout.decode(errors="replace").splitlines()
    found = [Message(float(one[1]), one[2]) for one in map(_LINE.match, lines) if one is not None]
    if done.returncode != 0 or not found:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it shows this user none"]
        raise CouldNotLook(f"{words[0]}: {said[0].removeprefix(f'{words[0]}: ')}")
    return found


def about(messages: Sequence[Message], port: str, most: int = 10) -> list[Message]:
    """Choose what tells of a device: the newest messages about its port, a hub on the way to it, and controllers.

    Args:
        messages: All of them.
        port: The port it is plugged into, such as `1-4.2`; empty where it is not there: then of any port.
        most: How many at most.
    """
    of_usb = [one for one in messages if _OF_USB.match(one.text)]
    if port:
        of_usb = [one for one in of_usb if _is_on_the_way(one.text, port)]
    return of_usb[-most:]


def _is_on_the_way(text: str, port: str) -> bool:
    named = _PLACE.match(text)
    return named is None or port == named[1] or port.startswith(f"{named[1]}.")


def dated(messages: Sequence[Message], now: float, since_start: float) -> str:
    """Write messages as lines, each with its time of day on this machine.

    Args:
        messages: Those to write.
        now: Unix time, s.
        since_start: How long the machine had run then, s.
    """
    started = now - since_start
    times = [time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(started + one.seconds)) for one in messages]
    return "\n".join(f"{when} {one.text}" for when, one in zip(times, messages, strict=True))

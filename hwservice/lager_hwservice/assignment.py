"""What a worker process is told to serve. Starts nothing.

On its command line; or, where it was started before anybody knew, in one line of JSON on its standard input.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import msgspec

from lager.hardware import CALL_WITHIN

SPARE = "--spare"  # in place of everything else: the assignment comes later, on standard input


class Assignment(msgspec.Struct, frozen=True):
    """One instrument for one worker process.

    Attributes:
        address: Where it is.
        instrument: The catalog's name.
        via: `usbip://HOST:PORT`, or empty.
        socket: Where the worker answers.
        call_within: How long a call may take once it is its turn, s.
        after_vain: Whether the process before this one ended because it could not open the instrument: then a third
            one would not help either.
    """

    address: str
    instrument: str
    via: str
    socket: str
    call_within: float = CALL_WITHIN
    after_vain: bool = False

    def words(self) -> list[str]:
        """Give it as the words of a command line."""
        words = [f"--address={self.address}", f"--instrument={self.instrument}", f"--via={self.via}"]
        words += [f"--socket={self.socket}", f"--call-within={self.call_within:g}"]
        return [*words, "--after-vain"] if self.after_vain else words


def decode(line: bytes) -> Assignment:
    """Read what a spare is told."""
    return msgspec.json.decode(line, type=Assignment)


def read(words: Sequence[str] | None = None) -> Assignment | None:
    """Read a worker's command line (`words`, or that of this process); None for a spare."""
    parser = argparse.ArgumentParser(prog="lager_hwservice.worker")
    parser.add_argument(SPARE, action="store_true", help="wait for the rest as JSON on standard input")
    for name in ("address", "instrument", "via", "socket"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--call-within", type=float, default=CALL_WITHIN, metavar="S")
    parser.add_argument("--after-vain", action="store_true", help=argparse.SUPPRESS)
    given = vars(parser.parse_args(words))
    if given.pop("spare"):
        return None
    if not (given["address"] and given["instrument"] and given["socket"]):
        parser.error("--address, --instrument and --socket are needed")
    return Assignment(**given)

"""What is done on a machine: steps of a small program that is sent there, and run by root."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lager import errors
from lager_cli.machine import carrying
from lager_cli.machine.progress import Step
from lager_cli.machine.root import Root
from lager_cli.machine.ssh import harmless
from lager_cli.machine.sshtroubles import last_line
from lager_cli.machine.wheels import Wheels

# Whoever was cut off from a machine by force has left a folder there; after a day nobody can be at it any more.
_CARRY = (
    't=${TMPDIR:-/tmp}; find "$t" -maxdepth 1 -name "lager-setup.*" -user "$(id -u)" -mtime +0 -exec rm -rf {} + '
    '2>/dev/null; umask 077; d=$(mktemp -d "$t/lager-setup.XXXXXX") && cat >"$d/onbox.pyz" && echo "$d"'
)


@dataclass(frozen=True)
class Steps:
    """The program on a machine.

    Attributes:
        root: How to be root there.
        python: Where its Python is.
        folder: Where the program is.
    """

    root: Root
    python: str
    folder: str

    def do(self, name: str, step: Step | None = None, sent: Sequence[Path] = (), /, **facts: Any) -> dict[str, Any]:
        """Do a step; give what came of it.

        Args:
            name: Which.
            step: Told how it goes.
            sent: Files it reads, one behind the other.
            facts: What it is to know.

        Raises:
            SetupFailed: It failed, and why.
            ServiceUnreachable: The connection broke off.
        """
        last: dict[str, Any] = {}

        def hear(line: str) -> None:
            with contextlib.suppress(ValueError):  # a shell's greeting, perhaps
                said = _harmless(json.loads(line))
                if isinstance(said, dict):
                    last.update(said)
                    _pass_on(said, step)

        words = shlex.join([self.python, "-I", f"{self.folder}/onbox.pyz", name, json.dumps(facts)])
        with io.BufferedReader(_Joined(sent)) as content:
            done = self.root.run(words, content, hear)
        if isinstance(last.get("done"), dict):
            found: dict[str, Any] = last["done"]
            return found
        raise _failed(name, last.get("failed"), done.status, done.err)

    def send(self, wheels: Wheels, step: Step) -> None:
        """Send the wheels that the machine has not got yet."""
        files = {path.name: digest for path, digest in wheels.files.items()}
        missing = set(self.do("have", step, hash=wheels.hash, files=files)["missing"])
        left = [path for path in wheels.files if path.name in missing]
        sizes = {path.name: path.stat().st_size for path in left}
        total, there = sum(sizes.values()), [0]

        def arrived(name: str) -> None:
            there[0] += sizes.get(name, 0)
            step.say(f"{there[0] / 1e6:.0f} of {total / 1e6:.0f} MB: {name.partition('-')[0]}")

        asked = [{"name": name, "sha256": files[name], "size": size} for name, size in sizes.items()]
        if asked:
            step.say(f"0 of {total / 1e6:.0f} MB")
            self.do("receive", Step(arrived), left, hash=wheels.hash, files=asked)
        kept = len(files) - len(left)
        count = "1 package" if len(left) == 1 else f"{len(left)} packages"
        step.result = f"{count}, {total / 1e6:.1f} MB" if left else "all of it is there already"
        if left and kept:
            step.result += f"; {kept} were there already"


class _Joined(io.RawIOBase):
    """Files as one, each behind the one before."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._left = [*paths]
        self._now: io.BufferedIOBase = io.BytesIO()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not (count := self._now.readinto(buffer)) and self._left:
            self._now.close()
            self._now = self._left.pop(0).open("rb")
        return count

    def close(self) -> None:
        self._now.close()
        super().close()


def _harmless(value: Any) -> Any:
    """Give what a machine says as it may be shown."""
    if isinstance(value, dict):
        return {_harmless(key): _harmless(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_harmless(one) for one in value]
    return harmless(value) if isinstance(value, str) else value


def _pass_on(said: dict[str, Any], step: Step | None) -> None:
    if step is None:
        return
    if isinstance(said.get("say"), str):
        step.say(said["say"])
    if isinstance(said.get("warn"), str):
        step.warnings.append(said["warn"])


def _failed(name: str, said: Any, status: int, err: str) -> errors.LagerError:
    if isinstance(said, dict):
        return errors.SetupFailed(str(said.get("what", "")), str(said.get("hint", "")))
    why = last_line(err) or f"it ended with status {status}"
    return errors.SetupFailed(f"the step {name!r} ended without a word of its own: {why}", "run the same command again")


@contextlib.contextmanager
def carried(root: Root, python: str) -> Iterator[Steps]:
    """Send the program to a machine, where only root can change it; it is removed there with the block's end.

    Raises:
        SetupFailed: There is no room for it.
    """
    done = root.run(f"sh -c {shlex.quote(_CARRY)}", io.BytesIO(carrying.onbox()))
    folder = done.out.strip().rpartition("\n")[2]
    if done.status or not folder.startswith("/"):
        raise errors.SetupFailed(
            f"nothing can be written to /tmp there: {last_line(done.err) or 'no reason is given'}",
            "make room there, and run the same command again",
        )
    try:
        yield Steps(root, python, folder)
    finally:
        with contextlib.suppress(errors.LagerError):  # a folder of temporary files; the machine forgets it
            root.run(f"rm -rf {shlex.quote(folder)}")

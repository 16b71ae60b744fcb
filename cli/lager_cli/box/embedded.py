"""This user's own box on this machine, from the side of a command: is it there, start it, reach it."""

from __future__ import annotations

import ipaddress
import os
import select
import sys
import time
from typing import TYPE_CHECKING

import click

from lager import errors, settings, wire
from lager.client import Service
from lager_cli import selection

if TYPE_CHECKING:
    import subprocess

STARTED = (
    "Started a private box with a simulated bench on this machine "
    "(it ends after {idle} idle minutes; see lager box status)."
)
_PATIENCE = 60.0  # s for a box to start, on a machine busy with other things
_BETWEEN_LOOKS = 0.05  # s


def recorded() -> wire.BoxInfo | None:
    """Give what the box file says, if the process it names is alive. It may be another process by now."""
    try:
        info: wire.BoxInfo = wire.from_json(settings.box_file().read_bytes(), wire.BoxInfo)
        ipaddress.ip_address(info.host)
        if info.pid <= 1:  # no box; and to kill, 0 and less mean whole groups of processes
            return None
        os.kill(info.pid, 0)
    except (OSError, OverflowError, ValueError, errors.UsageError):  # no such file or process, or not what a box wrote
        return None
    return info


def alive() -> wire.BoxInfo | None:
    """Give this user's own box if it runs and answers.

    Raises:
        TokenRefused: It runs, but the token file holds no token, or another one than when it started.
    """
    info = recorded()
    if info is None:
        return None
    token = settings.own_token()
    try:
        service = Service("", selection.own_host(info), info.runner, token, fingerprint=info.fingerprint)
        answer: wire.BoxInfo = service.get("/box", wire.BoxInfo, timeout=3.0)
    except errors.TokenRefused as exc:
        from lager_cli.box.parent import is_gone

        if is_gone():
            return None
        raise errors.TokenRefused(
            f"your box on this machine does not accept the token in {settings.token_file()}",
            "was that file changed while the box ran? Start the box anew: `lager box stop`",
        ) from exc
    except errors.LagerError:  # a file left behind: whatever has that port now is no box of ours
        return None
    return info if answer.pid == info.pid else None


def ensure(quiet: bool = False) -> wire.BoxInfo:
    """Give this user's own box, started if it does not run; that is said, unless it shall be `quiet`.

    Raises:
        ServiceUnreachable: It does not start.
        UsageError: It is to have a bench that cannot be, or it runs and has another.
    """
    info = alive()
    chosen = settings.simulated_bench()
    if info is not None:
        if chosen and info.embedded and info.bench != f"sim:{chosen}":
            raise errors.UsageError(
                f"the private box that runs has another bench than {chosen}, which {settings.SIMULATED_BENCH} names",
                "stop it with `lager box stop`, or set LAGER_STATE_DIR for a second one",
            )
        return info
    if chosen:
        from lager_cli.box import simulating

        simulating.check(chosen)
    settings.idle_seconds()  # a wrong setting is said here, not in the log of a box that does not start
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        process = _start()
        ready = _wait(process, deadline)
        if ready:
            return ready if quiet else _said(ready)
        if process.poll() not in (None, _taken()):
            raise _failed(f"it ended with status {process.returncode}")
        other = _wait_for_other(min(deadline, time.monotonic() + 5.0))
        if other is not None:  # another terminal started it at the same moment, or a service is being restarted
            return other
    raise _failed(f"it was not ready after {_PATIENCE:g} s")


def _start() -> subprocess.Popen[bytes]:
    import subprocess

    from lager_cli.box.parent import log_file

    path = log_file()
    path.touch(mode=0o600)
    with path.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "lager_cli.box.parent"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=settings.state_dir(),
            env=os.environ | _paths(),
            start_new_session=True,
        )


def _paths() -> dict[str, str]:
    """Give what names a path in the environment, as it is named from any directory."""
    chosen = settings.simulated_bench()
    bench = {settings.SIMULATED_BENCH: str(chosen)} if chosen else {}
    return bench | {settings.STATE_DIR: str(settings.state_dir().resolve())}


def _wait(process: subprocess.Popen[bytes], deadline: float) -> wire.BoxInfo | None:
    """Wait until the new box is ready (give it), or has ended."""
    assert process.stdout is not None
    with process.stdout as out:
        if not select.select([out], [], [], max(deadline - time.monotonic(), 0))[0]:
            return None
        if not out.readline():
            process.wait(5.0)
            return None
    process.returncode = 0  # it goes on without us: no warning about a child that was not waited for
    return recorded()


def _said(info: wire.BoxInfo) -> wire.BoxInfo:
    click.echo(STARTED.format(idle=f"{settings.idle_seconds() / 60:g}"), err=True)
    return info


def _wait_for_other(deadline: float) -> wire.BoxInfo | None:
    while time.monotonic() < deadline:
        info = alive()
        if info is not None:
            return info
        time.sleep(_BETWEEN_LOOKS)  # noqa: TID251  # nothing tells us when somebody else's box is ready
    return None


def _taken() -> int:
    from lager_cli.box.parent import TAKEN

    return TAKEN


def _failed(why: str) -> errors.ServiceUnreachable:
    from lager_cli.box.parent import log_file

    lines = log_file().read_text(errors="replace").splitlines()[-8:]
    return errors.ServiceUnreachable(
        f"the private box did not start: {why}; its log ends with\n"
        + "\n".join(f"    {line}" for line in lines)
        + "\n",
        f"read {log_file()}",
    )

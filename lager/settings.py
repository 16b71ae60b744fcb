"""Where Lager keeps things, and the names of its environment variables. Not imported by `import lager`.

Everything private to a user lies below two directories: the state directory (token, runs, bench of the private box)
and the runtime directory (sockets; its path is short, because a unix socket's path may have 107 bytes at most).
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from lager import errors

# Set by the user ------------------------------------------------------------------------------------------------------
STATE_DIR = "LAGER_STATE_DIR"  # instead of ~/.local/state/lager
BOX = "LAGER_BOX"  # the box to use where no --box is given
TOKEN = "LAGER_TOKEN"  # the box's token, where the token file is on another machine
FINGERPRINT = "LAGER_FINGERPRINT"  # of the box's certificate, where no configuration file has it
SIMULATED_BENCH = "LAGER_SIMULATED_BENCH"  # the description of the simulated bench, instead of the default one
IDLE_SECONDS = "LAGER_BOX_IDLE_SECONDS"  # after how long an idle private box ends (600)

_LONGEST_RUNTIME_DIR = 50  # bytes; what is made below it must stay a possible path of a socket

# Where a box's token is, as people are told who have to fetch it.
TOKEN_PLACE = "the file `token` in the box user's ~/.local/state/lager (/var/lib/lager where `lager install` made it)"
VERSION_HEADER = "Lager-Version"  # of a box's answers

# Ports a box listens on where nothing else is asked for
RUNNER_PORT, HARDWARE_PORT, HTTP_PORT = 5000, 8080, 9000


def private(directory: Path) -> Path:
    """Make a directory that only this user can enter, and give it.

    Raises:
        PermissionError: It exists and belongs to somebody else.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.stat()
    if status.st_uid != os.getuid():
        raise PermissionError(errno.EACCES, f"it belongs to another user (uid {status.st_uid})", str(directory))
    if status.st_mode & 0o077:
        directory.chmod(0o700)
    return directory


def state_dir() -> Path:
    """Give the directory for what must outlive a process."""
    chosen = os.environ.get(STATE_DIR)
    if chosen:
        return private(Path(chosen))
    import platformdirs

    return private(platformdirs.user_state_path("lager"))


def runtime_dir() -> Path:
    """Give the directory for sockets: one for each state directory."""
    import hashlib
    import tempfile

    mine = hashlib.sha256(str(state_dir().resolve()).encode()).hexdigest()[:10]
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if not os.path.isabs(given) or len(os.fsencode(given)) > _LONGEST_RUNTIME_DIR:
        given = ""
    # Without a login session (CI, cron, su) there is none; then below the temporary directory, checked to be ours.
    base = Path(given) if given else Path(tempfile.gettempdir()) / f"lager-{os.getuid()}"
    return private(private(base / "lager" if given else base) / mine)


def locks_dir(via: str = "") -> Path:
    """Give the directory of the locks on instruments.

    Args:
        via: The server through which an instrument is reached, which is one of this box; empty for one on this
            machine's own buses, which is the same one for all boxes and scripts of this user, whatever their
            environment says of directories.
    """
    if via:
        return private(runtime_dir() / "locks")
    return private(private(Path("/tmp") / f"lager-{os.getuid()}") / "locks")


def simulated_socket() -> Path:
    """Give the socket on which the simulated bench of this user's box is told what is to go wrong."""
    return runtime_dir() / "simulated.sock"


def box_file() -> Path:
    """Give the file in which this user's box on this machine says where it listens (`lager.wire.BoxInfo`)."""
    return state_dir() / "box.json"


def binaries_dir() -> Path:
    """Give the folder of the programs that were put on this box for scripts (`lager.binaries`); it may be missing."""
    return state_dir() / "binaries"


def token_file() -> Path:
    """Give the file that holds the token of this user's box on this machine."""
    return state_dir() / "token"


def own_token() -> str:
    """Give the token of this user's box on this machine; the first to ask makes it. An empty one is made anew.

    Raises:
        TokenRefused: What the file holds can be no token.
    """
    path = token_file()
    with contextlib.suppress(FileNotFoundError):
        if not path.read_bytes().strip():
            path.unlink()
    if not path.exists():
        import secrets

        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")  # its own: threads of one process may be here
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32) + "\n")
        with contextlib.suppress(FileExistsError):  # another was first: then its token counts
            os.link(draft, path)
        draft.unlink()
    token = path.read_bytes().strip()
    if not token.isascii() or len(token.split()) != 1:
        raise errors.TokenRefused(
            f"{path} holds no token", "delete it, stop the box with `lager box stop`, and try again"
        )
    return token.decode()


def simulated_bench() -> Path | None:
    """Give the description of the simulated bench that is to be used; None for the default one."""
    given = os.environ.get(SIMULATED_BENCH)
    return Path(given).expanduser().resolve() if given else None


def idle_seconds() -> float:
    """Give after how long an idle private box ends, s.

    Raises:
        UsageError: LAGER_BOX_IDLE_SECONDS is set to something else.
    """
    given = os.environ.get(IDLE_SECONDS) or "600"
    with contextlib.suppress(ValueError):  # said below
        if 0 < float(given) < 1e9:
            return float(given)
    raise errors.UsageError(
        f"{IDLE_SECONDS} is {given!r}, which is no number of seconds", "set it to 600, or not at all"
    )

"""What a box allows: sizes, times and counts; one file holds what its admin has changed. No part of `import lager`.

`lager box limits` shows and changes them; services read them anew whenever they are needed.
"""

from __future__ import annotations

import msgspec

from lager import errors, settings

FILE = "limits.json"  # in the state directory


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of a box. Sizes in bytes, times in s; 0 is unlimited where it says so.

    Attributes:
        upload: Of what is sent to be run, as sent.
        content: Of what is sent to be run, unpacked.
        files: That may be in it.
        timeout: Longest runtime that `--timeout` can ask for; a run that asks for none (0) has none.
        output: Of one run's output log; 0 is unlimited. The script goes on without it, and the gap is marked.
        keep_runs: That have ended, and are kept.
        keep_bytes: Of all of them together.
        keep_days: For how many days.
        idle_grace: How long a script that was interrupted may show no sign of progress.
        grace: How long it may take in all.
        terminate_grace: How long it has after SIGTERM.
        client_gone: How long a run goes on without its client, if it is not paused and not to be kept.
        packages: Of all installed requirements together; the longest unused go first.
        lock_ttl: How long a lock that a run or a command holds lives without a sign of its holder.
    """

    upload: int = 20_000_000
    content: int = 40_000_000
    files: int = 10_000
    timeout: float = 300.0
    output: int = 2_000_000_000
    keep_runs: int = 200
    keep_bytes: int = 5_000_000_000
    keep_days: float = 30.0
    idle_grace: float = 5.0
    grace: float = 60.0
    terminate_grace: float = 2.0
    client_gone: float = 60.0
    packages: int = 5_000_000_000
    lock_ttl: float = 1800.0


def read() -> Limits:
    """Give the limits of this user's box.

    Raises:
        UsageError: The file cannot be understood.
    """
    path = settings.state_dir() / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Limits)
    except FileNotFoundError:
        return Limits()
    except (msgspec.DecodeError, OSError) as exc:
        raise errors.UsageError(
            f"{path} cannot be read: {exc}", "mend it with `lager box limits`, or delete it"
        ) from exc


def write(limits: Limits) -> None:
    """Keep changed limits: only what differs from the usual ones, so that those of a newer version count."""
    usual, path = msgspec.to_builtins(Limits()), settings.state_dir() / FILE
    changed = {name: value for name, value in msgspec.to_builtins(limits).items() if value != usual[name]}
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(changed)))
    draft.replace(path)

"""`lager.output(value)`: hands a script's results to whoever started it, apart from what it prints.

It lives in the script's process. The box names a FIFO (LAGER_OUTPUT_CHANNEL) that it keeps beside the script's output;
`lager.outputrecords` reads it again. Imported when it is first used.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import threading
from collections.abc import Iterator
from typing import Any

from lager import errors
from lager.outputencoders import OutputEncoders

CHANNEL = "LAGER_OUTPUT_CHANNEL"


def output(value: Any, encoder: OutputEncoders = OutputEncoders.Pickle) -> None:
    """Hand a result to whoever started this script: `lager python` prints it, with --json as a line of its own.

    Where nobody did that, it does nothing: released scripts run by themselves, too.

    Args:
        value: What plain types hold: numbers, texts, bytes, lists, dicts, sets, dates; for Raw, bytes or a text.
        encoder: How it is written.

    Raises:
        LagerError: Nobody takes this run's results any more.
        UsageError: The value cannot be written so.
    """
    path = os.environ.get(CHANNEL)
    if not path:
        return
    data = encoded(value, encoder)
    record = b"%d %d " % (encoder, len(data)) + data
    if len(record) <= select.PIPE_BUF:
        _write(path, record)  # at once, or not at all (pipe(7)): no interrupt can cut it
        return
    # An interrupt must not leave half a record behind: it comes to the main thread, so another one writes.
    writer = _Writer(path, record)
    writer.start()
    writer.join()
    if writer.error:
        raise writer.error


def encoded(value: Any, encoder: OutputEncoders) -> bytes:
    """Give the bytes of a value.

    Raises:
        UsageError: It cannot be written so.
    """
    try:
        return _ENCODERS[OutputEncoders(encoder)](_plain(value))
    except (TypeError, ValueError, AttributeError, RecursionError) as exc:
        names = {one: f"OutputEncoders.{one.name}" for one in OutputEncoders}
        raise errors.UsageError(
            f"lager.output() cannot send a {type(value).__name__} with {names.get(encoder, encoder)}: {exc}",
            f"give plain numbers, texts, lists and dicts, or another encoder: {', '.join(names.values())}",
        ) from None  # what each encoder says is in it already


def _plain(value: Any) -> Any:
    """Give what an instrument says of itself (`psu.state()`) as the dict it also is; and those in a list or a dict."""
    if isinstance(value, dict) and any(map(_is_state, value.values())):
        return {key: dict(one) if _is_state(one) else one for key, one in value.items()}
    if isinstance(value, list) and any(map(_is_state, value)):
        return [dict(one) if _is_state(one) else one for one in value]
    return dict(value) if _is_state(value) else value


def _is_state(value: Any) -> bool:
    return str(type(value).__module__).startswith("lager.roles.") and hasattr(value, "keys")


def _raw(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(memoryview(value))


def _pickle(value: Any) -> bytes:
    import pickle  # noqa: TID251  # writing one; a client reads it with plain types only

    from lager import banner, outputrecords

    takes = outputrecords.RELEASED if os.environ.get(banner.RELEASED) else outputrecords.PLAIN
    try:
        data = pickle.dumps(value, protocol=4)
        outputrecords.unpickled(data, takes)  # what its client would not take is an error here, where it can be mended
    except pickle.PickleError as exc:
        raise ValueError(str(exc)) from exc
    return data


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _yaml(value: Any) -> bytes:
    import yaml

    try:
        return yaml.safe_dump(value, allow_unicode=True, sort_keys=False).encode()
    except yaml.YAMLError as exc:
        raise ValueError(" ".join(str(exc).split())) from exc


_ENCODERS = {
    OutputEncoders.Raw: _raw,
    OutputEncoders.Pickle: _pickle,
    OutputEncoders.JSON: _json,
    OutputEncoders.YAML: _yaml,
}


class _Writer(threading.Thread):
    def __init__(self, path: str, record: bytes) -> None:
        super().__init__(name="lager.output", daemon=False)
        self._path, self._record = path, record
        self.error: errors.LagerError | None = None

    def run(self) -> None:
        try:
            _write(self._path, self._record)
        except errors.LagerError as exc:
            self.error = exc


def _write(path: str, record: bytes) -> None:
    try:
        with _opened(path) as channel:
            unsent = memoryview(record)
            while unsent:
                unsent = unsent[os.write(channel, unsent) :]
    except OSError as exc:
        raise errors.LagerError(
            f"lager.output(): nobody takes this run's results any more ({exc.strerror})", "start the script again"
        ) from exc


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    """Give the channel, for one writer at a time: threads and children of the script write to it, too."""
    channel = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # without waiting for a reader that is gone
    try:
        os.set_blocking(channel, True)
        fcntl.flock(channel, fcntl.LOCK_EX)
        yield channel
    finally:
        os.close(channel)

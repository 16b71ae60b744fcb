"""What a run says, for programs: one JSON object a line on standard output, and nothing else there (`--json`).

Each has `event`, `run` (its id) and `time` (a Unix time, s). docs/running.md lists them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from lager import wire
from lager_cli.runs.writing import Outlet

if TYPE_CHECKING:
    from lager.outputrecords import Record

_STREAMS = {1: "stdout", 2: "stderr"}


class Events:
    """A run as JSON lines.

    Args:
        outlet: Where they go.
        run: The run's id.
        clock: Gives the Unix time, s.
    """

    def __init__(self, outlet: Outlet, run: str, clock: Callable[[], float]) -> None:
        self._outlet, self._run, self._clock = outlet, run, clock

    def started(self, run: wire.RunInfo) -> None:
        """Tell `started`, with what was asked for."""
        facts = {"name": run.name, "args": run.args, "user": run.user, "box": run.box, "timeout": run.timeout}
        self._tell("started", run.started, facts)

    def output(self, output: wire.Output) -> None:
        """Tell `output`: `stream`, and `text`, or `base64` where it is no UTF-8."""
        stream = _STREAMS.get(output.stream, str(output.stream))
        self._tell("output", output.time, {"stream": stream} | _text(output.data))

    def result(self, record: Record, time: float) -> None:
        """Tell `result`: its `value`, or the `error` why there is none."""
        from lager.outputrecords import jsonable

        self._tell("result", time, {"error": record.error} if record.error else {"value": jsonable(record.value)})

    def paused(self, pause: wire.PauseInfo) -> None:
        """Tell `paused`, with all that is known of the pause."""
        self._tell("paused", pause.since, msgspec.to_builtins(pause))

    def resumed(self, ended: wire.PauseEnded) -> None:
        """Tell `resumed`: the pause's `number`, the `reason`, and `by` whom."""
        self._tell("resumed", None, {"number": ended.number, "reason": ended.reason, "by": ended.by})

    def exited(self, end: wire.Exited) -> None:
        """Tell `exit`: `status`, `reason`, and what was done to end it."""
        self._tell("exit", None, {"status": end.status, "reason": end.reason, "did": end.did})

    def note(self, words: str, important: bool = False) -> None:  # noqa: ARG002  # of the protocol
        """Tell `note`, with what people would read as `text`."""
        self._tell("note", None, {"text": words.strip()})

    def _tell(self, event: str, time: float | None, facts: dict[str, Any]) -> None:
        head = {"event": event, "run": self._run, "time": self._clock() if time is None else time}
        self._outlet.write(json.dumps(head | facts, ensure_ascii=False).encode(errors="backslashreplace") + b"\n")


def _text(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}

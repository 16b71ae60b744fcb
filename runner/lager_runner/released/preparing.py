"""Waits until what a run requires is installed, because released clients are told at once where that fails."""

from __future__ import annotations

import asyncio
import contextlib

from lager import errors
from lager_runner import outputlog, packages, requirements
from lager_runner.run import Run

MOST_SECONDS = 240.0  # those clients wait 320 s for the beginning of an answer; after it, they hear that we are there
_SHORTEST_LOOK, _LONGEST_LOOK = 0.02, 0.25  # s; a script that begins without a word rings no bell
_MOST_SAID = 8000  # bytes of what pip said


async def until_prepared(run: Run, most: float = MOST_SECONDS) -> None:
    """Wait until the script itself has begun, but not for ever.

    Raises:
        NotProcessed: What it requires cannot be installed, so it never will.
    """
    if not (run.directory.work / requirements.FILE).is_file():
        return
    look, waited = _SHORTEST_LOOK, 0.0
    while not (run.outcome or run.directory.prepared.exists()) and waited < most:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(run.bell.wait(), look)
        waited += look
        look = min(2 * look, _LONGEST_LOOK)
    if run.outcome and run.outcome.status == packages.FAILED and not run.directory.prepared.exists():
        said = await asyncio.to_thread(_said, run)
        raise errors.NotProcessed(f"Pip install failed: {said}")


def _said(run: Run) -> str:
    """Give what pip said, without what Lager said."""
    with contextlib.closing(outputlog.Reader(run.directory.log)) as reader:
        parts: list[bytes] = []
        while chunk := reader.next():
            parts.append(chunk.data)
    lines = b"".join(parts)[-_MOST_SAID:].decode(errors="replace").splitlines()
    return "\n".join(line for line in lines if not line.startswith("=== lager: "))

"""Follows a run from an offset of its log: its output as it grows, its pauses, its end.

Each follower reads the log at its own pace, and is woken, never polls. It knows no WebSocket.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator

from lager import errors, wire
from lager_runner import logwriter, outputlog
from lager_runner.run import Event, Run

Message = wire.Output | wire.PauseBegan | wire.PauseEnded | wire.Exited
Feed = deque[tuple[int, Event]]


async def follow(
    run: Run, offset: int, paused: list[wire.PauseInfo], since: float | None = None
) -> AsyncGenerator[Message, None]:
    """Give all that happens in a run.

    Args:
        run: The run.
        offset: Where to begin: 0, or the offset of the last output that was seen.
        paused: The pauses that are open now.
        since: Leave out the output that is older (Unix time, s).

    Raises:
        UsageError: No output begins at that offset.
    """
    try:
        reader = outputlog.Reader(run.directory.log, offset)
        if since is not None:
            await asyncio.to_thread(reader.skip, since)
    except (outputlog.NotAChunk, OverflowError) as exc:
        raise _bad_offset(offset) from exc
    except FileNotFoundError as exc:
        raise errors.FileNotThere("the output of the run was removed", "see how it ended: `lager runs show`") from exc
    now = run.log_size()
    feed: Feed = deque((now, wire.PauseBegan(pause)) for pause in paused)
    run.feeds[id(feed)] = feed
    try:
        with contextlib.closing(reader):
            async for message in _each_pause_once(_messages(run, reader, feed)):
                yield message
    except outputlog.NotAChunk as exc:
        raise _bad_offset(offset) from exc
    finally:
        del run.feeds[id(feed)]


async def _messages(run: Run, reader: outputlog.Reader, feed: Feed) -> AsyncGenerator[Message, None]:
    while True:
        outcome = run.outcome  # looked at before the log: once it is there, the log is complete
        if feed and reader.position >= feed[0][0]:
            yield feed.popleft()[1]
        elif chunk := reader.next():
            yield wire.Output(offset=chunk.end, time=chunk.time, stream=chunk.stream, data=chunk.data)
        elif feed:
            yield feed.popleft()[1]
        elif outcome:
            break
        else:
            await run.bell.wait()
    if outcome.missing:
        line = logwriter.gap(outcome.missing, "").encode()
        stream = outputlog.STDOUT if run.spec.one_stream else outputlog.STDERR
        yield wire.Output(offset=reader.position, time=outcome.ended, stream=stream, data=line)
    yield wire.Exited(outcome.status, outcome.reason, outcome.did)


async def _each_pause_once(messages: AsyncGenerator[Message, None]) -> AsyncGenerator[Message, None]:
    """Drop the second announcement of a pause that was open at the start, and is announced to all just then."""
    began: set[int] = set()
    async for message in messages:
        if isinstance(message, wire.PauseBegan):
            if message.pause.number in began:
                continue
            began.add(message.pause.number)
        yield message


def _bad_offset(offset: int) -> errors.UsageError:
    return errors.UsageError(
        f"no output of the run begins at offset {offset}", "begin at 0, or at the offset of the last output"
    )

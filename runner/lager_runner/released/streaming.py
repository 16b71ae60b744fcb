"""Sends a run's output to a released client, from its start to its exit frame, at the client's own pace.

It comes out of the run's log: a client that reads slowly holds up no script, and loses nothing. As for our own clients
a run ends when the client that answers for it is gone; but a released one never comes back by itself, so it ends then
and there. One that is paused is let be: somebody else may be at it (`lager_runner.clientgone` sees to it from then on).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lager import errors, wire
from lager_runner import answers, lifesigns
from lager_runner.follow import follow
from lager_runner.released import frames, preparing, refusing
from lager_runner.run import Run
from lager_runner.runs import Runs
from lager_runner.streamroutes import Owned

KEEPALIVE_SECONDS = 20.0  # those clients give up after 320 s without a byte
_ATTACHED_SECONDS = 1.0  # who reattached and leaves by Ctrl-D only gets away when the next byte comes
_AGAIN_SECONDS = 2.0  # in which a client sends a request again whose connection broke before the answer began
_LAST_WORD_SECONDS = 0.2
_GONE = "its client is gone"
_HEADERS = [
    (b"content-type", b"text/plain"),
    (b"lager-output-version", b"1"),
    (b"cache-control", b"no-store"),
    (b"connection", b"close"),
]


class Streams:
    """Makes the answers that are a run's output.

    Args:
        all_runs: The runs of this box.
        owned: Gives what lasts as long as a client answers for a run.
        keepalive: How often a client hears that the box is still there, s.
    """

    def __init__(self, all_runs: Runs, owned: Owned, keepalive: float = KEEPALIVE_SECONDS) -> None:
        self._runs = all_runs
        self._owned = owned
        self._keepalive = keepalive
        self._attended: Counter[str] = Counter()  # how many clients answer for a run; one, unless it asked again

    def of(self, run: Run, mine: bool, note: bytes = b"") -> Response:
        """Give the answer that is this run's output.

        Args:
            run: The run.
            mine: Whether it ends when this client is gone.
            note: Lines for this client only, before all output.
        """

        @contextlib.contextmanager
        def attended() -> Iterator[None]:
            self._attended[run.id] += mine
            try:
                with self._owned(run):
                    yield
            finally:
                self._attended[run.id] -= mine
                self._attended += Counter()  # only what is more than 0 is kept

        def gone() -> None:
            if mine and not (run.paused or run.outcome or self._attended[run.id]):
                self._runs.end(run, _GONE)

        every = self._keepalive if mine else min(self._keepalive, _ATTACHED_SECONDS)
        stream = RunStream(run, attended, every, gone, prepare=mine)
        stream.note = frames.frame(1 if run.spec.one_stream else 2, note) if note else b""
        return stream


class RunStream(Response):
    """A run's output, as an answer.

    Args:
        run: The run.
        attended: Gives what lasts as long as this client is there.
        keepalive: How often the client hears that the box is still there, s.
        gone: Called when the client is gone before the end; not when the box ends.
        prepare: Whether the answer waits for what the run requires, and refuses where that cannot be installed.
    """

    def __init__(
        self,
        run: Run,
        attended: Callable[[], contextlib.AbstractContextManager[None]],
        keepalive: float,
        gone: Callable[[], None],
        prepare: bool,
    ) -> None:
        self.background = None
        self.note = b""
        self._run = run
        self._attended = attended
        self._keepalive = keepalive
        self._gone = gone
        self._prepare = prepare
        self._turn = asyncio.Lock()  # nothing comes after the last frame
        self._begun = self._done = self._hung_up = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it (ASGI)."""
        try:
            with self._attended():
                await answers.first_of(
                    self._until_hung_up(receive), self._answer(scope, receive, send), lifesigns.until_silent(scope)
                )
        except asyncio.CancelledError:
            await self._take_leave(send)
            raise
        if not self._done:
            if not self._begun:
                await asyncio.sleep(_AGAIN_SECONDS)
            self._gone()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if self._prepare:
                await preparing.until_prepared(self._run)
        except errors.NotProcessed as exc:
            await refusing.refused(exc)(scope, receive, send)
            self._done = True
            return
        if self._hung_up:
            return
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        self._begun = True
        await answers.first_of(self._send_all(send), self._send_signs(send))

    async def _take_leave(self, send: Send) -> None:
        """Say at the box's end that the exit code is not known: those clients might take the end of all for a 0."""
        if self._begun:
            with contextlib.suppress(asyncio.TimeoutError):  # it does not read
                last = self._put(send, frames.exit_frame(frames.UNKNOWN), last=True)
                await asyncio.wait_for(last, _LAST_WORD_SECONDS)

    async def _send_all(self, send: Send) -> None:
        if self.note:
            await self._put(send, self.note)
        async with contextlib.aclosing(follow(self._run, 0, [])) as messages:
            async for message in messages:
                match message:
                    case wire.Output():
                        await self._put(send, frames.frame(message.stream, message.data))
                    case wire.Exited(status, reason, did):
                        code = frames.exit_code(status, reason, did)
                        await self._put(send, frames.exit_frame(code), last=True)

    async def _send_signs(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._keepalive)
            await self._put(send, frames.KEEPALIVE)

    async def _put(self, send: Send, frame: bytes, last: bool = False) -> None:
        """Send a frame in one piece: where that is cancelled, nothing of it has gone."""
        async with self._turn:
            if not self._done:
                await send({"type": "http.response.body", "body": frame, "more_body": not last})
                self._done = last

    async def _until_hung_up(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self._hung_up = True

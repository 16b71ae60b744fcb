"""A net, live: its state again and again, and commands to it, over one connection that is made again when it breaks.

For screens, which live in an event loop. What they are told is `events()`, in order:

    ("ready", payload)   the net can be read: what the box says of it (`netname`, `channel`, `voltage_max`)
    ("state", payload)   a reading: the whole state, all of it read
    ("error", payload)   there is no reading: `message`, `code` (as `lager.errors`), `hint`, and `ended`: whether
                         the box has given the net up; LiveNet asks for it again by itself
    ("gone", payload)    the connection to the box is lost: `message`; LiveNet tries to get it back until it is closed
    ("back", {})         it is there again; "ready" follows when the net can be read
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, NamedTuple

from lager import errors, wire
from lager.times import ANSWER_WITHIN
from lager_cli.aside import aside
from lager_cli.holder import holder
from lager_cli.livelink import LiveLink
from lager_cli.selection import user_name

if TYPE_CHECKING:
    from lager_cli.app import App

NAMESPACES = {"power-supply": "supply", "battery": "battery"}
_STARTED_WITHIN = 15.0  # s
_TRY_AGAIN = 0.5  # s
_START_AGAIN = 1.0  # s

Event = tuple[str, dict[str, Any]]


class Said(NamedTuple):
    """What became of a command.

    Attributes:
        success: Whether it was done.
        message: What was done; or what was not, and why.
        code: The error's, as in `lager.errors`; empty where there is none.
        hint: What to try.
        notice: What one should also know: the instrument was switched off and on.
    """

    success: bool
    message: str
    code: str = ""
    hint: str = ""
    notice: str = ""


class LiveNet:
    """A net that is watched. Open it, take its events, give it commands, close it; or use it with `async with`.

    Args:
        app: Knows the box. It is found here, before there is a screen: a private one may be started, which is said.
        name: The net.
        role: `power-supply` or `battery`.
        interval: How often it is read, s.
    """

    def __init__(self, app: App, name: str, role: str, interval: float = 1.0) -> None:
        if not name.strip():
            raise errors.UsageError("the name of the net is empty", "see `lager nets` for those the bench has")
        self.name, self.role = name, role
        self._app, self._box = app, app.box()
        self._kind, self._interval = NAMESPACES[role], interval
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._link: LiveLink | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._started: asyncio.Future[None] | None = None
        self._ended = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    @property
    def place(self) -> str:
        """Name the box and where it is, for people."""
        return self._box.bench.place

    async def __aenter__(self) -> LiveNet:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Connect, and begin to watch. An instrument that is away is no error: that is the first event then.

        Raises:
            ServiceUnreachable: There is no connection; its text has the two lines of `livefailure`.
            NetNotFound: The bench has no such net of that role.
            RoleConflict: A net of another role of the same instrument is in use.
            LagerError: As the box answers.
        """
        self._link = await self._dialled()
        try:
            await self._start(self._link)
        except BaseException:
            await self._link.close()
            raise
        self._keeper = asyncio.create_task(self._keep(self._link))
        self._keeper.add_done_callback(self._tell_defect)

    async def events(self) -> AsyncIterator[Event]:
        """Give what happens, until it is closed."""
        while (event := await self._events.get()) is not None:
            yield event

    async def command(self, action: str, **params: Any) -> Said:
        """Have something done; never twice. Commands are carried out in the order they were given.

        Args:
            action: As the box knows it: `voltage`, `enable`, `soc`, ...
            params: What it takes, mostly `value`.
        """
        asked = {"netname": self.name, "action": action, "params": params}
        async with self._one_at_a_time:
            link = self._link
            if link is None or link.lost.is_set():
                return Said(
                    False, "there is no connection to the box: nothing was sent", errors.ServiceUnreachable.code
                )
            try:
                done = await link.ask(f"{self._kind}_command", asked, ANSWER_WITHIN + 2)
            except errors.LagerError as exc:
                return Said(False, exc.what, exc.code, exc.hint)
        said = done if isinstance(done, dict) else {}
        text = str(
            said.get("what") or said.get("message" if said.get("success") else "error") or "the box said nothing"
        )
        return Said(bool(said.get("success")), text, *(str(said.get(key, "")) for key in ("code", "hint", "notice")))

    async def close(self) -> None:
        """Leave; `events` ends."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        link, self._link = self._link, None
        if link is not None:
            await link.close()
        self._events.put_nowait(None)

    async def _dialled(self) -> LiveLink:
        heard = ["monitor_started", "driver_ready", "state_update"]
        # The port may have to be asked for, which blocks.
        service = await aside(lambda: self._box.bench)
        link = LiveLink(service, f"/{self._kind}", [*(f"{self._kind}_{one}" for one in heard), "error"], self._hear)
        await link.open()
        return link

    async def _start(self, link: LiveLink) -> None:
        """Have the box begin to watch.

        Raises:
            LagerError: It cannot, or does not answer.
        """
        self._ended.clear()
        self._started = asyncio.get_running_loop().create_future()
        who = {"caller": f"lager command of {user_name()}", "holder": holder(os.environ)[0]}
        asked = {"netname": self.name, "interval": self._interval, "details": True, **who}
        await link.emit(f"start_{self._kind}_monitor", asked)
        losing = asyncio.ensure_future(link.lost.wait())
        try:
            await asyncio.wait((self._started, losing), timeout=_STARTED_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        finally:
            losing.cancel()
            started, self._started = self._started, None
        if not started.done():
            raise errors.ServiceUnreachable(
                f"Timeout waiting for {self._kind} driver to initialize", "`lager box status` on the box says how it is"
            )
        started.result()

    def _hear(self, name: str, payload: Any) -> None:
        """Take what the box sends."""
        told = payload if isinstance(payload, dict) else {}
        waiting = self._started if self._started is not None and not self._started.done() else None
        if name == "error":
            self._failed(told, waiting)
        elif name.endswith("_monitor_started"):
            if waiting is not None:
                waiting.set_result(None)
        elif name.endswith("_driver_ready"):
            self._events.put_nowait(("ready", told))
        else:
            state = told.get("state")
            self._events.put_nowait(("state", state if isinstance(state, dict) else {}))

    def _failed(self, told: dict[str, Any], waiting: asyncio.Future[None] | None) -> None:
        said = {key: str(told.get(key, "")) for key in ("message", "code", "hint")}
        said["message"] = str(told.get("what") or said["message"])
        if told.get("ended"):
            self._ended.set()
        if waiting is not None and told.get("ended", True):
            waiting.set_exception(wire.ErrorBody(said["code"], said["message"], said["hint"]).as_error())
            return
        self._events.put_nowait(("error", {**said, "ended": bool(told.get("ended"))}))

    async def _keep(self, link: LiveLink) -> None:
        """Get the connection back whenever it is lost, and the net whenever the box has given it up."""
        while True:
            lost, ended = (asyncio.ensure_future(one.wait()) for one in (link.lost, self._ended))
            try:
                await asyncio.wait((lost, ended), return_when=asyncio.FIRST_COMPLETED)
            finally:
                lost.cancel(), ended.cancel()
            if not link.lost.is_set():
                await asyncio.sleep(_START_AGAIN)
                await self._restart(link)
                continue
            self._events.put_nowait(("gone", {"message": f"the connection to {self.place} is lost"}))
            await link.close()
            link = self._link = await self._again()
            self._events.put_nowait(("back", {}))
            await self._restart(link)

    def _tell_defect(self, keeper: asyncio.Task[None]) -> None:
        """Say that nobody keeps the connection any more, should that ever be."""
        if not keeper.cancelled() and (cause := keeper.exception()) is not None:
            words = f"a defect of lager: {type(cause).__name__}: {cause}"
            self._events.put_nowait(("gone", {"message": words}))

    async def _restart(self, link: LiveLink) -> None:
        try:
            await link.emit(f"stop_{self._kind}_monitor", {})  # so that nothing of the last start is in the way
            await self._start(link)
        except errors.LagerError as exc:
            self._ended.set()
            body = {"message": exc.what, "code": exc.code, "hint": exc.hint, "ended": True}
            if not link.lost.is_set():
                self._events.put_nowait(("error", body))

    async def _again(self) -> LiveLink:
        """Connect again, however long that takes; says anew why not, when that changes."""
        told = ""
        while True:
            try:
                self._box = await aside(lambda: self._app.whereabouts(self._box))
                return await self._dialled()
            except errors.LagerError as exc:
                if exc.what != told:
                    told = exc.what
                    self._events.put_nowait(("gone", {"message": exc.what}))
            await asyncio.sleep(_TRY_AGAIN)

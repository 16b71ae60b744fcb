"""The screen of a net that is watched: readings, settings, plots, a log of commands, and the line to type them into."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import RichLog, Static

from lager import errors
from lager_cli.aside import aside
from lager_cli.live import LiveNet
from lager_cli.screens import picture, typed
from lager_cli.screens.commandline import CommandLine
from lager_cli.screens.picture import Kind
from lager_cli.screens.plotview import PlotView
from lager_cli.screens.standing import Standing
from lager_cli.screens.terminalscreen import TerminalScreen
from lager_cli.screens.trace import Trace
from lager_cli.screens.vocabulary import CLEAR, HELP, QUIT, Meant

_TICK = 1.0  # s
Limits = Callable[[], Mapping[str, Any]]
_LIMITS_EVERY = 10.0  # s: somebody may change them meanwhile
_LOGGED = 1000  # lines
_OTHERS = 12  # rows of a screen that are neither plot nor log
_FEWEST = 4  # rows of a log


class LiveScreen(TerminalScreen):
    """A supply or a battery simulator on a terminal.

    Args:
        kind: Which of them.
        live: The net.
        interval: How often it is read, s.
        limits: Gives its safety limits; blocks.
        history: The file of what was typed before.
    """

    CSS = """
    Screen { overflow: hidden; }
    #head { height: 1; text-style: reverse; }
    #standing { height: auto; max-height: 2; }
    #keys { height: 1; }
    #readings { height: 5; min-width: 80; }
    #settings { height: auto; }
    #foot { height: 2; dock: bottom; }
    #plots { height: 6; }
    .plot { width: 1fr; }
    #log { height: 1fr; scrollbar-size-vertical: 1; }
    #prompt { height: 1; }
    #prompt Static { width: 2; }
    #line { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "scroll(-1)", show=False, priority=True),
        Binding("pagedown", "scroll(1)", show=False, priority=True),
        Binding("escape", "empty", show=False),
    ]

    def __init__(self, kind: Kind, live: LiveNet, interval: float, limits: Limits, history: Path) -> None:
        super().__init__()
        self._kind, self._live, self._find_limits, self._history = kind, live, limits, history
        self._standing = Standing(interval, time.monotonic())
        self._trace = Trace()
        self._limits: Mapping[str, Any] = {}
        self._typed = typed.Typed(typed.load(history))
        self._entered: asyncio.Queue[tuple[str, Meant]] = asyncio.Queue()

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield Static(id="head")
        yield Static(id="standing")
        yield Static(id="readings")
        yield Static(id="settings")
        with Horizontal(id="plots"):
            for one in self._kind.plotted:
                yield PlotView(one, self._trace)
        log = RichLog(id="log", max_lines=_LOGGED, wrap=True, min_width=20)
        log.can_focus = False  # the line has all keys
        yield log
        with Vertical(id="foot"):  # however small the terminal is: what is typed is seen
            with Horizontal(id="prompt"):
                yield Static("> ")
                yield CommandLine(self._typed, self._kind.words.complete, self._offer, self._enter)
            yield Static("help  Tab completes  Up/Down history  PgUp/PgDn log  q or Ctrl-C leaves", id="keys")

    def on_mount(self) -> None:
        """Begin."""
        self._draw()
        self.set_interval(_TICK, self._draw)
        self.set_interval(_LIMITS_EVERY, self._ask_limits)
        self.query_one(CommandLine).focus()
        self.run_worker(self._follow())
        self.run_worker(self._carry_out())

    def on_resize(self, event: events.Resize) -> None:
        """Share the room between plots and log: on a small terminal the log keeps some lines."""
        room = event.size.height - _OTHERS
        self.query_one("#plots").styles.height = max(min(room - _FEWEST, max(room // 2, 6)), 0)
        log = self.query_one(RichLog)
        self.call_after_refresh(lambda: log.scroll_end(animate=False))

    def action_scroll(self, direction: int) -> None:
        """Scroll the log by a page."""
        log = self.query_one(RichLog)
        log.scroll_relative(y=direction * max(log.size.height - 1, 1), animate=False)

    def action_empty(self) -> None:
        """Forget what was begun to be typed."""
        self.query_one(CommandLine).value = ""

    def _enter(self, line: str) -> None:
        line = line.strip()
        if not line:
            return
        if self._typed.add(line):
            typed.save(self._history, line)
        try:
            meant = self._kind.words.read(line)
        except errors.UsageError as exc:
            self._echo(line)
            self._refused(exc.what, exc.hint)
        else:
            self._act(line, meant)

    def _act(self, line: str, meant: Meant) -> None:
        if meant.own == QUIT:
            self.exit()
        elif meant.own == CLEAR:
            self.query_one(RichLog).clear()
        elif meant.own == HELP:
            self._echo(line)
            self._write(*(Text(one) for one in self._kind.words.help()), Text())
        else:
            self._entered.put_nowait((line, meant))

    def _echo(self, line: str) -> None:
        self._write(Text(f"> {line}", "bold"))

    def _offer(self, lines: Sequence[str]) -> None:
        self._write(Text("  ".join(lines), "dim"))

    async def _follow(self) -> None:
        """Take what the box tells, from the first connection on."""
        try:
            async with self._live:
                self._write(Text(f"Connected to {self._live.place}."))
                async for kind, payload in self._live.events():
                    self._take(kind, payload)
        except errors.LagerError as exc:  # it never began: later troubles are events
            self.end_with(exc)

    def _take(self, kind: str, payload: Mapping[str, Any]) -> None:
        now = time.monotonic()
        told = self._standing.take(kind, payload, now)
        if kind == "state":
            self._trace.add(now, payload)
        else:
            self._trace.gap(now)
        if kind in ("ready", "back"):
            self._ask_limits()
        if told:
            self._write(Text(f"{self._clock()}  {told}", "red" if kind in ("error", "gone") else "green"))
        self._draw()

    async def _carry_out(self) -> None:
        """Give the net its commands, one after the other."""
        while True:
            line, meant = await self._entered.get()
            self._echo(line)
            said = await self._live.command(meant.action, **meant.params)
            if said.success:
                noted = [Text(f"Note: {said.notice}.", "yellow")] if said.notice else []
                self._write(*noted, Text(said.message, "green"), Text())
            else:
                self._refused(said.message, said.hint)

    def _refused(self, what: str, hint: str) -> None:
        tried = [Text(f"Try: {hint}")] if hint else []
        self._write(Text(f"Error: {what}", "red"), *tried, Text())

    def _ask_limits(self) -> None:
        self.run_worker(self._learn_limits(), group="limits", exclusive=True)

    async def _learn_limits(self) -> None:
        try:
            self._limits = await aside(self._find_limits)
        except errors.LagerError:  # the connection is told of elsewhere; what was known is kept
            return

    def _write(self, *lines: Text) -> None:
        log = self.query_one(RichLog)
        for line in lines:
            log.write(line)

    def _draw(self) -> None:
        """Show how it is now."""
        now = time.monotonic()
        words, trouble = self._standing.words(now)
        if self._standing.silent(now):
            self._trace.gap(now)
        state = self._standing.shown(now)
        name = f" {self._kind.title} - {self._live.name}"
        right = f"{self._live.place}  {self._clock()} "
        room = max(self.size.width - len(name), len(right) + 1)
        self.query_one("#head", Static).update(Text(f"{name}{right:>{room}}", no_wrap=True))
        style = picture.BAD if trouble else picture.GOOD
        self.query_one("#standing", Static).update(Text(words, style))
        self.query_one("#readings", Static).update(picture.readings(self._kind, state))
        facts = {**self._standing.ready, **state}
        self.query_one("#settings", Static).update(picture.settings(self._kind, facts, self._limits))
        for view in self.query(PlotView):
            view.show(now)

    @staticmethod
    def _clock() -> str:
        return datetime.datetime.now().astimezone().strftime("%H:%M:%S")

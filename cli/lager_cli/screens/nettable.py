"""The screen of `lager nets tui`: every channel of the bench, and which net it is; names are given and taken there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import DataTable, Static

from lager import errors, wire
from lager_cli.aside import aside
from lager_cli.nets.wanted import Bench
from lager_cli.screens.benchlink import BenchLink
from lager_cli.screens.commandline import Line
from lager_cli.screens.slots import Slot, assigned, slots, suggested
from lager_cli.screens.terminalscreen import TerminalScreen

_LOOK_EVERY = 3.0  # s
_SILENT_AFTER = 5.0  # s
_HEAD = ("Net", "Net Type", "Channel", "Instrument", "Address")
_KEYS = "Enter names, renames  d deletes  u hides free channels  q or Ctrl-C leaves"
_MOVES = {"pageup": "page_up", "pagedown": "page_down", "home": "scroll_top", "end": "scroll_bottom"} | {
    key: f"cursor_{key}" for key in ("up", "down")
}


class NetTable(TerminalScreen):
    """The nets of a bench on a terminal.

    Args:
        link: The way to the bench.
    """

    CSS = """
    #head { height: 1; text-style: reverse; }
    #told, #keys { height: 1; }
    DataTable { height: 1fr; overflow-x: hidden; }
    #prompt { height: 1; }
    #question { width: auto; }
    #line { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # All in one place, and before the table sees them: keys that come at once are taken in their order.
        *(Binding(key, f"move('{to}')", show=False, priority=True) for key, to in _MOVES.items()),
        Binding("enter,a,r", "name", show=False, priority=True),
        Binding("d,delete", "delete", show=False, priority=True),
        Binding("u", "used", show=False, priority=True),
        Binding("q", "leave", show=False, priority=True),
        Binding("escape", "leave_prompt", show=False),
    ]

    def __init__(self, link: BenchLink) -> None:
        super().__init__()
        self._link = link
        self._bench = Bench(link.place, (), (), {})
        self._slots: list[Slot] = []
        self._shown: list[Slot] | None = None
        self._only_used = self._away = False
        self._answer: Callable[[str], None] | None = None
        self._asked: float | None = None  # when the bench was asked how it is, where it has not answered yet

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield Static(Text(f" NetsTUI - {self._link.place}", no_wrap=True), id="head")
        yield Static("Looking at the bench ...", id="told")
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=False)
        yield table
        with Horizontal(id="prompt"):
            yield Static(id="question")
            yield Line(self._enter)
        yield Static(_KEYS, id="keys")

    def on_mount(self) -> None:
        """Begin."""
        self._table.focus()
        self._look()
        self.set_interval(_LOOK_EVERY, self._look)

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one(DataTable)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Leave the keys to the prompt while there is one: Ctrl-C alone leaves the screen then."""
        return not (self._answer is not None and action in ("move", "name", "delete", "used", "leave"))

    async def action_move(self, to: str) -> None:
        """Move in the table."""
        await self._table.run_action(to)

    def action_name(self) -> None:
        """Ask for the name of the channel that is chosen."""
        slot = self._chosen
        if slot is None:
            return
        if not slot.role:
            self._tell(f"{slot.title}: {slot.instrument.note or 'no channel of it can be a net'}", trouble=True)
        elif slot.net:
            self._ask(f"New name of net {slot.net}: ", slot.net, lambda name: self._rename(slot, name))
        else:
            name = suggested(slot, self._bench)
            self._ask(f"Name of {slot.role} {slot.pin}: ", name, lambda name: self._add(slot, name))

    def action_delete(self) -> None:
        """Ask whether the net that is chosen is to be deleted."""
        slot = self._chosen
        if slot is None or not slot.net:
            self._tell("This channel is no net: there is nothing to delete.", trouble=True)
            return
        self._ask(f"Delete net {slot.net} ({slot.role})? y, then Enter: ", "", lambda text: self._delete(slot, text))

    def action_used(self) -> None:
        """Show all channels, or only those that are nets."""
        self._only_used = not self._only_used
        self._show()

    def action_leave(self) -> None:
        """Leave the screen."""
        self.exit()

    def action_leave_prompt(self) -> None:
        """Ask no longer."""
        self.query_one("#question", Static).update("")
        self.query_one(Line).put("")
        self._answer = None
        self.screen.set_focus(self._table)

    def _enter(self, text: str) -> None:
        """Take what was typed into the prompt."""
        answer = self._answer
        self.action_leave_prompt()
        try:
            if answer is not None:
                answer(text)
        except errors.UsageError as exc:
            self._failed(exc)

    @property
    def _chosen(self) -> Slot | None:
        row = self._table.cursor_row
        return self._shown[row] if self._shown and row < len(self._shown) else None

    def _ask(self, question: str, begun: str, answer: Callable[[str], None]) -> None:
        self._answer = answer
        self.query_one("#question", Static).update(Text(question))
        line = self.query_one(Line)
        line.put(begun)
        self.screen.set_focus(line)  # at once: `focus` would let keys that come with this one pass by

    def _add(self, slot: Slot, text: str) -> None:
        new = assigned(slot, text, self._bench)
        self._change(wire.SaveNets(0, [new]), f"Saved new net '{new['name']}'.")

    def _rename(self, slot: Slot, text: str) -> None:
        name = text.strip()
        if name and name != slot.net:
            self._change(wire.RenameNet(0, slot.net, name), f"Renamed '{slot.net}' → '{name}'.")
        else:
            self._tell(f"Net {slot.net} keeps its name.")

    def _delete(self, slot: Slot, text: str) -> None:
        if text.strip().lower() in ("y", "yes"):
            self._change(wire.DeleteNets(0, slot.net, slot.role), f"Deleted '{slot.net}' ({slot.role}).")
        else:
            self._tell(f"Net {slot.net} is kept.")

    def _change(self, change: wire.BenchChange, told: str) -> None:
        """Change the bench file, in a thread; say what became of it."""

        def carry_out() -> None:
            try:
                self._link.change(change)
            except errors.LagerError as exc:
                self.call_from_thread(self._failed, exc)
            else:
                self.call_from_thread(self._tell, told)
                self.call_from_thread(self._look, anew=True)

        self.run_worker(carry_out, thread=True)

    def _look(self, anew: bool = False) -> None:
        """See how the bench is, if that is not being asked already, or something has changed since."""
        now = time.monotonic()
        if not anew and self._asked is not None:
            if self._shown is not None and now - self._asked > _SILENT_AFTER:
                self._lost(errors.ServiceUnreachable(f"no answer in {now - self._asked:.0f} s", ""))
            return
        self._asked = now
        self.run_worker(self._fetch(), group="look", exclusive=True)

    async def _fetch(self) -> None:
        """Ask how the bench is."""
        try:
            instruments, nets = await aside(self._link.bench)
        except errors.LagerError as exc:
            self._asked = None
            self._lost(exc)
        else:
            self._asked = None
            self._found(instruments, nets)

    def _found(self, instruments: list[wire.Instrument], nets: list[wire.NetRecord]) -> None:
        if self._shown is None or self._away:
            self._tell(f"{len(instruments)} instruments, {len(nets)} nets.")
        self._bench = Bench(self._link.place, nets, instruments, {})
        self._slots, self._away = slots(instruments, nets), False
        self._show()

    def _lost(self, error: errors.LagerError) -> None:
        if self._shown is None:
            self.end_with(error)
            return
        self._away = True
        self._tell(f"CONNECTION LOST, trying again: {error.what}", trouble=True)

    def _show(self) -> None:
        """Fill the table, where it is not so already; the same channel stays chosen."""
        shown = [slot for slot in self._slots if slot.net or not self._only_used]
        if shown == self._shown:
            return
        chosen, self._shown = self._chosen, shown
        self._fill([_row(slot) for slot in shown])
        if chosen is not None:
            place = (chosen.instrument.address, chosen.role, chosen.pin)
            at = [(one.instrument.address, one.role, one.pin) for one in shown]
            self._table.move_cursor(row=at.index(place) if place in at else 0, animate=False)

    def _fill(self, rows: list[list[Text]]) -> None:
        # Columns get their widths with their rows: the table's own, found later, is missing from lines drawn by then.
        self._table.clear(columns=True)
        for head, *cells in zip(_HEAD, *rows, strict=True):
            self._table.add_column(head, width=max(cell_len(str(text)) for text in (head, *cells)))
        self._table.add_rows(rows)

    def _failed(self, error: errors.LagerError) -> None:
        self._tell(f"Error: {error.what}; {error.hint}".rstrip("; "), trouble=True)

    def _tell(self, words: str, trouble: bool = False) -> None:
        self.query_one("#told", Static).update(
            Text(words, "bold red" if trouble else "green", no_wrap=True, overflow="ellipsis")
        )


def _row(slot: Slot) -> list[Text]:
    net = Text(slot.net, "bold") if slot.net else Text("-", "dim")
    missing = slot.instrument.present is False
    title = Text(slot.title, "red" if missing else "")
    return [net, Text(slot.role), Text(slot.pin), title, Text(slot.instrument.address, "dim")]

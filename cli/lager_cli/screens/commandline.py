"""The line somebody types commands into: history on the arrow keys, completion on Tab. It alone has the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input

from lager_cli.screens.typed import Typed
from lager_cli.screens.vocabulary import common


class Line(Input):
    """A line that is taken at once when Enter is pressed: what is typed on, or pasted, belongs to the next.

    Args:
        enter: Takes the line.
    """

    def __init__(self, enter: Callable[[str], None]) -> None:
        super().__init__(id="line", compact=True, select_on_focus=False)
        self.cursor_blink = False  # which is traffic, over a slow connection
        self._enter = enter

    async def action_submit(self) -> None:
        """Take the line."""
        line, self.value = self.value, ""
        self._enter(line)

    async def on_key(self, event: events.Key) -> None:
        """Do what a key means before the next one is looked at.

        Textual lets the widgets around see such keys first; where several come at once, as over a slow connection,
        letters would overtake an Enter or a backspace.
        """
        binding = next(iter(self._bindings.key_to_bindings.get(event.key, ())), None)
        if binding is not None and not event.is_printable:
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)

    def put(self, line: str) -> None:
        """Put something there, to be gone on with."""
        self.value = line
        self.cursor_position = len(line)


class CommandLine(Line):
    """A line for commands.

    Args:
        typed: What was typed before.
        complete: Gives the whole lines a beginning may become.
        offer: Is given the lines it may become, where these are several.
        enter: Takes a line.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "older", show=False),
        Binding("down", "newer", show=False),
        Binding("tab", "complete", show=False),
    ]

    def __init__(
        self,
        typed: Typed,
        complete: Callable[[str], list[str]],
        offer: Callable[[Sequence[str]], None],
        enter: Callable[[str], None],
    ) -> None:
        super().__init__(enter)
        self._typed, self._complete, self._offer = typed, complete, offer

    def action_older(self) -> None:
        """Show the line before."""
        self.put(self._typed.older(self.value))

    def action_newer(self) -> None:
        """Show the line after."""
        self.put(self._typed.newer(self.value))

    def action_complete(self) -> None:
        """Complete what has been begun, as far as that is clear."""
        found = self._complete(self.value)
        if len(found) > 1:
            self._offer([one.strip() for one in found])
        begun = common(found)
        if len(begun) > len(self.value):
            self.put(begun)

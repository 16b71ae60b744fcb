"""Answers that read a file while they are sent: it is closed at their end, and also when the client goes before that.

It knows no web framework but its calling convention (ASGI). No part of `import lager`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator

from lager.gate import Receive, Scope, Send

Parts = Generator[bytes, None, None]


class Sending:
    """An answer whose parts are read by a generator.

    Args:
        answer: Sends them (ASGI).
        parts: Reads them; what it holds is let go when the answer is over, however it ends.
    """

    def __init__(self, answer: Callable[[Scope, Receive, Send], Awaitable[None]], parts: Parts) -> None:
        self._answer = answer
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it (ASGI)."""
        try:
            await self._answer(scope, receive, send)
        finally:
            self._parts.close()  # the web framework forgets a generator that it does not need to the end

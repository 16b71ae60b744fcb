"""HTTP for the one answer that released clients want without chunks: they leave a run by closing it while they read.

Ctrl-D in their `--reattach` closes the answer in one thread while another reads it. Where it comes in chunks, as
HTTP/1.1 has it, that reader fails and the client shows an error; where the end of the connection is the end of the
answer, as their own box has it, the client ends well.
"""

from __future__ import annotations

from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_ATTACH = b"/python/attach"
_LONGEST_HEAD = 65536  # bytes, as uvicorn has it


class _Connection(h11.Connection):
    """One connection of a client."""

    def next_event(self) -> Any:
        """Give what has come; who attaches to a run is answered as by HTTP/1.0."""
        event = super().next_event()
        if isinstance(event, h11.Request) and event.target == _ATTACH:
            self.their_http_version = b"1.0"
        return event


class UndelimitedProtocol(H11Protocol):
    """The usual protocol of the web server, but for that one answer."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.conn = _Connection(h11.SERVER, _LONGEST_HEAD)

"""How the endpoints of runs refuse clients of the released interface: the statuses and texts that those know.

They show the field `error`, and what they say besides goes by the status: 400 for what is no request at all, 422 for
what cannot be done. Our own fields stand beside it.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from lager import errors, wire
from lager_runner import answers
from lager_runner.released.replies import json_of

Handler = Callable[[Request], Awaitable[Response]]


def answered(handler: Handler) -> Handler:
    """Make an endpoint that answers errors as released clients know them."""

    @functools.wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except errors.LagerError as exc:
            return refused(exc)
        except ClientDisconnect:
            return refused(errors.ServiceUnreachable("the client has hung up"))

    return answer


def refused(error: errors.LagerError) -> Response:
    """Answer with an error."""
    text = error.what
    if type(error) is errors.LagerError:
        text = f"Internal server error: {text}"
    if error.hint:  # what has a text that those clients look for has none
        text = f"{text} (try: {error.hint})"
    said = msgspec.to_builtins(wire.ErrorBody.of(error))
    return json_of({"error": text, "status": "error", **said}, error.http_status)


def malformed(error: errors.LagerError) -> errors.UsageError:
    """Say that a request cannot be understood."""
    return errors.UsageError(f"Failed to parse request: {error.what}", error.hint)


async def question(request: Request, kind: type[Any]) -> Any:
    """Read a body that is JSON.

    Raises:
        UsageError: It is none, or not as expected.
    """
    try:
        return await answers.question(request, kind)
    except errors.UsageError as exc:
        raise malformed(exc) from exc

"""How endpoints of the released interface answer: JSON that people can read."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from lager import wire

STREAM = {"Lager-Output-Version": "1"}  # of an answer that is frames; their clients read no other version


def json_of(message: Any, status: int = 200) -> Response:
    """Answer with a message, indented by 2 as the released box does."""
    body = msgspec.json.format(wire.to_json(message), indent=2) + b"\n"
    return Response(body, status, media_type="application/json")

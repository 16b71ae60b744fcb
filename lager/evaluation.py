"""Whether what runs just now is a statement of a console, and not the script itself."""

from __future__ import annotations

from contextvars import ContextVar

evaluating: ContextVar[bool] = ContextVar("evaluating", default=False)

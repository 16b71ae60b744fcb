"""What released scripts give in another form than the contracts have it. Decides nothing else, sends nothing.

To an editor, and to whoever asks for a signature, such a call looks as in its contract.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def also(parameter: str, *others: str) -> Callable[[F], F]:
    """Let a call's first argument be given by other names, too: `set_voltage(voltage=3.3)`.

    Args:
        parameter: What the contract calls it.
        others: What else it may be called.
    """

    def named(method: F) -> F:
        @functools.wraps(method)
        def called(self: Any, *args: Any, **kwargs: Any) -> Any:
            for name in kwargs.keys() & set(others):
                if args or parameter in kwargs:
                    raise TypeError(f"{method.__name__}() was given {parameter} twice, once as {name}")
                kwargs[parameter] = kwargs.pop(name)
            return method(self, *args, **kwargs)

        return cast("F", called)

    return named


def without_teardown(method: F) -> F:
    """Let a call be told whether to undo a multiplexer's setup, as nets behind one need it; none is served here."""

    @functools.wraps(method)
    def called(self: Any, teardown: bool = True) -> Any:
        del teardown  # a multiplexer's
        return method(self)

    return cast("F", called)

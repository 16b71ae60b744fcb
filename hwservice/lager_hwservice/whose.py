"""Whose a request is that does not say so: released clients never do.

They ask for the box's lock themselves before each command, and give up where somebody else has it. So what one of them
sends while the box is locked is its holder's; and so are the calls that scripts make by themselves on :8080, as their
client has locked the box around them. A live session stays whose it was when it began.

What came while nobody had the box is nobody's, and is refused where somebody has taken it before its turn came: it may
have waited for minutes behind a slow instrument, and would change the bench under its new holder.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Scope

from lager.releasedpaths import is_released

Whose = Callable[[Scope, str], str]


def as_said(_scope: Scope, said: str) -> str:
    """Take a request to be whose it says."""
    return said


def by_lock(holder: Callable[[], str]) -> Whose:
    """Take what released clients send to be the holder's of the box's lock; all else to be whose it says.

    Args:
        holder: Gives who has the box now; '' for nobody.
    """

    def whose(scope: Scope, said: str) -> str:
        return said or (holder() if is_released(scope) else "")

    return whose

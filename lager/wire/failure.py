"""An error on the wire."""

from __future__ import annotations

from msgspec import Struct

from lager import errors


class ErrorBody(Struct, frozen=True):
    """An error on the wire."""

    code: str
    what: str
    hint: str = ""

    @classmethod
    def of(cls, error: errors.LagerError) -> ErrorBody:
        """Describe `error`."""
        return cls(error.code, error.what, error.hint)

    def as_error(self) -> errors.LagerError:
        """Make the error again, as the class it was."""
        return errors.error_class(self.code)(self.what, self.hint)

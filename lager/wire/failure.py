"""An error on the wire."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from lager import errors


class ErrorBody(Struct, frozen=True):
    """An error on the wire.

    Attributes:
        code: Its class.
        what: What happened.
        hint: What to try.
        errno: The system's number of what is behind it, where an instrument's USB said one.
        raw: What the library or the system said.
    """

    code: str
    what: str
    hint: str = ""
    errno: int | UnsetType = UNSET
    raw: str | UnsetType = UNSET

    @classmethod
    def of(cls, error: errors.LagerError) -> ErrorBody:
        """Describe `error`."""
        return cls(error.code, error.what, error.hint, error.number or UNSET, error.raw or UNSET)

    def as_error(self) -> errors.LagerError:
        """Make the error again, as the class it was."""
        error = errors.error_class(self.code)(self.what, self.hint)
        return error.because(self.errno or 0, self.raw or "")

"""Every error a person can meet, in one tree.

* LagerError                                                   exit 1, HTTP 500
    * UsageError            the request itself is wrong        exit 2, HTTP 400
        * OutOfRange        a value this channel cannot take
        * SafetyLimit       more than the net's limit allows   exit 2, HTTP 403
        * UnknownAction     nets of that role do no such thing
        * AmbiguousId       an id that fits several runs       exit 2, HTTP 409
        * BadScript         nothing there that could be run
        * NotProcessed      understood, and cannot be done     exit 2, HTTP 422
        * ChannelHidden     a scope has no trace of it
        * StillCapturing    a scope's memory still changes
        * SetupFunctionRequired  a net behind a multiplexer
        * BinaryNotFound    no program of that name on it
    * NetNotFound           no net of that name                exit 3, HTTP 404
        * WrongNetType      a net of another role
    * InstrumentError       the instrument or its cable        exit 4, HTTP 502
        * InstrumentBusy    somebody else is using it          exit 4, HTTP 423
        * InstrumentGone    it left the bus                    exit 4, HTTP 503
        * InstrumentSilent  it did not answer in time          exit 4, HTTP 504
        * InstrumentRefused it answered with an error          exit 4, HTTP 422
        * RoleConflict      its other role is in use           exit 4, HTTP 423
        * InstrumentRestarted  it lost its settings            exit 4, HTTP 409
        * LevelNotReached   a line stayed at its other level   exit 4, HTTP 504
        * NothingCaptured   no trigger came in time            exit 4, HTTP 504
    * ServiceUnreachable    the box does not answer            exit 5, HTTP 503
    * TokenRefused          the box does not know this caller  exit 6, HTTP 401
    * BoxNotTrusted         it is not who it was               exit 6, HTTP 502
    * LoginRefused          its machine lets nobody in so      exit 6, HTTP 401
    * MachineUnfit          it cannot be made a box as it is   exit 1, HTTP 409
    * SetupFailed           a step of setting it up failed     exit 1, HTTP 500
    * RunNotFound           no run has that id                 exit 1, HTTP 404
    * FileNotThere          a run has no such file to fetch    exit 1, HTTP 404
    * BoxLocked             somebody else has the box          exit 1, HTTP 409
    * NothingPaused         the run is not paused              exit 1, HTTP 409
    * BoxRuns               one box of this user is enough     exit 1, HTTP 409
    * NoConsole             the pause offers no console        exit 1, HTTP 409
    * ChangeRefused         a paused frame cannot be so set    exit 1, HTTP 422
    * StillBusy             it is released, but held up        exit 1, HTTP 409
    * Defect                a bug of ours                      exit 1, HTTP 500

`Aborted` is no error and stands beside the tree: it ends a script that somebody aborts at a pause.

Errors cross the wire as `{code, what, hint}` and are raised again on the far side as the same class.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

_NO_NAMES = str.maketrans(dict.fromkeys(".:;,'\"`()", " "))  # what may stand next to a net's name


class LagerError(Exception):
    """What happened, and what to try.

    Attributes:
        what: One sentence, in the reader's words, with the values involved.
        hint: The next thing to try; empty only when there is truly nothing.
        number: The system's number (errno) of what is behind it, where an instrument's USB said one; else 0.
        raw: What the library or the system said, word by word; for who looks closer.
        net: The net it is about, as commands take it: `supply1 --box lab`; empty where none is known.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, what: str = "", hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint
        self.number = 0
        self.raw = ""
        self.net = ""

    def because(self, number: int, raw: str = "") -> LagerError:
        """Note what is behind it; gives the error itself."""
        self.number, self.raw = number, raw
        return self

    def concerning(self, net: str) -> None:
        """Say of which net it is, where it does not say so yet."""
        if f" {net.translate(_NO_NAMES)} " not in f" {self.what.translate(_NO_NAMES)} ":
            self.what = f"{net}: {self.what}"
            self.args = self.what, self.hint

    def __str__(self) -> str:
        """Say both, so that a script's traceback, too, ends with what to try."""
        return f"{self.what}\n  Try: {self.hint}" if self.hint else self.what


class UsageError(LagerError):
    """The request itself is wrong; sending it again will not help."""

    code, exit_code, http_status = "usage", 2, 400


class OutOfRange(UsageError, ValueError):
    """A value lies outside what this channel can do; nothing was sent. A ValueError, as released scripts expect."""

    code = "out-of-range"


class SafetyLimit(UsageError):
    """What was asked for is beyond a safety limit of the net, or the net is already set beyond it; nothing was sent."""

    code, http_status = "safety-limit", 403


class UnknownAction(UsageError):
    """Nets of that role have no such action."""

    code = "unknown-action"


class AmbiguousId(UsageError):
    """A shortened id fits more than one run."""

    code, http_status = "ambiguous-id", 409


class BadScript(UsageError):
    """What was given to run cannot be run: not found, not a script, or a folder without a main.py."""

    code = "bad-script"


class NotProcessed(UsageError):
    """What a client of the released interface asks of a run is understood, and cannot be done."""

    code, http_status = "not-processed", 422


class ChannelHidden(UsageError):
    """A channel of an oscilloscope is not shown, and so there is no trace of it."""

    code = "channel-hidden"


class StillCapturing(UsageError):
    """An oscilloscope's memory can be read only while it is stopped."""

    code = "still-capturing"


class SetupFunctionRequired(UsageError):
    """A net of LAGER_MUXES is behind a multiplexer, and nothing here switches one."""

    code = "setup-function-required"


class BinaryNotFound(UsageError, FileNotFoundError):
    """The box has no program of that name for scripts; a FileNotFoundError, as released scripts expect."""

    code = "binary-not-found"


class NetNotFound(LagerError):
    """The bench has no net of that name."""

    code, exit_code, http_status = "net-not-found", 3, 404


class WrongNetType(NetNotFound):
    """There is a net of that name, but of another role."""

    code, http_status = "wrong-net-type", 409


class InstrumentError(LagerError):
    """The instrument or its cable is in trouble."""

    code, exit_code, http_status = "instrument", 4, 502


class InstrumentBusy(InstrumentError):
    """Somebody else holds the instrument, or a call before this one is still running."""

    code, http_status = "instrument-busy", 423


class InstrumentGone(InstrumentError):
    """The instrument left the bus, or was never on it."""

    code, http_status = "instrument-gone", 503


class InstrumentSilent(InstrumentError):
    """The instrument did not answer in time."""

    code, http_status = "instrument-silent", 504


class InstrumentRefused(InstrumentError):
    """The instrument answered: with an error of its own, or that it cannot (a protection tripped, a sensor is open)."""

    code, http_status = "instrument-refused", 422


class RoleConflict(InstrumentError):
    """The instrument serves one role at a time, and the other one is live."""

    code, http_status = "role-conflict", 423


class InstrumentRestarted(InstrumentError):
    """It was switched off and on since this caller's last call; what was asked for was not sent."""

    code, http_status = "instrument-restarted", 409


class LevelNotReached(InstrumentError, TimeoutError):
    """A line did not reach a level in time; a `TimeoutError`, as scripts expect."""

    code, http_status = "level-not-reached", 504


class InstrumentRestartedWarning(UserWarning):
    """An instrument was switched off and on since this script last used it: its settings are its defaults."""


class NothingCaptured(InstrumentSilent):
    """An oscilloscope waited for a trigger that did not come in time."""

    code = "nothing-captured"


class ServiceUnreachable(LagerError):
    """The box, or one of its services, does not answer."""

    code, exit_code, http_status = "unreachable", 5, 503


class TokenRefused(LagerError):
    """The box does not accept this caller's token."""

    code, exit_code, http_status = "token-refused", 6, 401


class BoxNotTrusted(LagerError):
    """What answers does not show the certificate that is known of the box, or one of the two does not speak TLS."""

    code, exit_code, http_status = "box-not-trusted", 6, 502


class LoginRefused(LagerError):
    """The machine of a box does not let this caller in by ssh, or not do what only root may."""

    code, exit_code, http_status = "login-refused", 6, 401


class MachineUnfit(LagerError):
    """A machine cannot be made a box as it is: another system, no Python, no room."""

    code, http_status = "machine-unfit", 409


class SetupFailed(LagerError):
    """A step of setting up, updating or removing a box failed on its machine; what was done before it stays done."""

    code = "setup-failed"


class RunNotFound(LagerError):
    """No run of the box has that id."""

    code, http_status = "run-not-found", 404


class FileNotThere(LagerError):
    """A run has no such file in its directory, or it is none that may be fetched."""

    code, http_status = "file-not-there", 404


class BoxLocked(LagerError):
    """Somebody else has the box's lock: what changes something is refused until it is free."""

    code, http_status = "box-locked", 409


class NothingPaused(LagerError):
    """The run is known, but it is not paused."""

    code, http_status = "nothing-paused", 409


class BoxRuns(LagerError):
    """A box of this user runs on this machine already: there is one for each state directory."""

    code, http_status = "box-runs", 409


class NoConsole(LagerError):
    """The run is paused, but its pause offers no console."""

    code, http_status = "no-console", 409


class ChangeRefused(LagerError):
    """What should be set in a paused frame cannot be: no such name, or its expression fails. It stays paused."""

    code, http_status = "change-refused", 422


class StillBusy(LagerError):
    """A pause is released, but its script does not go on yet: something in it does not stop."""

    code, http_status = "still-busy", 409


class Aborted(SystemExit, KeyboardInterrupt):
    """Raised at a pause that somebody aborts: the script ends, by way of its `finally:` and fixtures, with status 130.

    Nobody's `except Exception` takes it for an error. It is a SystemExit, so that Python ends with that status and no
    traceback, and a KeyboardInterrupt, so that test runners end, and do not go on with the next test.
    """

    def __init__(self, why: str = "aborted") -> None:
        super().__init__(130)
        self.why = why

    def __str__(self) -> str:
        """Say who aborted it."""
        return self.why


class Defect(LagerError):
    """Something went wrong that is our own fault; the service's log has the details."""

    code = "defect"


def every_error(root: type[LagerError] = LagerError) -> Iterator[type[LagerError]]:
    """Give `root` and every class below it."""
    yield root
    for child in root.__subclasses__():
        yield from every_error(child)


def error_class(code: str) -> type[LagerError]:
    """Find the class of a code that came over the wire; a code from a newer box is a plain LagerError."""
    return next((one for one in every_error() if one.code == code), LagerError)

"""A Rigol MSO5000 oscilloscope: who it is, and what belongs to all of its channels.

Commands follow the MSO5000 Programming Guide; what is known only from the field, or from others' drivers, says so. A
query the firmware does not know is not answered at all, so nothing is asked that is not in some list.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from lager.errors import InstrumentSilent, UsageError
from lager_drivers.device import another, check_channel
from lager_drivers.rigol_mso5000.channel import ScopeChannel
from lager_drivers.rigol_mso5000.models import MODELS
from lager_drivers.rigol_mso5000.settings import Channel, Whole
from lager_drivers.rigol_mso5000.waveform import Downloads
from lager_drivers.scpi import BITS, Dialog, Transport, power_on_seen

HINTS = {
    -113: "this firmware does not know the command: `*IDN?` tells its version",
    -222: "the scope kept its old value: choose another one",
    -224: "the scope kept its old value: its model, or an option that is not installed, may be the reason",
}
AUTOSCALE_WITHIN = 15.0  # s
_LOOK_AGAIN = 0.2  # s
_MODEL = re.compile(r"MSO5\d{3}")


def roles(model: str) -> Mapping[str, tuple[str, ...]]:
    """Give the roles and pins of a model."""
    return {"scope": tuple(str(n) for n in range(1, MODELS[model].channels + 1))}


class MSO5000:
    """An MSO5000, whichever the model.

    Args:
        transport: The cable.
        model: As the bench file has it.
        clock: Monotonic time, s.
        sleep: Waits, s.
    """

    def __init__(
        self,
        transport: Transport,
        model: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251 - the one wait, in the worker's own process
    ) -> None:
        if model not in MODELS:
            raise UsageError(f"no data of a {model}", f"known MSO5000 models: {', '.join(MODELS)}")
        self.dialog = Dialog(transport, HINTS)
        self._model = model
        self._clock, self._sleep = clock, sleep
        self.whole = Whole(self.dialog, MODELS[model])
        self.downloads = Downloads(self.dialog, self.whole, clock, sleep)

    def identify(self) -> str:
        """Ask who it is. It may be another MSO5000 than the bench file says.

        Bench files call them all by one name, and a scope's own name changes with the options it is given (field
        report): then the limits are those of what it says it is.

        Raises:
            InstrumentError: It is no MSO5000.
        """
        found = self.dialog.query("*IDN?")
        fields = found.split(",")
        if fields[0] != "RIGOL TECHNOLOGIES" or not _MODEL.fullmatch("".join(fields[1:2])):
            raise another(f"Rigol {self._model}", found)
        self.whole.model = MODELS.get(fields[1], MODELS["MSO5354"])  # an unknown one is a larger one
        return found

    def restarted(self, since: float) -> bool:  # noqa: ARG002 - the register itself remembers
        """Ask whether it was switched on since this was last asked; reading its event register clears it."""
        return power_on_seen(self.dialog)

    def channel(self, role: str, pin: str) -> Any:
        """Give one channel.

        Raises:
            WrongNetType: It has no channels of that role.
            UsageError: It has no such channel.
        """
        check_channel(f"Rigol {self._model}", roles(self._model), role, pin)
        return ScopeChannel(self, Channel(self.dialog, int(pin)))

    def capture(self, command: str, settle: Callable[[], None] | None = None) -> None:
        """Send what makes the trace in the memory another one."""
        self.downloads.captures += 1
        self.dialog.send(command, settle=settle)

    def wait_until_done(self) -> None:
        """Wait until autoscale has ended. By the guide `*OPC?` says 0 until then; in the field its answer comes late.

        Raises:
            InstrumentSilent: It has not ended in time.
        """
        deadline = self._clock() + AUTOSCALE_WITHIN
        while (left := deadline - self._clock()) > 0:
            if self.dialog.ask("*OPC?", BITS, within=left):
                return
            self._sleep(_LOOK_AGAIN)
        raise InstrumentSilent(
            f"the scope was still busy after {AUTOSCALE_WITHIN:g} s", "look at its screen, then call again"
        )

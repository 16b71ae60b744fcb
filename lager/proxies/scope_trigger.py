"""The trigger of a script's oscilloscope: an object for each type, sources given as nets. For all channels alike.

Setting up a type does not select it: `set_type("pulse")` does. Those of serial buses are options of the instrument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lager import errors
from lager.proxies.scope_trigger_buses import CANTrigger, I2CTrigger, SPITrigger, UartTrigger
from lager.proxies.scope_trigger_types import (
    DelayTrigger,
    DurationTrigger,
    EdgeTrigger,
    NthEdgeTrigger,
    PatternTrigger,
    PulseTrigger,
    RuntTrigger,
    SetupHoldTrigger,
    SlopeTrigger,
    TimeoutTrigger,
    VideoTrigger,
    WindowTrigger,
)
from lager.roles.gpio import as_level

if TYPE_CHECKING:
    from lager.proxies.scope import Scope


class TriggerSettings:
    """What starts a capture.

    Attributes:
        edge: On an edge.
        pulse: On a pulse by its width.
        slope: On an edge by the time it takes between two levels.
        video: On a line or field of a video signal.
        pattern: On a pattern of levels over several lines.
        duration: On a pattern by how long it lasts.
        timeout: When nothing happens for a time after an edge.
        runt: On a pulse that reaches one level and not the other.
        window: On leaving or entering a range of voltage.
        delay: On the time between edges of two sources.
        setup_hold: On data that changes too close to a clock's edge.
        nth_edge: On one of the edges after a time of rest.
        uart, i2c, spi, can: On a serial bus.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.edge = EdgeTrigger(scope)
        self.pulse = PulseTrigger(scope)
        self.slope = SlopeTrigger(scope)
        self.video = VideoTrigger(scope)
        self.pattern = PatternTrigger(scope)
        self.duration = DurationTrigger(scope)
        self.timeout = TimeoutTrigger(scope)
        self.runt = RuntTrigger(scope)
        self.window = WindowTrigger(scope)
        self.delay = DelayTrigger(scope)
        self.setup_hold = SetupHoldTrigger(scope)
        self.nth_edge = NthEdgeTrigger(scope)
        self.uart, self.i2c = UartTrigger(scope), I2CTrigger(scope)
        self.spi, self.can = SPITrigger(scope), CANTrigger(scope)

    def __repr__(self) -> str:
        return f"<TriggerSettings {self._scope.name}>"

    def set_mode_auto(self) -> None:
        """Capture without a trigger, too, when none comes."""
        self._scope.trigger_set("sweep", "auto")

    def set_mode_normal(self) -> None:
        """Capture when the trigger comes."""
        self._scope.trigger_set("sweep", "normal")

    def set_mode_single(self) -> None:
        """Capture when the trigger comes, once."""
        self._scope.trigger_set("sweep", "single")

    def get_mode(self) -> str:
        """Get `auto`, `normal` or `single`."""
        return str(self._scope.trigger_get("sweep"))

    def get_status(self) -> str:
        """Get what the capture is doing: `running`, `waiting`, `triggered`, `auto` or `stopped`."""
        return str(self._scope.trigger_get("status"))

    def set_coupling_AC(self) -> None:  # noqa: N802  # the released name
        """Let the trigger see the signal without its mean."""
        self._scope.trigger_set("coupling", "AC")

    def set_coupling_DC(self) -> None:  # noqa: N802  # the released name
        """Let the trigger see the signal as it is."""
        self._scope.trigger_set("coupling", "DC")

    def set_coupling_low_freq_reject(self) -> None:
        """Keep low frequencies from the trigger."""
        self._scope.trigger_set("coupling", "low_freq_reject")

    def set_coupling_high_freq_reject(self) -> None:
        """Keep high frequencies from the trigger."""
        self._scope.trigger_set("coupling", "high_freq_reject")

    def get_coupling(self) -> str:
        """Get `AC`, `DC`, `low_freq_reject` or `high_freq_reject`."""
        return str(self._scope.trigger_get("coupling"))

    def set_type(self, type: str) -> None:
        """Select a type: `edge`, `pulse`, `slope`, `video`, `pattern`, `duration`, `timeout`, `runt`, `window`, ...

        Args:
            type: Also `delay`, `setup_hold`, `nth_edge`; and, as options of the instrument, `uart`, `i2c`, `spi`,
                `can`, `lin`, `flexray`, `i2s`, `mil_std_1553`.

        Raises:
            UsageError: There is no such type.
            InstrumentRefused: The instrument lacks the option.
        """
        if not isinstance(type, str):
            raise errors.UsageError(
                f"{self._scope.name}: {type!r} is no type of trigger", "give a word, such as 'edge'"
            )
        self._scope.trigger_set("type", type)

    def get_type(self) -> str:
        """Get the type that is selected."""
        return str(self._scope.trigger_get("type"))

    def set_holdoff(self, seconds: float) -> None:
        """Set how long no trigger counts after one, s."""
        self._scope.trigger_set("holdoff", seconds)

    def get_holdoff(self) -> float:
        """Get how long no trigger counts after one, s."""
        return float(self._scope.trigger_get("holdoff"))

    def set_noise_reject(self, on: bool) -> None:
        """Make the trigger less sensitive to noise.

        Raises:
            UsageError: That is neither on nor off.
        """
        self._scope.trigger_set("noise_reject", "on" if as_level(on) else "off")

    def get_noise_reject(self) -> bool:
        """Get whether the trigger is less sensitive to noise."""
        return self._scope.trigger_get("noise_reject") == "on"

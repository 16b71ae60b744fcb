"""What a battery simulator can do. Units are V, A, ohm and Ah; state of charge is in percent."""

from __future__ import annotations

from typing import Protocol

from lager.roles.fields import Fields
from lager.roles.reading import reads, reads_when_bare


class BatteryState(Fields, frozen=True, kw_only=True):
    """Everything a battery simulator says of itself, all of it read in one go.

    Attributes:
        channel: Which output of the instrument.
        enabled: Whether the simulated battery is connected.
        mode: `static` or `dynamic`.
        model: Slot number or name of the battery model, as the instrument names it.
        soc: State of charge, %.
        voc: Open-circuit voltage, V.
        terminal_voltage: Measured, V.
        current: Measured, A.
        esr: Internal resistance, ohm.
        capacity: Ah.
        current_limit: A.
        volt_full: Open-circuit voltage when full, V.
        volt_empty: Open-circuit voltage when empty, V.
        ovp_limit: Over-voltage protection level, V.
        ocp_limit: Over-current protection level, A.
        ovp_tripped: Whether over-voltage protection has switched the output off.
        ocp_tripped: Whether over-current protection has switched the output off.
    """

    channel: int
    enabled: bool
    mode: str
    model: str
    soc: float
    voc: float
    terminal_voltage: float
    current: float
    esr: float
    capacity: float
    current_limit: float
    volt_full: float
    volt_empty: float
    ovp_limit: float
    ocp_limit: float
    ovp_tripped: bool
    ocp_tripped: bool


class BatteryModel(Fields, frozen=True):
    """A model that can be recalled.

    Attributes:
        slot: Its slot, 1 to 9; 0 for a built-in one.
        name: The built-in's name; empty for a slot, which keeps none.
    """

    slot: int
    name: str = ""


class BatteryCurve(Fields, frozen=True):
    """A battery model, from empty to full.

    Attributes:
        voc: Open-circuit voltages, V.
        resistance: Internal resistances, ohm.
    """

    voc: list[float]
    resistance: list[float]


class Battery(Protocol):
    """A battery simulator."""

    @reads_when_bare
    def mode(self, mode: str | None = None) -> str:
        """Get the simulation method, `static` or `dynamic`, after setting it if one is given."""

    @reads_when_bare
    def soc(self, percent: float | None = None) -> float:
        """Get the state of charge, %, after setting it if one is given."""

    @reads_when_bare
    def voc(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage, V, after setting it if one is given."""

    @reads_when_bare
    def voltage_full(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage of a full battery, V, after setting it if one is given."""

    @reads_when_bare
    def voltage_empty(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage of an empty battery, V, after setting it if one is given."""

    @reads_when_bare
    def capacity(self, amp_hours: float | None = None) -> float:
        """Get the capacity, Ah, after setting it if one is given."""

    @reads_when_bare
    def current_limit(self, amps: float | None = None) -> float:
        """Get the current limit, A, after setting it if one is given."""

    @reads_when_bare
    def ovp(self, volts: float | None = None) -> float:
        """Get the over-voltage protection level, V, after setting it if one is given."""

    @reads_when_bare
    def ocp(self, amps: float | None = None) -> float:
        """Get the over-current protection level, A, after setting it if one is given."""

    @reads
    def terminal_voltage(self) -> float:
        """Measure the voltage at the terminals, V."""

    @reads
    def current(self) -> float:
        """Measure the current, A, signed as the instrument reports it."""

    @reads
    def esr(self) -> float:
        """Measure the internal resistance, ohm."""

    def enable(self) -> None:
        """Connect the simulated battery."""

    def disable(self) -> None:
        """Disconnect the simulated battery."""

    def clear(self) -> None:
        """Clear tripped protections; the output stays off."""

    @reads
    def state(self) -> BatteryState:
        """Read everything at once."""

    @reads_when_bare
    def model(self, model: int | str | None = None) -> str:
        """Get the slot number or the name of the battery model, after recalling one if it is given."""

    @reads_when_bare
    def esr_offset(self, ohms: float | None = None) -> float:
        """Get what is added to the model's internal resistance, ohm, after setting it if a value is given."""

    @reads
    def output_is_enabled(self) -> bool:
        """Get whether the simulated battery is connected."""

    @reads
    def list_battery_models(self) -> list[BatteryModel]:
        """List the models that can be recalled: the built-in ones, and the slots that have one."""

    @reads
    def export_model(self, slot: int) -> BatteryCurve:
        """Read the model in a slot.

        Raises:
            UsageError: The slot is empty, or there is no such slot.
        """

    def create_model(self, slot: int, voc: list[float], resistance: list[float]) -> None:
        """Save a model in a slot, over the one that is there: 101 points each, or 11, from empty to full.

        Args:
            slot: 1 to 9.
            voc: Open-circuit voltages, V, never falling.
            resistance: Internal resistances, ohm, never rising.
        """

    def setup_battery(  # noqa: PLR0913 - as released scripts call it
        self,
        sim_mode: str | None = None,
        soc: float | None = None,
        voc: float | None = None,
        voltage_full: float | None = None,
        voltage_empty: float | None = None,
        current_limit: float | None = None,
        capacity: float | None = None,
        model: int | str | None = None,
    ) -> None:
        """Disconnect the battery, and set what is given, in the instrument's own order; it stays disconnected.

        What is wrong whatever the model is is found before anything is changed. What only the instrument knows, such as
        a voltage that the model does not have, it refuses on the way: the battery is disconnected then.

        Args:
            sim_mode: `static` or `dynamic`.
            soc: State of charge, %.
            voc: Open-circuit voltage, V; it wins over the state of charge.
            voltage_full: Of a full battery, V.
            voltage_empty: Of an empty battery, V.
            current_limit: A.
            capacity: Ah.
            model: Slot or name of the battery model.
        """

"""What is said of the types of net that this box does not serve: which box does, and what there is instead. Pure."""

from __future__ import annotations

from lager import errors, wire
from lager.nettype import NetType

_RELEASED = "a box of the released Lager serves them"
_INSTEAD = {
    NetType.Logic: "give a digital line by its name where a scope net takes a source: "
    "scope.trigger_settings.edge.set_source('D0')",
    NetType.Waveform: "make slow waveforms with a DAC net, and look at fast ones with an Analog net",
    NetType.PowerSupply2Q: "a PowerSupply net of a Keithley 2281S takes current, too; an ELoad net takes it anywhere",
    NetType.UART: "open the port with the package pyserial, as in serial.Serial('/dev/ttyUSB0', 115200)",
    NetType.I2C: "use the adapter's own Python package in the script",
    NetType.SPI: "use the adapter's own Python package in the script",
    NetType.Debug: "call the probe's own program in the script, as lager.binaries.run_custom_binary('openocd', ...)",
    NetType.Usb: "switch the device's supply with a PowerSupply or GPIO net",
    NetType.WattMeter: "power() of a PowerSupply net and measured_power() of an ELoad net measure power",
    NetType.EnergyAnalyzer: "`lager energy` adds up what a PowerSupply or ELoad net measures",
    NetType.Webcam: "open the camera with the package opencv-python, as in cv2.VideoCapture(0)",
}


def refusal(name: str, type: NetType, nets: list[wire.NetRecord], can: str) -> errors.LagerError:
    """Say that nets of this type are not served, or, where there is no such net, that there is none.

    Args:
        name: Of the net that was asked for.
        type: What it should be.
        nets: Those of the bench.
        can: What this bench can do, for people; empty for nothing.
    """
    kind = f"nets of type {type.role} (NetType.{type.name})"
    here = f"; here, {_INSTEAD[type]}" if type in _INSTEAD else ""
    hint = f"{_RELEASED}, this one does not{here}; this bench can do {can or 'nothing: it has no nets'}"
    its = [net.role for net in nets if net.name == name]
    if not its:
        return errors.NetNotFound(f"Invalid Net: {name}", f"{kind}: {hint}")
    if type.role not in its:  # no such net, for a script that asks for one it may not have
        is_another = f"{name} is NetType.{NetType.from_role(its[0]).name}"
        return errors.WrongNetType(f"{name}: {kind} are not served here; {is_another}", hint)
    return errors.UsageError(f"{name}: {kind} are not served here", hint)

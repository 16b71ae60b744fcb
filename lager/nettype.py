"""The kinds of net a bench can have, and the role word each is saved under."""

from __future__ import annotations

import enum


class NetType(enum.Enum):
    """What a net is for. The values and their order are part of the released interface."""

    Analog = 1
    Logic = 2
    Waveform = 3
    Battery = 4
    ELoad = 5
    PowerSupply = 6
    GPIO = 7
    ADC = 8
    Thermocouple = 9
    Rotation = 10
    Wifi = 11
    Actuate = 12
    PowerSupply2Q = 13
    DAC = 14
    Debug = 15
    Arm = 16
    Usb = 17
    WattMeter = 18
    UART = 19
    Webcam = 20
    SPI = 21
    I2C = 22
    EnergyAnalyzer = 23
    Router = 24

    @property
    def role(self) -> str:
        """Get the word this type is saved under in the bench file."""
        return _ROLES[self]

    @property
    def device_type(self) -> str | None:
        """Get what released scripts call the instruments of this type; None where they have no word for them."""
        return _DEVICES.get(self)

    @classmethod
    def from_role(cls, role: str) -> NetType:
        """Find the type of a role word; KeyError for a word that names none."""
        return _TYPES[role]


_ROLES = {
    NetType.Analog: "scope",
    NetType.Logic: "logic",
    NetType.Waveform: "waveform",
    NetType.Battery: "battery",
    NetType.ELoad: "eload",
    NetType.PowerSupply: "power-supply",
    NetType.GPIO: "gpio",
    NetType.ADC: "adc",
    NetType.Thermocouple: "thermocouple",
    NetType.Rotation: "rotation",
    NetType.Wifi: "wifi",
    NetType.Actuate: "actuate",
    NetType.PowerSupply2Q: "power-supply-2q",
    NetType.DAC: "dac",
    NetType.Debug: "debug",
    NetType.Arm: "arm",
    NetType.Usb: "usb",
    NetType.WattMeter: "watt-meter",
    NetType.UART: "uart",
    NetType.Webcam: "webcam",
    NetType.SPI: "spi",
    NetType.I2C: "i2c",
    NetType.EnergyAnalyzer: "energy-analyzer",
    NetType.Router: "router",
}
_TYPES = {role: member for member, role in _ROLES.items()} | {"analog": NetType.Analog, "mikrotik": NetType.Router}
_DEVICES = {
    NetType.Analog: "rigol_mso5000",
    NetType.Logic: "rigol_mso5000",
    NetType.Waveform: "rigol_mso5000",
    NetType.Battery: "keithley",
    NetType.ELoad: "rigol_dl3000",
    NetType.PowerSupply: "rigol_dp800",
    NetType.Debug: "jlink",
}

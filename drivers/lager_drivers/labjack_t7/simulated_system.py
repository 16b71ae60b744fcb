"""What a simulated T7 says of itself, and its system registers: identity, names, network, power, watchdog, stream.

The watchdog's registers are kept, and it never bites. The stream's are kept, and it does not stream: to switch it on
is refused with 2608, as if no scan rate would do; to switch it off, or to read its data, with 2620.
RTC_TIME_S counts from the start, as a plain T7's does; a Pro's would be Unix time.
Not here: IO_CONFIG but for SET_CURRENT_TO_FACTORY, the calendar, WiFi's settings, and applying Ethernet's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lager_drivers.labjack_t7 import codes
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.registerblocks import DEVICE_FAILURE, ILLEGAL_VALUE, Block, Kept, Text, fixed
from lager_drivers.modbus import ModbusFault

_NO, _YES = at.long_words(0), at.long_words(1)
_POWER_MODE, _POWER_CORE, _POWER_USB, _POWER_ETHERNET, _POWER_AIN, _POWER_LED = 48000, 48001, 48002, 48003, 48005, 48006
_POWERS = {_POWER_MODE: 0, _POWER_CORE: 0, _POWER_USB: 1, _POWER_ETHERNET: 1, 48004: 0, _POWER_AIN: 1, _POWER_LED: 1}
_POWER_VALUES = {_POWER_CORE: range(4), _POWER_LED: (0, 1, 2, 4), _POWER_MODE: range(0x10000)}
_DEFAULTS_FROM_HERE = 50  # from POWER_X to POWER_X_DEFAULT
_WATCHDOG = 61600
_WATCHDOG_LONGS = (
    61600,
    61602,
    61604,
    61606,
    61610,
    61612,
    61620,
    61630,
    61632,
    61634,
    61636,
    61640,
    61642,
    61650,
    61652,
)
_WATCHDOG_CLEAR = 61614
_STREAM_LONGS = (4002, 4004, 4006, 4008, 4010, 4014, 4016, 4020, 4024, 4028, *range(4100, 4356, 2))
_STREAM_BUFFER, _STREAM_DATA, _STREAM_ENABLE = 4012, 4500, 4990
_LEDS, _MANUAL_LEDS = 2990, 4
_CURRENT_TO_FACTORY = 61990
_REBOOT, _REBOOT_CODE = 61998, 0x4C4A
_NAME, _RTC = 60500, 61500
_LONGEST_NAME = 49  # characters
_MAC = (0x902E, 0x8700, 0x0000)  # with LabJack's prefix; its last bytes are the serial number's
_ADDRESSES = {49100: 0xC0A801CF, 49102: 0xFFFFFF00, 49104: 0xC0A80101, 49106: 0xC0A80101, 49108: 0}  # 192.168.1.207


class SimulatedSystem:
    """Everything but the inputs, outputs and errors.

    Args:
        serial: The serial number.
        clock: Gives a time that only grows, s.
        options: `pro` is read of them.
        reboot: Called for a reboot.
        factory: Called to make all settings of pins those of the factory.
    """

    def __init__(
        self,
        serial: int,
        clock: Callable[[], float],
        options: Mapping[str, Any],
        reboot: Callable[[], None],
        factory: Callable[[], None],
    ) -> None:
        self._serial, self._clock, self._pro = serial, clock, bool(options.get("pro"))
        self._reboot, self._factory = reboot, factory
        # What is kept without power:
        self._name = _words_of(f"My_T7_{serial}")
        self._power_defaults = Kept({start + _DEFAULTS_FROM_HERE: [value] for start, value in _POWERS.items()})
        self._watchdog = Kept(dict.fromkeys(_WATCHDOG_LONGS, _NO))
        # What is not:
        self._power = Kept({address: [value] for address, value in _POWERS.items()})
        self._stream = Kept({**dict.fromkeys(_STREAM_LONGS, _NO), _STREAM_BUFFER: at.long_words(4096)})
        tests = {at.TEST_UINT16: [0x0011], at.TEST_UINT32: at.long_words(0x00112233)}
        tests |= {at.TEST_INT32: at.long_words(0x8899AABB), at.TEST_FLOAT32: at.float_words(-9999.0)}
        self._tests = Kept(tests)
        self.reset()

    def reset(self) -> None:
        """Start anew."""
        self._started = self._clock()
        for kept in (self._power, self._stream, self._tests):
            kept.reset()
        for address in _POWERS:
            self._power.put(address, self._power_defaults[address + _DEFAULTS_FROM_HERE])

    def analog_powered(self) -> bool:
        """Tell whether the analog inputs have power."""
        return self._power[_POWER_AIN][0] == 1

    def blocks(self) -> list[Block]:
        """Give its registers."""
        return [*self._identity(), *self._counters(), *self._tests.blocks(), *self._settings(), *self._streaming()]

    def _identity(self) -> list[Block]:
        network = {address: at.long_words(value) for address, value in _ADDRESSES.items()}
        serial = at.long_words(self._serial)
        words = {
            at.TEST: at.long_words(0x00112233),
            1900: at.float_words(10e-6),  # CURRENT_SOURCE_10UA_CAL_VALUE, A
            1902: at.float_words(200e-6),  # CURRENT_SOURCE_200UA_CAL_VALUE, A
            at.PRODUCT_ID: at.float_words(at.THIS_PRODUCT),
            at.HARDWARE_VERSION: at.float_words(1.35),
            at.FIRMWARE_VERSION: at.float_words(1.0330),
            60006: at.float_words(0.94),  # BOOTLOADER_VERSION
            60008: at.float_words(3.22 if self._pro else 0.0),  # WIFI_VERSION
            60010: at.long_words(0b1111 if self._pro else 0),  # HARDWARE_INSTALLED
            60020: [0, _MAC[0], _MAC[1] | serial[0] & 0xFF, serial[1]],  # ETHERNET_MAC
            60024: [0, _MAC[0], _MAC[1] | serial[0] & 0xFF, serial[1] ^ 1] if self._pro else [0] * 4,  # WIFI_MAC
            at.SERIAL_NUMBER: serial,
            49450: at.long_words(2902 if self._pro else 2903),  # WIFI_STATUS: associated with nothing; no power
            49452: at.float_words(200.0),  # WIFI_RSSI
            **network,
            49110: [1],  # ETHERNET_DHCP_ENABLE
            49115: [0],  # ETHERNET_UDP_DISCOVERY_ONLY
        }
        return [fixed(address, value) for address, value in words.items()]

    def _counters(self) -> list[Block]:
        hertz = {at.TICKS_10KHZ: 1e4, at.TICKS_40MHZ: 40e6, at.TICKS_20HZ: 20.0, _RTC: 1.0}
        return [self._counter(address, rate) for address, rate in hertz.items()]

    def _counter(self, address: int, hertz: float) -> Block:
        def read(_: int) -> list[int]:
            return at.long_words(int((self._clock() - self._started) * hertz) & 0xFFFFFFFF)

        return Block(address, 1, 2, read)

    def _settings(self) -> list[Block]:
        return [
            Text(start=_NAME, read=lambda _: self._name, write=self._set_name),
            *(block for address in _POWERS for block in self._power_blocks(address)),
            Block(_LEDS, 2, 1, None, self._set_led),
            *self._watchdog.blocks(first=self._refuse_watched),
            Block(_WATCHDOG_CLEAR, 1, 2, None, self._clear_watchdog),
            Block(_CURRENT_TO_FACTORY, 1, 1, None, self._set_to_factory),
            Block(_REBOOT, 1, 2, None, self._set_reboot),
        ]

    def _power_blocks(self, address: int) -> list[Block]:
        """Give one power setting, now and after the next start; the link in use cannot be switched off now."""

        def check(words: Sequence[int]) -> None:
            if words[0] not in _POWER_VALUES.get(address, (0, 1)):
                raise ModbusFault(ILLEGAL_VALUE, codes.POWER_SETTING)

        def check_now(words: Sequence[int]) -> None:
            check(words)
            if address == _POWER_ETHERNET and not words[0]:
                raise ModbusFault(DEVICE_FAILURE, codes.POWER_IN_USE)

        later = address + _DEFAULTS_FROM_HERE
        return [self._power.block(address, check_now), self._power_defaults.block(later, check)]

    def _set_name(self, _: int, words: Sequence[int]) -> None:
        text, end, _rest = b"".join(word.to_bytes(2, "big") for word in words).partition(b"\0")
        if not end:
            raise ModbusFault(ILLEGAL_VALUE, codes.NO_END_OF_TEXT)
        if (
            not text
            or not text.isascii()
            or not text.decode().replace("_", "").replace("-", "").replace(" ", "").isalnum()
        ):
            raise ModbusFault(ILLEGAL_VALUE, codes.NAME)
        self._name = _words_of(text.decode())

    def _set_led(self, _number: int, _words: Sequence[int]) -> None:
        if self._power[_POWER_LED][0] != _MANUAL_LEDS:
            raise ModbusFault(DEVICE_FAILURE, codes.LEDS_TAKEN)

    def _refuse_watched(self, address: int) -> None:
        if address != _WATCHDOG and list(self._watchdog[_WATCHDOG]) != _NO:
            raise ModbusFault(DEVICE_FAILURE, codes.WATCHDOG_ON)

    def _clear_watchdog(self, _number: int, _words: Sequence[int]) -> None:
        """Take the key; there is nothing to clear."""

    def _set_to_factory(self, _: int, words: Sequence[int]) -> None:
        if words[0] != 1:
            raise ModbusFault(ILLEGAL_VALUE)
        self._factory()

    def _set_reboot(self, _: int, words: Sequence[int]) -> None:
        if words[0] != _REBOOT_CODE:
            raise ModbusFault(ILLEGAL_VALUE, codes.REBOOT_CODE)
        self._reboot()  # at once, whatever delay the lower word asks for

    def _streaming(self) -> list[Block]:
        def refuse_data(_: int) -> Sequence[int]:
            raise ModbusFault(DEVICE_FAILURE, codes.STREAM_STOPPED)

        return [
            *self._stream.blocks(),
            Block(_STREAM_DATA, 1, 1, refuse_data),
            Block(_STREAM_ENABLE, 1, 2, lambda _: _NO, self._refuse_stream),
        ]

    def _refuse_stream(self, _: int, words: Sequence[int]) -> None:
        raise ModbusFault(DEVICE_FAILURE, codes.STREAM_RATE if at.words_long(words) else codes.STREAM_STOPPED)


def _words_of(text: str) -> list[int]:
    """Lay a text and its NUL into the 25 registers it has."""
    raw = text.encode("ascii")[:_LONGEST_NAME].ljust(_LONGEST_NAME + 1, b"\0")
    return [raw[place] << 8 | raw[place + 1] for place in range(0, len(raw), 2)]

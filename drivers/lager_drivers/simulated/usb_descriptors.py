"""USB descriptors: how they lie in bytes, for the simulated devices that pack them and the bus client that reads them.

Field names are those of the USB 2.0 specification, chapter 9.6. This file knows no device and no transport.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

DEVICE_KIND, CONFIGURATION_KIND, STRING_KIND, INTERFACE_KIND, ENDPOINT_KIND = 1, 2, 3, 4, 5
ENGLISH = 0x0409


class Layout:
    """One kind of descriptor: its fields, in order."""

    def __init__(self, kind: int, form: str, names: str) -> None:
        self.kind = kind
        self._form = struct.Struct("<BB" + form)
        self._names = ("bLength", "bDescriptorType", *names.split())

    @property
    def size(self) -> int:
        """Get its length, bytes."""
        return self._form.size

    def pack(self, *values: int) -> bytes:
        """Make a descriptor of the fields after bLength and bDescriptorType."""
        return self._form.pack(self._form.size, self.kind, *values)

    def unpack(self, data: bytes) -> dict[str, int]:
        """Read a descriptor; what follows its known fields is left out."""
        return dict(zip(self._names, self._form.unpack_from(data), strict=True))


DEVICE = Layout(
    DEVICE_KIND,
    "HBBBBHHHBBBB",
    "bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 idVendor idProduct bcdDevice"
    " iManufacturer iProduct iSerialNumber bNumConfigurations",
)
CONFIGURATION = Layout(
    CONFIGURATION_KIND,
    "HBBBBB",
    "wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes bMaxPower",
)
INTERFACE = Layout(
    INTERFACE_KIND,
    "BBBBBBB",
    "bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass bInterfaceSubClass bInterfaceProtocol iInterface",
)
ENDPOINT = Layout(ENDPOINT_KIND, "BBHB", "bEndpointAddress bmAttributes wMaxPacketSize bInterval")


def string(text: str) -> bytes:
    """Make a string descriptor."""
    body = text.encode("utf-16-le")
    return bytes([2 + len(body), STRING_KIND]) + body


def languages() -> bytes:
    """Make the string descriptor of index 0: the languages there are (English)."""
    return struct.pack("<BBH", 4, STRING_KIND, ENGLISH)


def split(data: bytes) -> Iterator[bytes]:
    """Give the descriptors in a configuration's bytes, one after the other."""
    while len(data) > 1 and data[0] > 1:
        yield data[: data[0]]
        data = data[data[0] :]

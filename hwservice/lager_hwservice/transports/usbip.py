"""A pyusb backend that speaks USB/IP: instruments behind a TCP port, without any USB in this machine's kernel.

`install` makes it the one backend of this process' pyusb. That is for a worker process of a simulated instrument; the
hardware service itself, and workers of real instruments, never call it.

Enumerating and reading descriptors take no claim, claiming an interface does: see `usbip_handle.py`.
"""

from __future__ import annotations

import errno
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from urllib.parse import urlsplit

import usb.backend
import usb.backend.libusb1

from lager.addresses import UsbAddress
from lager_drivers.simulated import usb_descriptors
from lager_drivers.simulated import usbip_protocol as protocol
from lager_hwservice.transports.usbip_handle import Handle, Listed, Server, exactly, failure

_TIMEOUT = 1000  # ms, of the standard requests
_GET_DESCRIPTOR = (0x80, 6)


def server_of(via: str) -> Server:
    """Read `usbip://HOST:PORT`.

    Raises:
        ValueError: It is something else.
    """
    parts = urlsplit(via)
    if parts.scheme != "usbip" or parts.hostname is None or parts.port is None:
        raise ValueError(f"not a USB/IP server: {via!r}; write usbip://HOST:PORT")
    return Server(parts.hostname, parts.port)


def listed(server: Server) -> Iterator[Listed]:
    """Give the devices of a server; none where nobody listens."""
    try:
        yield from listing(server)
    except (OSError, struct.error):
        return


def listing(server: Server) -> Iterator[Listed]:
    """Give the devices of a server; OSError or struct.error where it does not list them."""
    with server.connect() as link:
        link.sendall(protocol.OPERATION.pack(protocol.VERSION, protocol.LIST_REQUEST, 0))
        exactly(link, protocol.OPERATION.size)
        (count,) = protocol.COUNT.unpack(exactly(link, protocol.COUNT.size))
        for _ in range(count):
            record, interfaces = protocol.Record.unpack(exactly(link, protocol.RECORD_SIZE))
            exactly(link, protocol.INTERFACE_CLASS.size * interfaces)
            if (usb_descriptors.DEVICE_KIND, 0) in record.descriptors:  # else: not one of our bench
                yield Listed(server, record)


def lists(server: Server, address: UsbAddress) -> bool:
    """Whether a server has the device of an address, free or in use; it has none where nobody listens."""
    return any(address.names(*identity(device)) for device in listed(server))


def identity(device: Listed) -> tuple[int, int, str]:
    """Give a device's vendor, product and serial number."""
    found = device.record.descriptors
    fields = usb_descriptors.DEVICE.unpack(found[usb_descriptors.DEVICE_KIND, 0])
    serial = found.get((usb_descriptors.STRING_KIND, fields["iSerialNumber"]), b"")
    return fields["idVendor"], fields["idProduct"], serial[2:].decode("utf-16-le", "replace")


def _fields(layout: usb_descriptors.Layout, data: bytes, **more: object) -> SimpleNamespace:
    """Give a descriptor the way pyusb copies it: one attribute for each field."""
    return SimpleNamespace(**layout.unpack(data), extra_descriptors=[], **more)


class Backend(usb.backend.IBackend):
    """What pyusb asks of libusb; pyusb passes on what `enumerate_devices` and `open_device` gave it."""

    def __init__(self, servers: Iterable[Server]) -> None:
        self._servers = list(servers)

    # Enumeration ------------------------------------------------------------------------------------------------------

    def enumerate_devices(self) -> list[Listed]:
        """List all devices of all servers."""
        return [device for server in self._servers for device in listed(server)]

    def get_parent(self, _dev: Listed) -> None:
        """Get the hub; there is none."""

    def get_device_descriptor(self, dev: Listed) -> SimpleNamespace:
        """Get a device's descriptor, and where it is."""
        record = dev.record
        ports = tuple(int(one) for one in record.bus_id.partition("-")[2].split("."))
        return _fields(
            usb_descriptors.DEVICE,
            self._descriptor(dev, usb_descriptors.DEVICE_KIND, 0),
            bus=record.bus,
            address=record.number,
            speed=protocol.HIGH_SPEED,
            port_number=ports[-1],
            port_numbers=ports,
        )

    def get_configuration_descriptor(self, dev: Listed, config: int) -> SimpleNamespace:
        """Get a configuration's descriptor."""
        data = self._descriptor(dev, usb_descriptors.CONFIGURATION_KIND, config)
        return _fields(usb_descriptors.CONFIGURATION, data)

    def get_interface_descriptor(self, dev: Listed, intf: int, alt: int, config: int) -> SimpleNamespace:
        """Get an interface's descriptor; IndexError where there is none, which ends pyusb's enumeration."""
        return _fields(usb_descriptors.INTERFACE, self._interface(dev, intf, alt, config)[0])

    def get_endpoint_descriptor(self, dev: Listed, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        """Get an endpoint's descriptor; IndexError where there is none."""
        data = self._interface(dev, intf, alt, config)[1 + ep]
        return _fields(usb_descriptors.ENDPOINT, data, bRefresh=0, bSynchAddress=0)

    def _interface(self, dev: Listed, intf: int, alt: int, config: int) -> list[bytes]:
        """Give an interface's descriptor, and then its endpoints'."""
        found: dict[int, list[list[bytes]]] = {}
        here: list[bytes] = []
        for one in usb_descriptors.split(self._descriptor(dev, usb_descriptors.CONFIGURATION_KIND, config)):
            if one[1] == usb_descriptors.INTERFACE_KIND:
                here = [one]
                found.setdefault(one[2], []).append(here)
            elif one[1] == usb_descriptors.ENDPOINT_KIND:
                here.append(one)
        return list(found.values())[intf][alt]

    @staticmethod
    def _descriptor(dev: Listed, kind: int, index: int) -> bytes:
        """Give a listed descriptor; a stall where the device has no such one."""
        found = dev.record.descriptors.get((kind, index))
        if found is None:
            raise failure(errno.EPIPE)
        return found

    # Open devices -----------------------------------------------------------------------------------------------------

    def open_device(self, dev: Listed) -> Handle:
        """Open a device that is still where it was listed."""
        if not any(now.record.place == dev.record.place for now in listed(dev.server)):
            raise failure(errno.ENODEV)
        return Handle(dev)

    def close_device(self, dev_handle: Handle) -> None:
        """Let go of a device."""
        dev_handle.close()

    def set_configuration(self, dev_handle: Handle, config_value: int) -> None:
        """Set the configuration."""
        dev_handle.configure(config_value)

    def get_configuration(self, dev_handle: Handle) -> int:
        """Get the active configuration; on a real USB, too, a device has one as soon as it is plugged in."""
        return dev_handle.configuration

    def set_interface_altsetting(self, dev_handle: Handle, intf: int, altsetting: int) -> None:
        """Choose an interface's alternate setting."""
        dev_handle.control(protocol.SETUP.pack(1, 11, altsetting, intf, 0), timeout=_TIMEOUT)

    def claim_interface(self, dev_handle: Handle, _intf: int) -> None:
        """Claim an interface; EBUSY where another holds the device."""
        dev_handle.claim()

    def release_interface(self, dev_handle: Handle, intf: int) -> None:
        """Release an interface; the device itself is let go when it is closed."""

    def bulk_write(self, dev_handle: Handle, ep: int, _intf: int, data: array[int], timeout: int) -> int:
        """Write to a bulk endpoint."""
        return dev_handle.write(ep & 0x0F, data.tobytes(), timeout)

    def bulk_read(self, dev_handle: Handle, ep: int, _intf: int, buff: array[int], timeout: int) -> int:
        """Read from a bulk endpoint into `buff`."""
        return _fill(buff, dev_handle.read(ep & 0x0F, len(buff), timeout))

    def intr_write(self, dev_handle: Handle, ep: int, intf: int, data: array[int], timeout: int) -> int:
        """Write to an interrupt endpoint."""
        return self.bulk_write(dev_handle, ep, intf, data, timeout)

    def intr_read(self, dev_handle: Handle, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        """Read from an interrupt endpoint into `buff`."""
        return self.bulk_read(dev_handle, ep, intf, buff, timeout)

    def ctrl_transfer(  # noqa: PLR0913  # pyusb's signature
        self,
        dev_handle: Handle,
        bmRequestType: int,  # noqa: N803
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: array[int],
        timeout: int,
    ) -> int:
        """Make a control transfer; reading a descriptor takes no claim."""
        if (bmRequestType, bRequest) == _GET_DESCRIPTOR and not dev_handle.claimed:
            dev_handle.check()
            return _fill(data, self._descriptor(dev_handle.device, wValue >> 8, wValue & 0xFF)[: len(data)])
        setup = protocol.SETUP.pack(bmRequestType, bRequest, wValue, wIndex, len(data))
        if bmRequestType & 0x80:
            return _fill(data, dev_handle.control(setup, length=len(data), timeout=timeout))
        dev_handle.control(setup, data.tobytes(), timeout=timeout)
        return len(data)

    def clear_halt(self, dev_handle: Handle, ep: int) -> None:
        """Clear an endpoint's halt."""
        dev_handle.control(protocol.SETUP.pack(2, 1, 0, ep, 0), timeout=_TIMEOUT)

    def is_kernel_driver_active(self, dev_handle: Handle, _intf: int) -> bool:
        """Tell whether the kernel uses an interface; it does not know the device."""
        dev_handle.check()
        return False


def _fill(buffer: array[int], data: bytes) -> int:
    memoryview(buffer).cast("B")[: len(data)] = data
    return len(data)


def install(servers: Sequence[str]) -> Backend:
    """Make this process' pyusb use USB/IP, and only that; pyusb asks for its backend anew at every search.

    Args:
        servers: Each as `usbip://HOST:PORT`.

    Raises:
        ValueError: A server is written otherwise.
    """
    backend = Backend([server_of(one) for one in servers])
    usb.backend.libusb1.get_backend = lambda **_options: backend
    return backend

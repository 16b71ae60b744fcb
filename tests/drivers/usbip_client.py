"""A client of the simulated USB that speaks USB/IP message by message, and a toy to speak with."""

from __future__ import annotations

import asyncio
import contextlib
import struct

from lager_drivers.simulated import usbip_protocol as protocol
from lager_drivers.simulated.loopback import LOOPBACK
from lager_drivers.simulated.usbip import Bus


class Echo:
    vendor, product = 0x05E6, 0x2281

    def __init__(self, serial="4381218", maker="Maker"):
        self.strings = (maker, "Model", serial)
        self.cycles = 0

    def handle(self, line):
        return line.removesuffix("?") if line.endswith("?") else None

    def power_cycle(self):
        self.cycles += 1


class Client:
    """One connection to the bus."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.buffer, self.serial = bytearray(), 0

    @classmethod
    async def to(cls, port):
        return cls(*await asyncio.open_connection(LOOPBACK, port))

    async def operation(self, code, more=b""):
        self.writer.write(protocol.OPERATION.pack(protocol.VERSION, code, 0) + more)
        return protocol.OPERATION.unpack(await self.reader.readexactly(8))[2]

    async def list(self):
        assert await self.operation(protocol.LIST_REQUEST) == 0
        (count,) = protocol.COUNT.unpack(await self.reader.readexactly(4))
        records = []
        for _ in range(count):
            record, interfaces = protocol.Record.unpack(await self.reader.readexactly(protocol.RECORD_SIZE))
            await self.reader.readexactly(4 * interfaces)
            records.append(record)
        assert await self.reader.read() == b""
        self.writer.close()
        return records

    async def take(self, bus_id):
        status = await self.operation(protocol.IMPORT_REQUEST, protocol.BUS_ID.pack(bus_id.encode()))
        return status or protocol.Record.unpack(await self.reader.readexactly(protocol.RECORD_SIZE))[0]

    def submit(self, endpoint, inward, length=0, data=b"", setup=protocol.NO_SETUP):
        self.serial += 1
        number = protocol.sequence_number(self.serial, inward=inward)
        self.writer.write(
            protocol.submit(0, protocol.Submit(number, inward, endpoint, length or len(data), setup, data))
        )
        return number

    def unlink(self, victim):
        self.serial += 1
        number = protocol.sequence_number(self.serial, inward=False)
        self.writer.write(protocol.unlink(0, number, victim))
        return number

    async def next(self):
        while (message := protocol.take_return(self.buffer)) is None:
            data = await self.reader.read(65536)
            if not data:
                raise ConnectionResetError
            self.buffer += data
        return message


@contextlib.asynccontextmanager
async def serving(*instruments, **more):
    bus = Bus(instruments or [Echo()], **more)
    clients = []

    async def connect():
        clients.append(await Client.to(port))
        return clients[-1]

    port = await bus.listen()
    try:
        yield bus, connect
    finally:
        for client in clients:
            client.writer.close()
        await bus.close()


def message(text, tag=1):
    return struct.pack("<BBBxIB3x", 1, tag, ~tag & 0xFF, len(text), 1) + text + bytes(-len(text) % 4)


def request(tag=2, most=1024):
    return struct.pack("<BBBxI4x", 2, tag, ~tag & 0xFF, most)


REQUEST = request()

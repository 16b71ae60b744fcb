"""A Modbus TCP connection, as a driver's `Registers`. Knows no device.

What went wrong is raised as a kind of OSError with its errno, because pymodbus' exceptions tell apart neither a refused
connection nor a missing answer but by their words. A Modbus exception is a `ModbusFault`: the device's own answer.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator, Sequence

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusIOException
from pymodbus.pdu import ModbusPDU

from lager_drivers.modbus import ModbusFault
from lager_hwservice.transports import tcp


class ModbusLink:
    """An open connection. After anything but an answer went wrong it stays closed: open another.

    Args:
        host: Where the device is.
        port: TCP port.
        timeout: How long the connection may take, and one answer, s.

    Raises:
        OSError: Nobody listens there.
    """

    def __init__(self, host: str, port: int = 502, timeout: float = 5.0) -> None:
        # No retries: a write that may have reached the device is never sent twice.
        self._client = ModbusTcpClient(host, port=port, timeout=timeout, retries=0)
        self._client.socket = socket.create_connection((host, port), timeout)
        self._client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, address: int, count: int, within: float | None = None) -> list[int]:
        """Read holding registers.

        Args:
            address: The first one.
            count: How many.
            within: How long the answer may take, s; None for the link's usual time.

        Raises:
            ModbusFault: The device refuses.
            TimeoutError: No answer in time.
            ConnectionError: The connection has ended.
        """
        with self._conversation(), self._patient(within):
            answer = self._client.read_holding_registers(address, count=count)
        return list(_accepted(answer).registers)

    def write(self, address: int, words: Sequence[int]) -> None:
        """Write holding registers, in one message.

        Raises:
            ModbusFault: The device refuses.
            TimeoutError: No answer in time.
            ConnectionError: The connection has ended.
        """
        with self._conversation():
            answer = self._client.write_registers(address, list(words))
        _accepted(answer)

    def lost(self) -> bool:
        """Whether the device has closed the connection, or it was closed here."""
        return self._client.socket is None or tcp.has_input(self._client.socket)  # between two calls only its end comes

    def close(self) -> None:
        """Close the connection."""
        self._client.close()  # type: ignore[no-untyped-call]  # pymodbus has no annotation there

    @contextlib.contextmanager
    def _patient(self, within: float | None) -> Iterator[None]:
        """Wait as long for answers meanwhile."""
        usual = self._client.comm_params.timeout_connect
        self._client.comm_params.timeout_connect = usual if within is None else within
        try:
            yield
        finally:
            self._client.comm_params.timeout_connect = usual

    @contextlib.contextmanager
    def _conversation(self) -> Iterator[None]:
        """Close the connection unless all goes well: an answer that comes too late must find nobody."""
        if not self._client.connected:  # else pymodbus would connect again by itself
            raise ConnectionAbortedError(errno.ECONNABORTED, "the Modbus connection is closed")
        try:
            yield
        except (ConnectionException, ConnectionResetError, BrokenPipeError) as error:
            self.close()
            raise tcp.Closed from error
        except ModbusIOException as error:
            self.close()
            raise TimeoutError(errno.ETIMEDOUT, "no answer from the Modbus device") from error
        except BaseException:
            self.close()
            raise


def _accepted(answer: ModbusPDU) -> ModbusPDU:
    if answer.isError():
        raise ModbusFault(answer.exception_code)
    return answer

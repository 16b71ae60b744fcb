"""A simulated instrument's TCP server: whoever connects while it is shut is dropped, not left waiting."""

import asyncio
import socket

import pytest

from lager_drivers.simulated.scpi_socket import ScpiSocket


class Toy:
    def handle(self, line):
        raise AssertionError(f"nobody asks: {line}")

    def power_cycle(self):
        pass


@pytest.mark.parametrize("turns", range(8))
@pytest.mark.parametrize("end", ["unplug", "close"])
def test_a_client_that_comes_just_before_is_dropped(turns, end):
    async def whole():
        server = ScpiSocket(Toy())
        with socket.create_connection(("127.0.0.1", await server.listen())) as client:
            for _ in range(turns):  # accepted or not, joined or not: at each step of it
                await asyncio.sleep(0)
            if end == "unplug":
                server.unplug()
            else:
                await server.close()
            client.settimeout(10)
            try:
                return await asyncio.get_running_loop().run_in_executor(None, _rest, client)
            finally:
                await server.close()

    assert asyncio.run(whole()) in (b"", "reset")


def _rest(client):
    try:
        return client.recv(1)
    except ConnectionResetError:
        return "reset"

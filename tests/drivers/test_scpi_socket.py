"""The raw SCPI socket, on a real socket."""

import asyncio
import contextlib
import socket

import pytest

from lager_drivers.simulated.scpi_socket import ScpiSocket


class Echo:
    """Answers what ends with `?`; `big` with a lot."""

    def __init__(self):
        self.lines = []

    def handle(self, line):
        self.lines.append(line)
        if line == "big?":
            return "x" * 3_000_000
        return line.upper() if line.endswith("?") else None

    def power_cycle(self):
        self.lines.clear()


def talk(conversation):
    """Serve an Echo, and have a conversation with it: a coroutine that gets it, the server and its port."""

    async def run():
        echo = Echo()
        server = ScpiSocket(echo)
        port = await server.listen()
        try:
            return await asyncio.wait_for(conversation(echo, server, port), 20)
        finally:
            await server.close()

    return asyncio.run(run())


async def closed(writer):
    writer.close()
    with contextlib.suppress(ConnectionError):  # the server was the first
        await writer.wait_closed()


def test_each_line_has_its_answer_and_commands_have_none():
    async def conversation(echo, server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"*idn?\nset 1\r\nvolts?\r\n")
        found = [await reader.readline() for _ in range(2)]
        await closed(writer)
        return found, echo.lines

    assert talk(conversation) == ([b"*IDN?\n", b"VOLTS?\n"], ["*idn?", "set 1", "volts?"])


def test_a_line_may_come_in_pieces():
    async def conversation(echo, server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in (b"*id", b"n", b"?", b"\n"):
            writer.write(piece)
            await writer.drain()
        found = await reader.readline()
        await closed(writer)
        return found

    assert talk(conversation) == b"*IDN?\n"


def test_a_large_answer_comes_whole():
    async def conversation(echo, server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 23)
        writer.write(b"big?\nafter?\n")
        found = await reader.readline(), await reader.readline()
        await closed(writer)
        return len(found[0]), found[1]

    assert talk(conversation) == (3_000_001, b"AFTER?\n")


def test_who_does_not_take_answers_is_not_heard_until_he_does():
    async def conversation(echo, server, port):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(client, b"big?\n" * 50)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(20):  # somebody else is served all the while
                writer.write(b"other?\n")
                assert await reader.readline() == b"OTHER?\n"
            await closed(writer)
            heard = echo.lines.count("big?")
            left = 50 * 3_000_001
            while left:
                left -= len(await loop.sock_recv(client, min(left, 1 << 20)))
            return heard, echo.lines.count("big?")

    heard, finally_heard = talk(conversation)
    assert 0 < heard < 10
    assert finally_heard == 50


def test_a_line_without_an_end_is_dropped_with_who_sends_it():
    async def conversation(echo, server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x" * (3 << 20))
        with contextlib.suppress(ConnectionError):  # how the drop is told is up to the system
            await reader.read()
        await closed(writer)
        return echo.lines

    assert talk(conversation) == []


def test_a_client_that_ends_its_side_still_gets_its_answer():
    async def conversation(echo, server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"last?\n")
        writer.write_eof()
        found = await reader.read()
        await closed(writer)
        return found

    assert talk(conversation) == b"LAST?\n"


@pytest.mark.parametrize("answers", [b"", b"big?\n" * 20], ids=["idle", "busy"])
def test_closing_drops_everybody(answers):
    async def conversation(echo, server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"here?\n" + answers)
        assert await reader.readline() == b"HERE?\n"
        await server.close()
        with contextlib.suppress(ConnectionError, ValueError):  # a reset, or a part of a large answer
            while await reader.read(1 << 20):
                pass
        await closed(writer)
        with socket.socket() as late:
            return await asyncio.to_thread(late.connect_ex, ("127.0.0.1", port))

    assert talk(conversation) != 0

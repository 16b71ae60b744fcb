"""Whether a client's machine is still there, by the kernel's table of connections."""

import asyncio
import os
import socket

import pytest

from lager_runner import lifesigns

HERE, THERE = "0100007F:1388", "0200000A:C350"


def row(timer, again=0, asked=0, here=HERE, there=THERE):
    return f"   1: {here} {there} 01 00000010:00000000 {timer}:0000AF {again:08X}     0        {asked} 4711 1 0 20 4"


@pytest.mark.parametrize(
    ("table", "silent"),
    [
        ([], False),
        ([row("00")], False),
        ([row("02", again=9)], False),  # a timer that is none of these
        ([row("01", again=6)], False),
        ([row("01", again=7)], True),
        ([row("04", asked=6)], False),
        ([row("04", asked=7)], True),
        ([row("04", again=9)], False),  # it had no room, and has said so since
        ([row("01", again=9, there="0300000A:C350"), row("00")], False),
        (["", "odd", row("01", again=15)], True),
    ],
)
def test_what_the_kernel_says(table, silent):
    assert lifesigns.is_silent(table, HERE, THERE) is silent


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_real_connection_is_found_in_the_table(family, host):
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        listener.listen()
        with socket.create_connection(listener.getsockname()[:2]) as ours:
            theirs, _ = listener.accept()
            with theirs:
                ends = [lifesigns._as_in_table(*one[:2]) for one in (ours.getsockname(), ours.getpeername())]
                found = [line.split() for line in lifesigns._rows() if line.split()[1:3] == ends]
    assert [(columns[3], columns[9] != "0") for columns in found] == [("01", True)]
    assert int(found[0][7]) == os.getuid()


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_client_of_this_machine_that_has_no_more_to_say_is_told_from_one_that_has_gone(family, host):
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        listener.listen()
        client = socket.create_connection(listener.getsockname()[:2])
        ours, _ = listener.accept()
        with ours:
            ends = ours.getsockname(), ours.getpeername()
            assert not lifesigns.has_gone(*ends)
            client.shutdown(socket.SHUT_WR)
            assert ours.recv(1) == b""
            assert not lifesigns.has_gone(*ends)
            client.close()
            assert lifesigns.has_gone(*ends)
            assert not lifesigns.has_gone(ends[0], ("127.0.0.2", 1)), "of whom nothing is known here"


def test_a_connection_that_nothing_is_known_of_is_not_judged():
    async def wait():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(lifesigns.until_silent({"server": None, "client": None}), 0.01)

    asyncio.run(wait())

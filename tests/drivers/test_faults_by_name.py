"""Faults by name on a whole simulated bench, and its control socket."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest

from lager import errors, wire
from lager_drivers.simulated import instruments, kernel, tables
from lager_drivers.simulated.bench import Bench, Ports
from lager_drivers.simulated.control import Control
from lager_drivers.simulated.description import understood
from lager_drivers.simulated.faults import ACTIONS, Faults

SUPPLY, OTHER = "USB0::0x05E6::0x2281::4381218::INSTR", "USB0::0x1AB1::0x0E11::DP8G235000146::INSTR"
DESCRIPTION = """
[instruments]
keithley = { model = "Keithley_2281S", serial = "4381218" }
rigol = { model = "Rigol_DP821", serial = "DP8G235000146" }
labjack = { model = "LabJack_T7", serial = "470012345" }
lan = { model = "Rigol_DP832", serial = "DP8C1", lan = true }

[nets]
supply1 = { role = "power-supply", at = "keithley.1" }
supply2 = { role = "power-supply", at = "rigol.1" }
adc1 = { role = "adc", at = "labjack.AIN0" }
supply3 = { role = "power-supply", at = "lan.3" }
"""


class Whole:
    def __init__(self, bench, faults, ports):
        self.bench, self.faults, self.ports = bench, faults, ports
        self.labjack = f"modbus-tcp://127.0.0.1:{ports.tcp['labjack']}"
        self.lan = f"TCPIP0::127.0.0.1::{ports.tcp['lan']}::SOCKET"
        self.moved = []

    async def inject(self, action, address=SUPPLY, value=None):
        return await self.faults.inject(wire.Inject(1, action, address, value))

    def now(self, address=SUPPLY):
        return next(one for one in self.faults.listing() if one.address == address)


@contextlib.asynccontextmanager
async def serving():
    described = understood(tables.parse(DESCRIPTION, "a bench"))
    bench = Bench(instruments.build(described, random.Random(1)).every, described.nets)
    ports = await bench.listen(Ports())
    whole = Whole(bench, None, ports)
    whole.faults = Faults(bench.places(), whole.moved.append)
    try:
        yield whole
    finally:
        await bench.close()


def on_a_bench(test):
    def run():
        async def whole():
            async with serving() as bench:
                await test(bench)

        asyncio.run(asyncio.wait_for(whole(), 20))

    run.__name__ = test.__name__
    return run


@on_a_bench
async def test_the_listing_has_every_address_of_the_bench_file(bench):
    listed = bench.faults.listing()
    assert [(one.instrument, one.place, one.plugged, one.in_use) for one in listed] == [
        ("Keithley_2281S", "usb 1-1 device 2", True, False),
        ("Rigol_DP821", "usb 1-2 device 3", True, False),
        ("LabJack_T7", f"tcp 127.0.0.1:{bench.ports.tcp['labjack']}", True, False),
        ("Rigol_DP832", f"tcp 127.0.0.1:{bench.ports.tcp['lan']}", True, False),
    ]
    assert [one.address for one in listed] == [net.address for net in bench.bench.nets()]


@on_a_bench
async def test_each_fault_is_on_one_instrument_and_clear_ends_it(bench):
    shown = {"hold": "held", "wedge": "wedged", "dead": "dead", "stall": "stall 1", "garble": "garble 1"}
    shown["delay"] = "delay 1 s"
    for address in (SUPPLY, OTHER, bench.labjack, bench.lan):
        for action, words in shown.items():
            if action != "stall" or address.startswith("USB"):
                assert (await bench.inject(action, address)).faults == [words]
                assert sum(bool(one.faults) for one in bench.faults.listing()) == 1
                assert (await bench.inject("clear", address)).faults == []


@on_a_bench
async def test_plugs(bench):
    for address in (SUPPLY, bench.labjack, bench.lan):
        assert not (await bench.inject("unplug", address)).plugged
        assert sum(one.plugged for one in bench.faults.listing()) == 3
        assert (await bench.inject("unplug", address)).plugged is False
        before = bench.now(address).place
        assert (await bench.inject("replug", address)).plugged
        assert (bench.now(address).place == before) == (address != SUPPLY)
        assert (await bench.inject("power-cycle", address)).plugged
        await bench.inject("unplug", address)
        assert (await bench.inject("clear", address)).plugged
        assert (await bench.inject("hold", address)).in_use
        assert not (await bench.inject("release", address)).in_use


@on_a_bench
async def test_a_power_cycle_switches_outputs_off_and_a_replug_does_not(bench):
    built = bench.bench.bus.ports["1-1"].device.instrument
    for line in (":VOLT 3", ":CURR 1", ":OUTP ON"):
        built.handle(line)
    for action, left in (("unplug", "1;3"), ("replug", "1;3"), ("power-cycle", "0;0")):
        await bench.inject(action)
        assert built.handle(":OUTP?;:VOLT?") == left


@pytest.mark.parametrize(
    ("action", "value", "said"),
    [
        ("unplug", 1.0, "takes no number"),
        ("clear", 0.0, "takes no number"),
        ("stall", 0.0, "a whole number"),
        ("stall", 1.5, "a whole number"),
        ("garble", -1.0, "a whole number"),
        ("garble", 1e9, "a whole number"),
        ("delay", -1.0, "seconds from 0"),
        ("delay", 1e6, "seconds from 0"),
        ("delay", float("nan"), "a finite number"),
        ("garble", float("inf"), "a finite number"),
        ("explode", None, "no fault called 'explode'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(action, value, said):
    @on_a_bench
    async def refused(bench):
        before = bench.faults.listing()
        with pytest.raises(errors.UsageError, match=said):
            await bench.inject(action, SUPPLY, value)
        assert bench.faults.listing() == before

    refused()


@on_a_bench
async def test_what_is_on_the_network_has_no_endpoints(bench):
    for address in (bench.labjack, bench.lan):
        with pytest.raises(errors.UsageError, match="not on USB"):
            await bench.inject("stall", address)


def test_a_bench_without_usb_has_nothing_for_the_kernel():
    async def refused():
        with pytest.raises(errors.UsageError, match="no instruments on USB"):
            await Faults([]).inject(wire.Inject(1, "plug", ""))

    asyncio.run(refused())


@on_a_bench
async def test_another_address_is_no_simulated_instrument(bench):
    for action in ACTIONS:
        with pytest.raises(errors.UsageError, match="no simulated one"):
            await bench.inject(action, "USB0::1::2::3::INSTR")


@pytest.mark.skipif(kernel.CONTROLLER.exists(), reason="this kernel has vhci_hcd, and would take them")
def test_without_a_controller_nothing_is_plugged_into_the_kernel():
    @on_a_bench
    async def refused(bench):
        before = bench.faults.listing()
        with pytest.raises(errors.LagerError, match="vhci_hcd"):
            await bench.inject("plug", "")
        assert bench.faults.listing() == before
        assert bench.moved == []
        assert not (await bench.inject("plug-off", "")).kernel
        assert bench.moved == [False]

    refused()


@on_a_bench
async def test_what_is_in_the_kernel_goes_there_again(bench):
    """The kernel's end is this test: it takes the sockets, and gives ports in turn."""
    given = []

    def attach(link, bus, number, speed):
        given.append((link.dup(), bus, number, speed))
        if len(given) == 5:
            raise errors.LagerError("every port is in use", "free one")
        return len(given) - 1

    attached, kernel.attach = kernel.attach, attach
    try:
        assert (await bench.inject("plug", "")).kernel
        assert [one.place for one in bench.faults.listing()][:2] == ["kernel vhci port 0", "kernel vhci port 1"]
        assert [one[1:] for one in given] == [(1, 2, 3), (1, 3, 3)]
        assert all(one.in_use for one in bench.faults.listing()[:2])
        assert bench.moved == [True]
        assert len(given) == 2
        await bench.inject("plug", "")
        assert len(given) == 2
        with pytest.raises(errors.UsageError, match="any process can hold it"):
            await bench.inject("hold")
        await bench.inject("unplug")
        assert await asyncio.get_running_loop().run_in_executor(None, given[0][0].recv, 1) == b""
        await bench.inject("replug")
        await bench.inject("power-cycle")
        assert bench.now().place == "kernel vhci port 3"
        with pytest.raises(errors.LagerError, match="every port"):
            await bench.inject("replug")
        assert not (await bench.inject("plug-off", "")).kernel
        assert bench.now().place.startswith("usb 1-1 device ")
        assert bench.moved == [True, True, False]
    finally:
        kernel.attach = attached
        for link, *_ in given:
            link.close()


@contextlib.asynccontextmanager
async def controlled(path, bench):
    control = Control(bench.faults)
    await control.listen(path)
    reader, writer = await asyncio.open_unix_connection(path)

    async def ask(request):
        line = request if isinstance(request, bytes) else wire.to_json(request)
        writer.write(line + b"\n")
        return wire.from_json(await reader.readline(), wire.SimulatedReply)

    try:
        yield ask
    finally:
        await control.close()
        assert await reader.read() == b""
        writer.close()


def test_the_socket_answers_and_survives_nonsense(tmp_path):
    path = tmp_path / "simulated.sock"

    @on_a_bench
    async def talk(bench):
        for _ in range(2):  # the second replaces what a killed bench has left
            async with controlled(path, bench) as ask:
                listed = await ask(wire.ListSimulated(5))
                assert (listed.id, len(listed.value)) == (5, 4)
                done = await ask(wire.Inject(6, "wedge", OTHER))
                assert (done.id, done.value["faults"]) == (6, ["wedged"])
                refused = await ask(wire.Inject(7, "delay", OTHER, -1))
                assert (refused.id, refused.error.code) == (7, "usage")
                for nonsense in (b"", b"{}", b"[1]", b'{"type":"inject","id":"x"}', b"\xff"):
                    assert (await ask(nonsense)).error.code == "usage"
                assert bench.now(OTHER).faults == ["wedged"]
            assert not path.exists()
            path.touch()

    talk()


def test_a_socket_that_is_another_benches_by_now_is_left_alone(tmp_path):
    path = tmp_path / "simulated.sock"

    @on_a_bench
    async def talk(bench):
        async with controlled(path, bench) as ask:
            assert (await ask(wire.ListSimulated(1))).id == 1
            second = Control(bench.faults)
            await second.listen(path)
        assert path.exists()
        await second.close()
        assert not path.exists()

    talk()

"""How all nets are at once: one instrument that does not answer keeps the others' readings from nobody."""

import asyncio

import pytest
from ownbench import Bench, Served

from lager import wire
from lager_hwservice.lanes import Lanes
from lager_hwservice.standings import Standings


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A service with two instruments: the first's nets are as they are, the second's begin with `b`."""
    first, second = Served(), Served()
    more = [wire.NetRecord(f"b{net.name}", net.role, net.instrument, net.address, net.pin) for net in second.nets()]
    odd = wire.NetRecord("uart1", "uart", "LabJack_T7", first.nets()[0].address, "1")
    one = Bench(tmp_path_factory.mktemp("bench"), [*first.nets(), *more, odd])
    one.nets = [*first.nets(), *more, odd]
    one.slow = second.t7
    yield one
    second.t7.flow.set()
    one.close()
    first.close()
    second.close()


def told(readings):
    return {one.name: one.state or one.reason for one in readings}


def test_every_net_is_read_and_in_its_place(two):
    readings = asyncio.run(Standings(two.hardware, Lanes()).read(two.nets, "the test"))
    assert [one.name for one in readings] == [net.name for net in two.nets]
    said = told(readings)
    assert (said["adc2"], said["badc4"], said["gpio1"]) == ("1.500000 V", "3.500000 V", "LOW (0)")
    assert readings[-1] == wire.NetReading("uart1", "uart", None, "no probe for role", "no-probe")
    assert [one.name for one in readings if one.state is None] == ["uart1"]


def test_who_does_not_answer_in_time_is_said_to_be_late_and_is_not_asked_on_top_of_that(two):
    async def both():
        standings = Standings(two.hardware, Lanes(), within=0.3)
        two.slow.flow.clear()
        try:
            first = await standings.read(two.nets, "the test")
            second = await standings.read(two.nets, "the test")
        finally:
            two.slow.flow.set()
        standings = Standings(two.hardware, Lanes())
        return first, second, await standings.read(two.nets, "the test")

    for late in (readings := asyncio.run(both()))[:2]:
        assert told(late)["adc2"] == "1.500000 V"
        assert [one for one in late if one.name == "badc1"] == [
            wire.NetReading("badc1", "adc", None, "deadline", "deadline"),
        ]
        assert told(late)["bdac1"] == "deadline"
    assert told(readings[2])["badc1"] == "0.500000 V"


def test_a_bench_without_nets(two):
    assert asyncio.run(Standings(two.hardware, Lanes()).read([], "the test")) == []

"""Threads for each instrument: as many as it may have, and never another's."""

import threading

import anyio
import pytest

from lager import errors
from lager_hwservice.lanes import Lanes


def test_a_full_lane_says_so_and_the_others_are_free():
    going = threading.Event()

    async def drive():
        lanes = Lanes(width=2, within=0.01)
        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(lanes.run, "a", going.wait, 20)
            await anyio.lowlevel.checkpoint()
            with pytest.raises(errors.InstrumentBusy, match="2 calls wait for a already"):
                await lanes.run("a", str)
            assert await lanes.run("b", int, "5") == 5
            going.set()
        assert await lanes.run("a", int, "6") == 6

    anyio.run(drive)


def test_more_calls_than_anyio_has_threads_run_at_once():
    together = threading.Barrier(100)

    async def drive():
        lanes = Lanes()
        async with anyio.create_task_group() as group:
            for n in range(100):
                group.start_soon(lanes.run, str(n % 4), together.wait, 20)

    anyio.run(drive)

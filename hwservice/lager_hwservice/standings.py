"""How all nets of the bench are, at once: each instrument by itself, and all within one time.

An instrument that does not answer keeps nobody waiting longer than that, and is not asked again by the next request
before it has answered the one before. Nothing is changed: no instrument is brought into another role for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from lager import addresses, errors, wire
from lager.actions.standing import has_probe, standing
from lager.hardware import Hardware
from lager_hwservice.lanes import Lanes

WITHIN = 8.0  # s
Reading = wire.NetReading


class Standings:
    """Reads all nets.

    Args:
        hardware: The way to the workers.
        lanes: Threads for calls.
        within: How long a request may take, s.
    """

    def __init__(self, hardware: Hardware, lanes: Lanes, within: float = WITHIN) -> None:
        self._hardware = hardware
        self._lanes = lanes
        self._within = within
        self._under_way: dict[str, asyncio.Task[None]] = {}  # by the instrument

    async def read(self, nets: Iterable[wire.NetRecord], caller: str) -> list[Reading]:
        """Read every net that can be read, and say of the others why not; in the nets' order."""
        wanted = list(nets)
        found: dict[int, Reading] = {
            number: Reading(net.name, net.role, None, "no probe for role", "no-probe")
            for number, net in enumerate(wanted)
            if not has_probe(net.role)
        }
        places: dict[str, list[int]] = {}
        for number, net in enumerate(wanted):
            if number not in found:
                places.setdefault(addresses.canonical(net.address), []).append(number)
        over = asyncio.Event()
        tasks = [
            asyncio.create_task(self._read_place(place, {one: wanted[one] for one in numbers}, found, caller, over))
            for place, numbers in places.items()
        ]
        if tasks:
            for one in (await asyncio.wait(tasks, timeout=self._within))[0]:
                one.result()  # what is no error of a net is one of this request
        over.set()  # whoever is late stops after the call it is in
        late = {number: Reading(net.name, net.role, None, "deadline", "deadline") for number, net in enumerate(wanted)}
        return [{**late, **found}[number] for number in range(len(wanted))]

    async def _read_place(
        self, place: str, nets: dict[int, wire.NetRecord], found: dict[int, Reading], caller: str, over: asyncio.Event
    ) -> None:
        """Read the nets of one instrument, one after the other, and after those who began before."""
        mine = asyncio.current_task()
        assert mine is not None
        before, self._under_way[place] = self._under_way.get(place), mine
        try:
            if before is not None:
                await asyncio.wait([before])
            for number, net in nets.items():
                if over.is_set():
                    return
                found[number] = await self._reading(net, caller)
        finally:
            if self._under_way.get(place) is mine:
                del self._under_way[place]

    async def _reading(self, net: wire.NetRecord, caller: str) -> Reading:
        def call(method: str, *args: object) -> object:
            asked = wire.NetCall(net.role, method, list(args), caller, as_it_is=True)
            return self._hardware.answer(net.name, asked).value

        try:
            return Reading(net.name, net.role, await self._lanes.run(net.address, standing, net.role, call))
        except errors.LagerError as exc:
            return Reading(net.name, net.role, None, f"unreadable: {' '.join(exc.what.split())}", exc.code)

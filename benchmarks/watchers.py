"""Who watches a supply live: what fifty cost its instrument, how soon each has a reading, and how long calls wait."""

import asyncio
import statistics
import threading
import time
from contextlib import AsyncExitStack

import socketio

from benchmarks.bench import Instruments, bench
from benchmarks.timing import percentiles, seconds

WATCHERS = 50
INTERVAL = 0.2  # s
SECONDS = 10.0
SPREAD = 0.05  # s from the first to the last of them
SLOW = 0.02  # s the slow instrument takes for an answer: a dozen of them is a reading
_PAUSE, _SLOW_CALLS = 0.6, 30  # s between two calls on it, and how many
_CALLS = 100
_SPACE = "/supply"


class Watcher:
    """One client; when it heard a reading."""

    def __init__(self):
        self.client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self.client.on("supply_state_update", self._take, namespace=_SPACE)
        self.began = asyncio.Event()
        self.heard = []

    async def _take(self, _):
        self.heard.append(time.monotonic())
        self.began.set()

    async def connect(self, one, ends):
        await self.client.connect(
            f"http://127.0.0.1:{one.ready['http_port']}",
            headers={"Authorization": f"Bearer {one.token}"},
            transports=["websocket"],
            namespaces=[_SPACE],
            wait_timeout=10,
        )
        ends.push_async_callback(self.client.disconnect)
        await self.client.emit("start_supply_monitor", {"netname": "psu0", "interval": INTERVAL}, namespace=_SPACE)
        await self.began.wait()


async def watched(one, count):
    """Watch with so many: lines the instrument was sent a second, when they heard readings, and calls meanwhile, s."""
    simulated = one.instruments[0]
    async with AsyncExitStack() as ends:
        watchers = [Watcher() for _ in range(count)]
        for watcher in watchers:
            await watcher.connect(one, ends)
        for watcher in watchers:
            watcher.heard.clear()
        lines, begin = simulated.lines(0), time.monotonic()
        await asyncio.sleep(SECONDS)
        rate = (simulated.lines(0) - lines) / (time.monotonic() - begin)
        heard = sorted(at for watcher in watchers for at in watcher.heard)
        calls = await asyncio.to_thread(_calls, one)
    return rate, heard, calls


def _readings(heard):
    """The times of each reading that all have heard: those of one are together, and far from the next one's."""
    readings = [[heard[0]]]
    for at in heard[1:]:
        if at - readings[-1][-1] > INTERVAL / 2:
            readings.append([])
        readings[-1].append(at)
    return [one for one in readings if len(one) == WATCHERS]


def _calls(one):
    caller = one.caller()
    one.ask(caller)
    return [seconds(lambda: one.ask(caller)) for _ in range(_CALLS)]


async def _in_the_way(one):
    """Calls on a slow instrument while somebody watches it, s."""
    async with AsyncExitStack() as ends:
        await Watcher().connect(one, ends)
        return await asyncio.to_thread(_slow_calls, one)


def _slow_calls(one):
    caller, times, pause = one.caller(), [], threading.Event()
    one.ask(caller)
    for n in range(_SLOW_CALLS):
        pause.wait(_PAUSE * (0.5 + n / _SLOW_CALLS))  # at any moment of a reading, which fits between two of them
        times.append(seconds(lambda: one.ask(caller)))
    return times


def _on_a_slow_one():
    with bench(Instruments(0, 1, SLOW)) as one:
        alone = _slow_calls(one)
        calls = asyncio.run(_in_the_way(one))
    late = percentiles(calls).p99 - percentiles(alone).p99
    print(
        f"{'A slow supply is watched: a call meanwhile':52s} {percentiles(calls)}   "
        f"baseline {percentiles(alone)} (nobody watches)   p99 later by {late / SLOW:6.2f} transactions   (budget 1)"
    )


def main():
    with bench(Instruments(0, 1)) as one:
        alone = _calls(one)
        single, _, _ = asyncio.run(watched(one, 1))
        rate, heard, calls = asyncio.run(watched(one, WATCHERS))
    times = _readings(heard)
    print(
        f"{f'{WATCHERS} watch a supply: lines its instrument is sent':52s} {rate:8.2f} /s   "
        f"baseline {single:8.2f} /s (one watches)   ratio {rate / single:6.2f}   (budget 1)"
    )
    spread = percentiles([max(one) - min(one) for one in times])
    print(
        f"{f'{WATCHERS} watch a supply: from the first to the last':52s} {spread}   "
        f"({len(times)} readings; budget {SPREAD * 1000:g} ms)"
    )
    ratio = statistics.median(calls) / statistics.median(alone)
    print(
        f"{f'{WATCHERS} watch a supply: a call of a script meanwhile':52s} {percentiles(calls)}   "
        f"baseline {percentiles(alone)} (nobody watches)   ratio {ratio:6.2f}"
    )
    _on_a_slow_one()

"""Traffic on a bench: client processes, and what they tell. Starts and ends them; whether all is well is for others."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

SCRIPT = Path(__file__).with_name("clients.py")
DUAL, OUTPUTS, LABJACK = ["supply1", "battery1"], ["supply2", "supply3"], ["adc8", "dac1", "dac2"]
_END_WITHIN = 60.0  # s a call may still take when the clients are told to stop; longer is a deadlock


class Group(NamedTuple):
    """Clients of one process; each has a way, nets, and whether it writes."""

    name: str
    clients: list[tuple[str, list[str], bool]]


# Twenty clients on the dual-role supply and the two outputs: as scripts call, but for four over HTTP.
TWENTY = [
    Group("dual role", [("script", DUAL, False)] * 4),
    Group("outputs", [("script", OUTPUTS, False)] * 4),
    Group("mixed", [("script", DUAL + OUTPUTS, False)] * 4),
    Group("writers", [("script", [net], True) for net in DUAL + OUTPUTS]),
    Group("http", [("bench", DUAL + OUTPUTS, False)] * 2 + [("invoke", DUAL + OUTPUTS, False)] * 2),
]
# Every kind of client once, on everything.
FEW = [
    Group("scripts", [("script", DUAL + OUTPUTS, False), ("script", ["supply1", "supply3", *LABJACK], True)]),
    Group("http", [("bench", ["battery1", "supply2"], True), ("invoke", DUAL + OUTPUTS, False)]),
]
ON_LABJACK = [Group("labjack", [("script", LABJACK, True), ("bench", ["adc8", "dac2"], False)])]


class Trouble(NamedTuple):
    """An error, a wrong answer or a defect that a client met."""

    event: str
    client: str
    code: str
    what: str
    begun: float
    ended: float


class Traffic:
    """Clients at work, from the start until `stop`.

    Attributes:
        troubles: What they met so far.
    """

    def __init__(self, box: Any, groups: list[Group], seed: int) -> None:
        self.troubles: list[Trouble] = []
        self.calls: dict[str, int] = {}
        self.slowest = (0.0, "")
        self._good: dict[str, float] = {}
        self._change = threading.Condition()
        self._begun = time.monotonic()
        self.seconds = 0.0
        self._processes = [self._start(box, group, seed) for group in groups]
        self._readers = [threading.Thread(target=self._read, args=(one,), daemon=True) for one in self._processes]
        for one in self._readers:
            one.start()

    def _start(self, box, group, seed):
        clients = [
            {"name": f"{group.name} {number}", "way": way, "nets": nets, "writes": writes}
            for number, (way, nets, writes) in enumerate(group.clients, 1)
        ]
        self._good |= {one["name"]: 0.0 for one in clients}
        nets = {name: msgspec.to_builtins(net) for name, net in box.nets.items()}
        plan = {**box.ready, "token": box.token, "nets": nets, "clients": clients, "seed": seed}
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), json.dumps(plan)],
            env=box.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _read(self, process):
        for line in process.stdout:
            said = json.loads(line)
            with self._change:
                self._take(said)
                self._change.notify_all()

    def _take(self, said):
        event = said.pop("event")
        if event == "beat":
            self._good |= said["good"]
        elif event == "end":
            self.calls |= said["calls"]
            self.slowest = max(self.slowest, tuple(said["slowest"]))
        else:
            self.troubles.append(Trouble(event, code=said.pop("code", event), **said))

    def settled(self, since, within):
        """Wait until every client has got a right answer to a call it began after `since`; when that was seen."""
        with self._change:
            well = self._change.wait_for(lambda: min(self._good.values()) > since, within)
            late = {name: f"{since - good:.1f} s before" for name, good in self._good.items() if good <= since}
        assert well, f"no right answer within {within:g} s: {late}; {self.troubles[-5:]}"
        return time.monotonic()

    def wait(self, seconds):
        """Let them work; sooner back when somebody meets what must never be."""
        with self._change:
            self._change.wait_for(self.hopeless, seconds)

    def hopeless(self):
        """What no kill excuses: wrong answers and defects."""
        return [one for one in self.troubles if one.event != "error"]

    def stop(self):
        """Tell them to stop, and wait for their counts."""
        self.seconds = time.monotonic() - self._begun
        for one in self._processes:
            one.stdin.close()
        stuck = []
        for one, reader in zip(self._processes, self._readers, strict=True):
            reader.join(_END_WITHIN)
            if reader.is_alive():
                stuck.append(one.args[-1])
                one.kill()
                reader.join()
            one.wait()
            one.stdout.close()
        assert not stuck, f"these did not come back within {_END_WITHIN:g} s: {stuck}"
        assert all(one.returncode == 0 for one in self._processes)

    def report(self):
        """The counts, for people."""
        total = sum(self.calls.values())
        errors = Counter(one.code for one in self.troubles)
        return (
            f"{len(self.calls)} clients in {len(self._processes)} processes, {self.seconds:.1f} s: {total} calls, "
            f"{total / self.seconds:.0f} calls/s, slowest {self.slowest[0]:.2f} s ({self.slowest[1]}); "
            f"errors: {dict(errors) or 'none'}"
        )

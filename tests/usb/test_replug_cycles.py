"""Unplugged and plugged in again, 200 times at random moments while scripts ask: every next call works.

Told at the end: how many cycles, errors by type, how long after the kernel's announcement the first good answer came,
and the process ids of the services. The delay is told, and not asserted: there is one slow processor here, and `make
bench` measures it.
"""

import collections
import random
import statistics
import threading
import time

import psutil
import pytest
from kernelbox import HERE, Listener

REPORT_EVERY = 20


class Cycles:
    """The scripts, and what became of each cycle."""

    def __init__(self, box, seed):
        self.box = box
        self.rng = random.Random(seed)
        self.moment = threading.Event()  # never set: a bounded wait
        self.windows = []  # from the unplugging to the announcement, s
        self.delays = []  # from the announcement to the first good answer, s
        self.numbers = set()
        text = (HERE / "asking_script.py").read_text()
        for net in ("supply1", "supply2", "adc1"):
            box.call(net, "input" if net == "adc1" else "voltage")
        box.call("supply1", "set_voltage", 1.0)
        self.script = Listener(box.script("supply1.py", text, "supply1", seed, 0.005))
        self.others = {net: Listener(box.script(f"{net}.py", text, net, seed, 0.1)) for net in ("supply2", "adc1")}
        for one in (self.script, *self.others.values()):
            one.wait(0, lambda line: line["event"] == "good", within=60)
        self.services = self.pids()

    def pids(self):
        return self.box.services() | {"DP821's worker": self.box.worker("supply2")["pid"]}

    def once(self):
        """One cycle: with the script asking, at random moments."""
        mark = len(self.script.lines)
        self.moment.wait(self.rng.uniform(0, 0.06))
        begun = time.monotonic()
        self.box.unplug("supply1")
        self.moment.wait(self.rng.choice([0, self.rng.uniform(0, 0.2)]))
        announced = self.box.replug("supply1")
        self.windows.append((begun, announced.time))
        _, good = self.script.wait(mark, lambda line: line["event"] == "good" and line["ended"] > announced.time)
        self.delays.append(good["ended"] - announced.time)
        self.numbers.add(announced.number)
        assert all(psutil.pid_exists(pid) for pid in self.services.values())

    def unexcused(self):
        """The errors of calls that were made while the instrument was there."""
        return [
            line
            for line in self.script.of("error")
            if not any(line["begun"] < announced and line["ended"] > begun for begun, announced in self.windows)
        ]

    def summary(self, label, seed):
        errors = collections.Counter(line["code"] for line in self.script.of("error"))
        last = self.script.of("good")[-1]
        told = [
            f"{label}: {len(self.delays)} cycles (--seed {seed}), {len(self.numbers)} device numbers",
            f"  calls answered: {last['read']} reads, {last['write']} writes",
            f"  errors of calls while it was out: {dict(errors) or 'none'}",
            f"  errors of any other call: {len(self.unexcused())}; wrong values: {len(self.script.of('wrong'))}",
            *(
                f"  {net}: {one.of('good')[-1]['read']} reads, errors: {len(one.of('error'))}"
                for net, one in self.others.items()
            ),
            "  from the kernel's announcement to the first good answer: "
            f"median {statistics.median(self.delays):.3f} s, longest {max(self.delays):.3f} s",
            f"  process ids, unchanged: {self.services}",
        ]
        return "\n".join(told)

    def close(self):
        for one in (self.script, *self.others.values()):
            one.stop()


@pytest.mark.udevd("udev", "no-udev")
@pytest.mark.timeout(900)
def test_every_next_call_works(box, pytestconfig, capsys, request):
    seed, count = pytestconfig.getoption("seed"), pytestconfig.getoption("cycles")
    label = request.node.callspec.id
    if label == "no-udev":
        count = max(1, count // 10)
    cycles = Cycles(box, seed)
    try:
        for number in range(1, count + 1):
            cycles.once()
            if number % REPORT_EVERY == 0:
                with capsys.disabled():
                    print(f"\n  {label}: {number} cycles", end="", flush=True)
        with capsys.disabled():
            print("\n" + cycles.summary(label, seed), flush=True)
        assert cycles.pids() == cycles.services
        assert cycles.unexcused() == []
        assert [line for line in cycles.script.of("error") if line["code"] != "instrument-gone"] == []
        assert cycles.script.of("wrong") == []
        assert [line for one in cycles.others.values() for line in one.of("error")] == []
        assert len(cycles.numbers) >= min(count, 100)  # Linux begins anew after 127
    finally:
        cycles.close()

"""Clients that hammer a bench: `python clients.py PLAN`, a process with a thread for each client.

Asks until its standard input ends. Tells on standard output, one JSON object a line: `beat` (how far each client is),
`error` (a typed one), `wrong` (an answer that is not right), `defect` (anything else), and `end`. Judges answers one by
one; whether there were too many errors is for others to say.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import select
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from truth import CHANNELS, QUESTIONS, TURNS, Question, Turn

from lager import errors, hardware, times
from lager.client import Service

_BEAT = 0.1  # s
_PATIENCE = 15.0  # s an HTTP client tries while nobody listens, as the command line does
Ask = Callable[[str, str, list[Any]], Any]


class Client:
    """One client: asks, checks, and keeps count.

    Args:
        name: As it is reported.
        ask: Calls a method of a net.
        nets: Which nets it asks about.
        writes: Whether it also writes the settings of those nets that are written to and fro.
        rng: What it asks next.
    """

    def __init__(self, name: str, ask: Ask, nets: list[str], writes: bool, rng: random.Random) -> None:
        self.name = name
        self.calls, self.good, self.slowest = 0, 0.0, (0.0, "")
        self._ask, self._rng = ask, rng
        self._questions = [one for one in QUESTIONS if one.net in nets]
        self._turns = [TURNS[net] for net in nets if net in TURNS] if writes else []
        self._written: dict[str, float] = {}

    def work(self, stop: threading.Event, tell: Callable[..., None]) -> None:
        """Ask until told to stop."""
        while not stop.is_set():
            begun, doing = time.monotonic(), self._next()
            try:
                wrong = doing()
            except errors.LagerError as exc:
                tell(event="error", client=self.name, code=exc.code, what=exc.what, begun=begun, ended=time.monotonic())
                continue
            except Exception as exc:  # noqa: BLE001  # a thread's top: what must never happen is told, too
                tell(event="defect", client=self.name, what=repr(exc), begun=begun, ended=time.monotonic())
                continue
            if wrong:
                tell(event="wrong", client=self.name, what=wrong, begun=begun, ended=time.monotonic())
            else:
                self.good = begun

    def _next(self) -> Callable[[], str]:
        if self._turns and self._rng.random() < 0.5:
            turn = self._rng.choice(self._turns)
            return lambda: self._take(turn)
        question = self._rng.choice(self._questions)
        return lambda: self._check(question)

    def _check(self, question: Question) -> str:
        value = self._call(question.net, question.method, [])
        return "" if question.accepts(value) else f"{question} was answered with {value!r}"

    def _take(self, turn: Turn) -> str:
        """Write the other value, and read it back: it is what was written, and nothing else, from then on."""
        before = self._written.pop(turn.net, None)
        if before is not None:
            found = self._call(turn.net, turn.read, [])
            if abs(found - before) > 1e-3:
                return f"{turn} was {before} since it was written, and is {found!r}"
        value = turn.values[0 if before == turn.values[1] else 1]
        self._call(turn.net, turn.write, [value])
        found = self._call(turn.net, turn.read, [])
        if abs(found - value) > 1e-3:
            return f"{turn} was set to {value}, and is {found!r}"
        self._written[turn.net] = value
        return ""

    def _call(self, net: str, method: str, args: list[Any]) -> Any:
        begun = time.monotonic()
        try:
            return self._ask(net, method, args)
        finally:
            self.calls += 1
            self.slowest = max(self.slowest, (time.monotonic() - begun, f"{self.name}: {net}.{method}"))


def script_way(plan: dict[str, Any]) -> Ask:
    """Call as a script does: all threads of a process share the connections."""
    service = hardware.Service(plan["socket"])
    way = hardware.Hardware(service.locate, f"process {os.getpid()}", examine=service.examine)
    atexit.register(way.close)
    return lambda net, method, args: way.call(net, CHANNELS[net].role, method, args)


def bench_way(plan: dict[str, Any]) -> Ask:
    """Call over HTTP on :9000, as the command line does."""
    bench = Service("", "127.0.0.1", plan["http_port"], plan["token"], _PATIENCE)

    def ask(net: str, method: str, args: list[Any]) -> Any:
        body = {"role": CHANNELS[net].role, "method": method, "args": args, "caller": "soak"}
        return bench.post(f"/nets/{net}/call", body, dict[str, Any], timeout=times.ANSWER_WITHIN + 2).get("value")

    return ask


def invoke_way(plan: dict[str, Any]) -> Ask:
    """Call over HTTP on :8080, as older clients do."""
    control = Service("", "127.0.0.1", plan["hardware_port"], plan["token"], _PATIENCE)

    def ask(net: str, method: str, args: list[Any]) -> Any:
        record = plan["nets"][net]
        where = {"address": record["address"], "channel": record["pin"], "instrument": record["instrument"]}
        body = {"device": CHANNELS[net].device, "function": method, "args": args, "net_info": where}
        return control.post("/invoke", body, Any, timeout=times.ANSWER_WITHIN + 2)

    return ask


WAYS = {"script": script_way, "bench": bench_way, "invoke": invoke_way}


def main() -> None:
    """Hammer until standard input ends."""
    plan = json.loads(sys.argv[1])
    ways = {one["way"]: WAYS[one["way"]](plan) for one in plan["clients"]}
    clients = [
        Client(
            one["name"], ways[one["way"]], one["nets"], one["writes"], random.Random(f"{plan['seed']} {one['name']}")
        )
        for one in plan["clients"]
    ]
    stop, lock = threading.Event(), threading.Lock()

    def tell(**facts: Any) -> None:
        with lock:
            sys.stdout.write(json.dumps(facts) + "\n")
            sys.stdout.flush()

    threads = [threading.Thread(target=one.work, args=(stop, tell), name=one.name, daemon=True) for one in clients]
    for one in threads:
        one.start()
    while not select.select([sys.stdin], [], [], _BEAT)[0]:
        tell(event="beat", good={one.name: one.good for one in clients}, calls=sum(one.calls for one in clients))
    stop.set()
    for one in threads:
        one.join()
    slowest = max(one.slowest for one in clients)
    tell(event="end", calls={one.name: one.calls for one in clients}, slowest=slowest)


if __name__ == "__main__":
    main()

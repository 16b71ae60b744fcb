"""The nets of runs that end: which are made safe, and that nobody forgets it."""

import asyncio
import threading

import pytest

from lager import wire
from lager.lines import Lines
from lager.netowners import Owners
from lager_hwservice.listening import accepted, listen
from lager_runner import safing
from lager_runner.rundirectory import Outcome, Spec
from lager_runner.safing import Safing


@pytest.mark.parametrize(
    ("at_end", "reason", "safe"),
    [
        ("", "exit", False),
        ("", "signal", True),
        ("", "timeout", True),
        ("", "stopped", True),
        ("", "lost", True),
        ("safe", "exit", True),
        ("safe", "lost", True),
        ("keep", "lost", False),
        ("keep", "signal", False),
    ],
)
def test_when_nets_are_made_safe(at_end, reason, safe):
    assert safing.wants_safe(at_end, reason) is safe


def spec(run, at_end=""):
    return Spec(id=run, name="t.py", script="t.py", args=[], user="", box="", timeout=0, started=0, at_end=at_end)


def outcome(reason):
    return Outcome(status=1, reason=reason, ended=0)


class Bench:
    """A hardware service that makes nets safe, or is away at first."""

    def __init__(self, folder):
        self.path, self.asked = str(folder / "hardware.sock"), []
        self.owners = Owners(folder / "owners")

    def open(self):
        self._listener = listen(self.path)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        for connected in accepted(self._listener):
            link = Lines.over(connected)
            request = link.receive(wire.HardwareRequest)
            self.asked.append((request.run, request.why, request.force))
            self.owners.forget(request.run)
            link.send(wire.Answer(request.id, [wire.MadeSafe("n", "gpio", "safe", "level 0", 0)]))
            link.close()


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_the_end_of_a_run_waits_until_its_nets_are_safe(bench):
    bench.open()

    async def go():
        one = Safing(bench.path, lambda _: None, bench.owners)
        one.adopt()
        bench.owners.changes("n", "run-12345")
        await one.ended(spec("run-12345"), outcome("signal"))
        return list(bench.asked)

    assert ("run-12345", "run run-1234 was killed", True) in asyncio.run(go())
    assert bench.owners.every() == []


def test_one_that_ended_by_itself_and_one_that_changed_nothing_ask_nobody(bench):
    bench.owners.changes("n", "run-1")

    async def go():
        one = Safing(bench.path, lambda _: (spec("run-1"), None), bench.owners)
        one.adopt()
        await one.ended(spec("run-1"), outcome("exit"))
        await one.ended(spec("run-2"), outcome("lost"))

    asyncio.run(go())
    assert bench.owners.every() == []


def test_what_the_runner_before_has_left_is_done_and_who_lives_is_let_be(bench):
    bench.open()
    runs = {"killed": (spec("killed"), outcome("signal")), "done": (spec("done"), outcome("exit"))}
    runs |= {"lives": (spec("lives"), None), "kept": (spec("kept", "keep"), outcome("lost"))}
    for name in [*runs, "removed"]:
        bench.owners.changes(f"net of {name}", name)

    async def go():
        one = Safing(bench.path, runs.get, bench.owners)
        await one.ended(*runs["killed"])  # found while the box starts: nobody is asked yet
        before = list(bench.asked)
        one.adopt()
        await asyncio.gather(*one._tasks)
        return before

    assert asyncio.run(go()) == []
    assert sorted(run for run, *_ in bench.asked) == ["killed", "removed"]
    assert [one.run for one in bench.owners.every()] == ["lives"]

"""What is proven of a box under load, for as long as one likes: at length by `make soak`, in short by `make test`.

Each tells its counts before it judges them.
"""

from __future__ import annotations

from kills import check, kill_all, table
from ownbox import wait_until
from traffic import Traffic
from truth import QUESTIONS


def hammer(box, groups, seconds, seed, tell=print):
    """All at once, for a while: no error, no wrong answer, nobody left waiting."""
    traffic = Traffic(box, groups, seed)
    try:
        traffic.settled(0.0, 60)
        traffic.wait(seconds)
    finally:
        traffic.stop()
    tell(traffic.report())
    assert traffic.troubles == []


def kill(box, groups, times, seed, tell=print):
    """All at once, while the service and every worker are killed so many times each."""
    traffic = Traffic(box, groups, seed)
    try:
        deaths = kill_all(box, traffic, times, seed)
    finally:
        traffic.stop()
    tell(f"{table(deaths)}\n{traffic.report()}")
    check(deaths)
    assert traffic.hopeless() == []
    _check_well(box)


def alternate(box, times, tell=print):
    """Change the dual-role supply's role so often, on one session."""
    box.call("supply1", "get_voltage_setpoint")
    before = box.opened("supply1")
    for _ in range(times // 2):
        assert box.call("supply1", "get_voltage_setpoint") == 1.25
        assert box.call("battery1", "voltage_full") == 4.0
    assert box.opened("battery1") == before, "the instrument was opened again"
    tell(f"{times // 2 * 2} changes of role on one session")


def _check_well(box):
    """Everything answers, no process is left over, and once the service has ended no instrument is held."""
    for question in QUESTIONS:
        assert question.accepts(box.call(question.net, question.method)), question
    wait_until(lambda: not box.orphans(), 10, f"no orphans ({box.orphans()})")
    workers = set(box.workers().values())
    instruments = {net.address for net in box.nets.values()}
    assert len(workers) == len(instruments)
    box.end_service()
    wait_until(lambda: len(box.processes()) == 1, 10, f"only the bench is left ({box.processes()})")
    assert len(box.ask_all_directly()) == len(instruments)

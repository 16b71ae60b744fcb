"""Kills the processes of a box one after another under load, and says what each death cost its clients."""

from __future__ import annotations

import os
import random
import signal
import statistics
import threading
import time
from collections import Counter
from typing import NamedTuple

from ownbox import wait_until
from truth import KEITHLEY, LABJACK, RIGOL

from lager import errors

VICTIMS = ("service", KEITHLEY, RIGOL, LABJACK)
_BACK_WITHIN = 30.0  # s
ALLOWED = {one.code for one in errors.every_error(errors.InstrumentError)} | {errors.ServiceUnreachable.code}


class Death(NamedTuple):
    """One kill: the errors of each client, and how long until each had a right answer to a call begun after it, s."""

    victim: str
    errors: dict[str, list[str]]
    seconds: float


def kill_all(box, traffic, times, seed):
    """Kill every victim so many times, in random order at random moments; what each death cost."""
    rng, deaths = random.Random(seed), []
    victims = list(VICTIMS) * times
    rng.shuffle(victims)
    traffic.settled(0.0, _BACK_WITHIN)
    for victim in victims:
        # The random moment is the point: nothing is being waited for.
        threading.Event().wait(rng.uniform(0.0, 0.5))
        deaths.append(_kill(box, traffic, victim))
        assert not traffic.hopeless(), traffic.hopeless()
    return deaths


def _kill(box, traffic, victim):
    service, workers = box.service_pid, box.workers()
    dying = service if victim == "service" else workers[victim]
    seen, now = len(traffic.troubles), time.monotonic()
    os.kill(dying, signal.SIGKILL)
    gone = {service, *workers.values()} if victim == "service" else {dying}

    def replaced():
        if any(_lives(pid) for pid in gone):
            return False
        found = box.workers()
        return found.keys() == workers.keys() and not gone & set(found.values())

    wait_until(replaced, _BACK_WITHIN, f"{victim} {dying} replaced")
    done = traffic.settled(time.monotonic(), _BACK_WITHIN)
    met = {}
    for one in traffic.troubles[seen:]:
        when = f"{one.begun - now:+.3f} s to {one.ended - now:+.3f} s"
        met.setdefault(one.client, []).append(f"{one.code} ({when}: {one.what})")
    return Death(victim, met, done - now)


def _lives(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def check(deaths):
    """At most one typed error for each client and death."""
    for death in deaths:
        for client, met in death.errors.items():
            assert len(met) <= 1, f"{client} met {len(met)} errors after one death of {death.victim}: {met}"
            assert met[0].partition(" (")[0] in ALLOWED, f"{client}, {death.victim}: {met}"


def table(deaths):
    """What the deaths cost, for people."""
    lines = [
        f"{'killed':16s} {'times':>5s} {'median s':>9s} {'max s':>6s} {'most by a client':>17s}  errors of all clients"
    ]
    for victim in dict.fromkeys(death.victim for death in deaths):
        mine = [death for death in deaths if death.victim == victim]
        took = [death.seconds for death in mine]
        met = [one for death in mine for one in death.errors.values()]
        kinds = Counter(text.partition(" (")[0] for texts in met for text in texts)
        lines.append(
            f"{victim:16s} {len(mine):5d} {statistics.median(took):9.2f} {max(took):6.2f} "
            f"{max(map(len, met), default=0):17d}  {dict(kinds) or 'none'}"
        )
    return "\n".join(lines)

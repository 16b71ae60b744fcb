"""The connection of an update breaks at any moment: the box answers afterwards, with the old version or the new one."""

import itertools
import json
import random
import subprocess
import time

import psutil
import pytest
from screens import STEP
from wheelmaking import NEWER

from lager import __version__

SENT_ANEW = 5  # every so many times the other version is not there yet: it is sent and installed, and that is cut off


@pytest.fixture(scope="module")
def chance(request):
    return random.Random(request.config.getoption("--seed"))


@pytest.fixture(scope="module")
def ways(wheels):
    """The words that bring a box from either version to the other."""
    words = ("update", "--box", "bench", "--wheel")
    return {__version__: (*words, wheels.newer), NEWER: (*words, wheels.current)}


def timed(laptop, words):
    """Update, undisturbed; give how long each of its steps took, as it shows them, s."""
    marks = [time.monotonic()]
    with laptop.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        said = [line for line in process.stderr if not STEP.match(line) or marks.append(time.monotonic())]
    assert process.returncode == 0, said
    return [after - before for before, after in itertools.pairwise(marks)]


def break_off(process, chance):
    """Without a word: the whole laptop, or only its ssh, so that the command tries to get through once more."""
    victims = psutil.Process(process.pid).children(recursive=True)
    if chance.random() < 0.7:
        victims.append(psutil.Process(process.pid))
    for victim in victims:
        victim.kill()


def cut_off(laptop, words, chance, number, moment):
    """Update, and break the connection at a moment of a step; True if it was still there to be broken."""
    with laptop.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        list(itertools.islice(filter(STEP.match, process.stderr), number))
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            break_off(process, chance)
            process.communicate()
            return True
    return False


def chosen(number, chance, short, long):
    """Give a step, and a moment of it: each in its turn, and every second time the switch, which is the last one.

    What is sent anew is cut off in the switch, the installation and the sending.
    """
    turn, anew = divmod(number, SENT_ANEW)
    if not anew:
        took, step = long, len(long) - 1 - turn % 3
    else:
        took, step = short, len(short) - 1 if number % 2 else number // 2 % len(short)
    return step, chance.uniform(0, took[step])


def settled(box):
    """Wait until the box does nothing by itself any more, and its services are up."""
    while box.run("systemctl is-active lager-update || true").strip() in ("active", "activating", "deactivating"):
        continue
    box.run("flock /var/lib/lager-setup/lock true")  # a step goes on there, though nobody hears of it any more
    box.run("systemctl is-system-running --wait")


def version(laptop):
    done = laptop.lager("hello", "--box", "bench", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["version"]


@pytest.mark.timeout(900)  # on a busy machine; who comes first makes the box as well
def test_at_random_moments(box, laptop, ways, chance, request):
    long = timed(laptop, ways[__version__])
    short = timed(laptop, ways[NEWER])
    kills, now, moments = request.config.getoption("--kills"), __version__, []
    for number in range(kills):
        if number % SENT_ANEW == 0:
            box.run("cd /opt/lager; ls -d versions/* | grep -vxF $(readlink current) | xargs rm -rf")
        step, moment = chosen(number, chance, short, long)
        was_cut = cut_off(laptop, ways[now], chance, step, moment)
        settled(box)
        moments.append((step, round(moment, 2), was_cut, now, version(laptop)))
        assert moments[-1][-1] in ways, moments
        now = moments[-1][-1]
    print(*moments, sep="\n")
    hits = [step for step, _, was_cut, _, _ in moments if was_cut]
    assert len(hits) > kills // 2, moments
    assert len(set(hits)) >= min(len(short), kills) // 2, moments


def test_afterwards_it_is_updated_as_ever(box, laptop, ways):
    now = version(laptop)
    timed(laptop, ways[now])
    assert {now, version(laptop)} == set(ways)
    assert "part" not in box.run("ls /opt/lager/versions; ls /var/lib/lager-setup/incoming")
    assert box.run("systemctl --failed --no-legend") == ""

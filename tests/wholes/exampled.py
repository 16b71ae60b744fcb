"""Running the scripts in `examples/`, and seeing that they leave the bench safe."""

import csv
import json
import re
from pathlib import Path

from conftest import interrupt

from lager import wire
from lager.client import Service

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
HELD = ("power-supply", "battery", "eload")  # roles of what may be live


def command(example, *words, options=()):
    return ["python", *options, str(EXAMPLES / example), "--", *words]


def run(home, example, *words, options=(), status=0):
    """Run an example to its end; give what it has printed."""
    done = home.lager(*command(example, *words, options=options))
    assert (done.returncode, done.stderr) == (status, ""), done.stdout + done.stderr
    assert live(home) == []
    return done.stdout


def live(home):
    """Name the nets that are not off."""
    box = json.loads((home.folder / "state" / "box.json").read_text())
    bench = Service("", "127.0.0.1", box["http"], (home.folder / "state" / "token").read_text().strip())
    nets = []
    while not nets or any(net.reason_code == "deadline" for net in nets):  # a machine that is busy: ask again
        nets = [net for net in bench.get("/nets/state", list[wire.NetReading]) if net.role in HELD]
    asked = [net for net in nets if net.reason_code != "role-conflict"]  # of two roles the one that is live tells
    return [net.name for net in asked if not (net.state or "").startswith("OFF")]


def prints(shown, *lines):
    """Whether these are all lines of it; `#` is any number, and spaces are as many as they are."""
    patterns = [re.sub(r"(\\ )+", " +", re.escape(line)).replace(r"\#", NUMBER) for line in lines]
    assert re.fullmatch("".join(f" *{one} *\n" for one in patterns), shown), shown
    return True


def numbers(line):
    return [float(one) for one in re.findall(NUMBER, line)]


def table(home, name):
    """Give the rows of a file that was downloaded."""
    with (home.folder / name).open() as file:
        return list(csv.DictReader(file))


def stop_at(process, seen):
    """Press Ctrl-C when this has been printed."""
    for line in process.stdout:
        if seen in line:
            break
    interrupt(process)
    shown, errors = process.communicate(timeout=60)
    assert process.returncode == 130, shown + errors

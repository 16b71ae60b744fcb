"""What a console costs: to open one, to have a statement evaluated, to complete a name; and a script that is stuck."""

import asyncio
import resource
import statistics
import subprocess
import sys
import threading
import time
import uuid
from contextlib import ExitStack, closing, contextmanager

from benchmarks import scripts
from benchmarks.timing import LAGER, command, percentiles, private_home, seconds
from lager import wire
from lager.client import Service
from lager_cli.console.course import Course
from lager_cli.console.link import Link
from lager_cli.console.session import Session

ATTACHED = 0.15  # s that `--console ID -c 1+1` may take longer than the command line's own start
EVALUATED = 2e-3  # s, median
COMPLETED = 20e-3  # s
STATEMENTS = 2000
COMPLETIONS = 300
FRESH = 8  # scripts that never had a console
HELD = 30  # s for which a call in C keeps the interpreter
PAUSED = "    no auto-resume"  # the last line of the banner
TEXT = """
import asyncio, json, lager
for n in range(2000):
    globals()[f"name_{n:04}"] = n
class Place: pass
deep = at = Place()
for n in range(12):
    at.inner = Place()
    at = at.inner
at.__dict__.update({f"leaf_{n:04}": n for n in range(2000)})
lager.pause(timeout=0, interactive=True)
"""
PATH = "deep" + ".inner" * 12
HOLD = f"import ctypes; ctypes.PyDLL(None).sleep({HELD})"  # PyDLL does not let go of the interpreter, as CDLL does
# The same library at both ends as the console's, and nothing behind it.
ECHO = """
import asyncio
from websockets.asyncio.server import serve
async def echo(connection):
    async for message in connection:
        await connection.send(message)
async def main():
    async with serve(echo, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run(main())
"""


def main() -> None:
    with private_home() as (_, env):
        service = scripts.runner(env)
        _attaching(service, env)
        with paused(service, TEXT) as run, sit(service, run) as session, _echo() as echo:
            _evaluating(session, echo)
            _completing(session, echo)
        _holding(service)


@contextmanager
def paused(service, text):
    """A script that has paused; it goes on at the end."""
    run = scripts.start(service, text)
    with closing(scripts.Followed(service, run)) as followed:
        followed.line(PAUSED)
        yield run
        scripts.go_on(service, run)


def sit(service, run):
    """Open a console, as the command line does."""
    return Session(lambda: service.connect(f"/runs/{run}/console"), "benchmark")


def _attaching(service, env):
    """From the start of the command to its end; against a command that starts, and does nothing."""
    nothing = command(LAGER, "--version", env=env)

    def pair(run):
        return _cost(command(LAGER, "python", "--console", run, "-c", "1+1", env=env)), _cost(nothing)

    with paused(service, TEXT) as run:
        pair(run)  # warm
        _print_attached("lager python --console ID -c 1+1", [pair(run) for _ in range(15)])
    first = []
    for _ in range(FRESH):
        with paused(service, TEXT) as run:
            first.append(pair(run))
    _print_attached("  the script's first console", first)


def _print_attached(name, pairs):
    mine, theirs = (statistics.median(took for took, _ in one) for one in zip(*pairs, strict=True))
    over, cpu = (statistics.median(a[n] - b[n] for a, b in pairs) for n in range(2))
    print(
        f"{name:52s} {mine * 1000:8.2f} ms   baseline {theirs * 1000:8.2f} ms (lager --version)   "
        f"{over * 1000:+.2f} ms, of CPU {cpu * 1000:+.2f} ms   (budget +{ATTACHED * 1000:g} ms)"
    )


def _cost(action):
    """Run a command; how long it took, and its CPU time, s: on a busy machine the second says more."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = seconds(action)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _evaluating(session, echo):
    def evaluate():
        assert session.evaluate("1", lambda _: None)

    _report(f"evaluate, {STATEMENTS} statements", evaluate, echo, STATEMENTS, f"median {EVALUATED * 1000:g} ms")


def _completing(session, echo):
    answered = threading.Event()

    def complete(source, count):
        def came(found):
            assert len(found.names) == count, found
            answered.set()

        answered.clear()
        assert session.ask(wire.Complete, source, len(source), came)
        assert answered.wait(20)

    for name, source, count in (
        ("complete one of 2000 names", "name_19", 100),
        ("complete a module's name", "asyncio.start_", len([one for one in dir(asyncio) if one.startswith("start_")])),
        ("complete an attribute, 13 deep, one of 2000", f"{PATH}.leaf_19", 100),
    ):
        subject = lambda asked=source, found=count: complete(asked, found)  # noqa: E731
        _report(name, subject, echo, COMPLETIONS, f"{COMPLETED * 1000:g} ms")


def _report(name, subject, baseline, rounds, budget):
    subject(), baseline()  # warm
    mine, theirs = zip(*((seconds(subject), seconds(baseline)) for _ in range(rounds)), strict=True)
    ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    for title, times, more in ((name, mine, f"(budget {budget})"), ("  baseline: a bare WebSocket's echo", theirs, "")):
        found = percentiles(times)
        print(
            f"{title:52s} median {found.median * 1000:.2f}, p99 {found.p99 * 1000:.2f}, max {found.longest * 1000:.2f}"
            f" ms   {more or f'ratio {ratio:6.2f}'}"
        )


@contextmanager
def _echo():
    """What sends a message to and fro."""
    server = subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
    with server, Service("", "127.0.0.1", int(server.stdout.readline()), "").connect("/") as stream:

        def echo():
            stream.send(wire.Ping(1))
            stream.receive(wire.FromConsole)

        yield echo
        server.terminate()


def _holding(service):
    """A script that is stuck in C: two consoles and a follower on it, and what they see of it."""
    breaks = []
    with ExitStack() as ends, paused(service, TEXT) as run:
        first, second = (ends.enter_context(sit(service, run)) for _ in range(2))
        heard = []
        course = Course(uuid.uuid4().hex, "benchmark", view=True)
        follower = Link(
            lambda: service.connect(f"/runs/{run}/console"), course, heard.append, lambda: breaks.append("follower")
        )
        follower.open()
        ends.callback(follower.close)
        for name, one in (("first", first), ("second", second)):
            one.on_change = lambda who=name, at=one: breaks.append(who) if "connection" in at.trouble else None
        quiet = [seconds(lambda: first.evaluate("1", lambda _: None)) for _ in range(50)]
        told, begin = [], time.monotonic()
        first.evaluate(HOLD, lambda one: told.append((time.monotonic() - begin, one.text.strip())))
        took = time.monotonic() - begin
        after = [seconds(lambda who=who: who.evaluate("1", lambda _: None)) for who in (first, second)]
        (info,) = [one for one in service.get("/runs", list[wire.RunInfo]) if one.id == run]
    silent = [one for one in heard if isinstance(one, wire.NotAnswering)]
    print(
        f"{f'a statement that holds the interpreter, {HELD} s':52s} consoles dropped {len(breaks)} of 3 (budget 0), "
        f"the run is {info.state}; it took {took:.1f} s; a follower was told {len(silent)} times"
    )
    for at, text in told:
        print(f"{'':52s} after {at:4.1f} s: {text}")
    print(
        f"{'  the next statement, of this console and another':52s} {after[0] * 1000:.2f} and {after[1] * 1000:.2f} ms"
        f"   baseline {statistics.median(quiet) * 1000:.2f} ms (before)"
    )

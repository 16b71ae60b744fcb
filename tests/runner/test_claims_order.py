"""What runs do about the lock reaches it in the order it happened, also where they pause, go on and end all at once."""

import asyncio
import contextlib

import filelock
import pytest

from lager import boxlock, wire
from lager.lockfile import FILE, LockFile
from lager_debugbridge import events
from lager_debugbridge.bridge import Bridge
from lager_runner.claims import Claims

RUN, ALICE = "run-1", "alice"
TRIES = 8  # of what the threads that tell the lock may do in either order


class Bench:
    """The claims of one run of alice's, with real pauses and a real file; what its script would say is said here."""

    def __init__(self, folder):
        self.path = str(folder / FILE)
        self.lock = LockFile(folder)
        self.alive = []
        self.renew()

    def renew(self):
        self.bridge = Bridge(on_event=self._news, on_claim=lambda run: self.claims.wanted(run))
        self.claims = Claims(self.lock, self.bridge, lambda: self.alive)

    def _news(self, run, event):
        self.claims.heard(run, event)

    async def begin(self):
        self.alive.clear()
        async with self.claims.starting(RUN, wire.RunRequest(name="main.py", content=b"", holder=ALICE)):
            self.alive.append(RUN)
        assert self.lock.now().runs == (RUN,)

    def hit(self, key):
        place = {"label": None, "file": "main.py", "line": 1, "function": "f", "thread": key}
        hit = wire.Hit(run=RUN, key=key, pid=1, timeout=0, left=None, interactive=False, **place)
        self.bridge.handle(events.Hit(hit, 1, 0.0, 0.0))

    def released(self, key, reason):
        self.bridge.handle(events.Released(key, reason, 1))

    async def end(self):
        self.bridge.script_gone(RUN)
        await self.claims.ended(RUN)
        self.alive.clear()

    async def done(self):
        """Wait until all that was to be told is told, with what that brings about."""
        for _ in range(3):
            await turns()
            await self.claims._tell(boxlock.Beat("nobody"))

    @contextlib.contextmanager
    def busy(self):
        """Keep the file's flock: what is to be told waits."""
        with filelock.FileLock(f"{self.path}.flock", thread_local=False):
            yield


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


async def turns(count=50):
    """Let the loop do what it can without anything from outside."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_a_run_that_ends_while_it_is_about_to_get_the_lock_does_not_get_it(bench):
    async def scene():
        bench.renew()
        await bench.begin()
        bench.hit("one")
        await bench.done()
        with bench.busy():
            bench.bridge.resume(RUN, None, ALICE)
            await turns()
            end = asyncio.create_task(bench.end())
            await turns()
            assert not end.done(), "nobody is told of its end while the box is not free"
        await end
        await bench.claims.close()

    for _ in range(TRIES):
        asyncio.run(scene())
        assert bench.lock.now() == boxlock.FREE


def test_a_run_that_ends_just_as_a_pause_of_it_was_aborted_leaves_nothing(bench):
    async def scene():
        await bench.begin()
        bench.hit("one")
        await bench.done()
        bench.bridge.abort(RUN, None, wire.AbortRequest(ALICE))
        bench.released("one", "aborted")
        await bench.end()
        await bench.claims.close()
        assert bench.lock.now() == boxlock.FREE

    asyncio.run(scene())


def test_a_pause_right_after_one_that_was_aborted_needs_the_lock_to_go_on(bench):
    async def scene():
        await bench.begin()
        bench.hit("one")
        await bench.done()
        with bench.busy():
            bench.bridge.abort(RUN, None, wire.AbortRequest(ALICE))
            bench.released("one", "aborted")
            await turns()
            bench.hit("two")
        await bench.done()
        await turns()
        assert bench.lock.tell(boxlock.Ask("bob", "user", None)).refused is False
        bench.bridge.resume(RUN, None, ALICE)
        await bench.done()
        await turns()
        assert bench.bridge.pauses(RUN)[0].waits_for == "bob"
        await bench.claims.ended(RUN)
        await bench.claims.close()

    asyncio.run(scene())


def test_a_thread_that_pauses_while_another_is_released_leaves_the_lock_with_the_other(bench):
    async def scene():
        await bench.begin()
        bench.hit("one")
        await bench.done()
        with bench.busy():
            bench.bridge.resume(RUN, None, ALICE)
            await turns()
            bench.hit("two")
        for _ in range(4):
            await bench.done()
            await turns()
        assert bench.lock.now().runs == (RUN,)
        bench.released("one", "resumed")
        await bench.end()
        await bench.claims.close()

    asyncio.run(scene())


def test_what_an_aborted_script_does_at_its_end_is_let_be_whoever_has_the_box(bench):
    async def scene():
        await bench.begin()
        bench.hit("one")
        await bench.done()
        bench.lock.tell(boxlock.Ask("bob", "user", None))
        bench.bridge.abort(RUN, None, wire.AbortRequest(ALICE))
        bench.released("one", "aborted")
        await bench.done()
        await turns()
        await bench.done()
        assert bench.lock.shuts_out(ALICE, RUN) == "", "its `finally:` may have to switch things off"
        await bench.end()
        await bench.done()
        assert bench.lock.shuts_out(ALICE, RUN) == "bob"
        await bench.claims.close()

    asyncio.run(scene())

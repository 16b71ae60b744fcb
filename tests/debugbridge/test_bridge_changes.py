"""What a bridge asks of scripts, and what it tells those who asked; the scripts are played by this test."""

import asyncio
import contextlib
import time

import pytest

from lager import errors, wire
from lager_debugbridge.bridge import Bridge
from lager_debugbridge.effects import Soon

VOLTS = wire.ContinueRequest("alice", [("volts", "3.3")], "volts * 2")
PATIENCE = 20  # s


class Player:
    """One paused thread of a script."""

    def __init__(self, reader, writer, key):
        self.reader, self.writer, self.key = reader, writer, key
        self.name = ""

    def say(self, message):
        self.writer.write(wire.to_json(message) + b"\n")

    def release(self, reason="resumed", *done):
        self.say(wire.Released(self.key, reason, list(done)))

    async def hear(self, kind):
        line = await asyncio.wait_for(self.reader.readline(), PATIENCE)
        message = wire.from_json(line, wire.ToScript)
        assert isinstance(message, kind), message
        return message


class Stage:
    """A bridge, and the scripts that play with it."""

    def __init__(self, path):
        self.path = path
        self.time = 100.0
        self.players = []
        self.news = asyncio.Queue()
        self.bridge = Bridge(
            on_event=lambda run, event: self.news.put_nowait((run, event)), clock=lambda: self.time, wall=lambda: 5e8
        )

    @contextlib.asynccontextmanager
    async def served(self):
        serving = asyncio.ensure_future(self.bridge.serve(self.path))
        try:
            while not self.path.exists():  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0)
            yield
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            for player in self.players:
                player.writer.close()
                with contextlib.suppress(ConnectionError):  # the bridge was quicker
                    await player.writer.wait_closed()

    async def pause(self, key, run="run", left=None, **more):
        player = Player(*await asyncio.open_unix_connection(self.path), key)
        self.players.append(player)
        fields = {"pid": 1, "label": None, "file": "t.py", "line": 3, "function": "f", "thread": "MainThread"}
        player.say(wire.Hit(run=run, key=key, timeout=left or 0, left=left, interactive=False, **(fields | more)))
        player.announced = await player.hear(wire.Announced)
        assert isinstance((await self.event())[1], wire.PauseBegan)
        return player

    async def event(self):
        return await asyncio.wait_for(self.news.get(), PATIENCE)

    async def pass_time(self, seconds):
        """Move the clock; the next event of any run has the bridge look at it."""
        self.time += seconds
        other = await self.pause(f"at {self.time}", run="other")
        other.writer.close()


@pytest.fixture
def play(folder):
    """Run a coroutine with a stage on which a bridge is served."""

    async def perform(scene):
        stage = Stage(folder / "s")
        async with stage.served():
            await scene(stage)

    return lambda scene: asyncio.run(perform(scene))


def test_changes_are_answered_by_the_script(play):
    async def scene(stage):
        script = await stage.pause("a")
        going = asyncio.ensure_future(stage.bridge.go_on("run", None, VOLTS))
        assert await script.hear(wire.Release) == wire.Release("a", "resumed", "alice", VOLTS.sets, VOLTS.value)
        assert [pause.name for pause in stage.bridge.pauses("run")] == ["run"]
        for again in (lambda: stage.bridge.resume("run", 1, "bob"), lambda: stage.bridge.abort("run", 1, _abort())):
            with pytest.raises(errors.NothingPaused, match="run is being resumed by alice"):
                again()
        script.release("resumed", "volts = 3.3 (was 5.0)", "value 6.6")
        assert await going == wire.Resumed("run", ["run"], ["volts = 3.3 (was 5.0)", "value 6.6"])
        assert await stage.event() == ("run", wire.PauseEnded(1, "resumed", "alice"))
        with pytest.raises(errors.NothingPaused, match=r"run\.1 was resumed by alice"):
            stage.bridge.resume("run", 1, "bob")

    play(scene)


def test_changes_that_the_script_declines(play):
    async def scene(stage):
        script = await stage.pause("a")
        going = asyncio.ensure_future(stage.bridge.go_on("run", 1, VOLTS))
        await script.hear(wire.Release)
        script.say(wire.Declined("a", wire.ErrorBody("change-refused", "there is no volts", "near: bolts")))
        with pytest.raises(errors.ChangeRefused, match="there is no volts"):
            await going
        assert await stage.bridge.go_on("run", 1, wire.ContinueRequest("bob")) == wire.Resumed("run", ["run"])
        assert await script.hear(wire.Release) == wire.Release("a", "resumed", "bob")

    play(scene)


def test_a_deadline_that_passed_meanwhile_comes_at_once(play):
    async def scene(stage):
        script = await stage.pause("a", left=5.0, on_timeout="abort")
        going = asyncio.ensure_future(stage.bridge.go_on("run", 1, VOLTS))
        await script.hear(wire.Release)
        await stage.pass_time(6)
        script.say(wire.Declined("a", wire.ErrorBody("change-refused", "no")))
        with pytest.raises(errors.ChangeRefused):
            await going
        assert await script.hear(wire.Release) == wire.Release("a", "aborted")

    play(scene)


def test_a_script_that_does_not_answer(play):
    async def scene(stage):
        script = await stage.pause("a")
        going = asyncio.ensure_future(stage.bridge.go_on("run", 1, VOLTS))
        await script.hear(wire.Release)
        await stage.pass_time(15)
        with pytest.raises(errors.LagerError, match="unknown; run is still paused"):
            await going
        assert stage.bridge.resume("run", None, "bob") == "run"
        assert await script.hear(wire.Release) == wire.Release("a", "resumed", "bob")

    play(scene)


def test_a_script_that_dies_on_the_way(play):
    async def scene(stage):
        script = await stage.pause("a")
        going = asyncio.ensure_future(stage.bridge.go_on("run", 1, VOLTS))
        await script.hear(wire.Release)
        script.writer.close()
        with pytest.raises(errors.NothingPaused, match="script ended"):
            await going
        assert stage.bridge.pauses("run") == []

    play(scene)


def test_who_asked_may_go_away(play):
    async def scene(stage):
        script = await stage.pause("a")
        going = asyncio.ensure_future(stage.bridge.go_on("run", 1, VOLTS))
        await script.hear(wire.Release)
        going.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await going
        script.release("resumed", "volts = 3.3")
        assert (await stage.event())[1].by == "alice"

    play(scene)


def test_a_box_that_ends_on_the_way(folder):
    async def scene():
        stage = Stage(folder / "s")
        async with stage.served():
            script = await stage.pause("a")
            going = asyncio.ensure_future(stage.bridge.go_on("run", 1, VOLTS))
            await script.hear(wire.Release)
        with pytest.raises(errors.ServiceUnreachable, match="unknown"):
            await going

    asyncio.run(scene())


def test_what_cannot_be_asked(play):
    async def scene(stage):
        await stage.pause("a")
        await stage.pause("b")
        with pytest.raises(errors.AmbiguousId, match=r"run.1 \(at t.py:3, thread MainThread\), run.2"):
            await stage.bridge.go_on("run", None, VOLTS)
        with pytest.raises(errors.UsageError, match="not to all"):
            await stage.bridge.go_on("run", None, wire.ContinueRequest("me", value="1", all=True))
        with pytest.raises(errors.NothingPaused, match="other is not paused: it is running"):
            await stage.bridge.go_on("other", None, VOLTS)
        with pytest.raises(errors.AmbiguousId):
            stage.bridge.abort("run", None, _abort())
        assert len(stage.bridge.pauses("run")) == 2

    play(scene)


def test_abort_one_and_all(play):
    async def scene(stage):
        scripts = [await stage.pause(key) for key in "abc"]
        assert stage.bridge.abort("run", 2, _abort()) == wire.Resumed("run.2", ["run.2"])
        assert await scripts[1].hear(wire.Release) == wire.Release("b", "aborted", "bob")
        scripts[1].release("aborted")
        assert await stage.event() == ("run", wire.PauseEnded(2, "aborted", "bob"))
        assert stage.bridge.abort("run", None, _abort(all=True)) == wire.Resumed("run", ["run.1", "run.3"])
        for script in (scripts[0], scripts[2]):
            assert (await script.hear(wire.Release)).reason == "aborted"

    play(scene)


def test_who_asked_for_it_and_that_its_end_is_near(play):
    async def scene(stage):
        stage.bridge.asked("run", "alice")
        script = await stage.pause("a", left=60.0, kind="outside")
        assert script.announced.label == "asked for by alice"
        (pause,) = stage.bridge.pauses("run")
        assert (pause.label, pause.until) == ("asked for by alice", 5e8 + 60)
        stage.time += 30
        await stage.pause("b")
        run, soon = await stage.event()
        assert (run, type(soon), soon.pause.number, soon.pause.until) == ("run", Soon, 1, 5e8 + 60)

    play(scene)


def test_a_hundred_scripts_at_once(play):
    async def scene(stage):
        scripts = [await stage.pause("a", run=f"run{number}") for number in range(100)]
        began = time.perf_counter()
        listed = [stage.bridge.pauses(f"run{number}") for number in range(100)]
        assert time.perf_counter() - began < 0.2
        assert [len(pauses) for pauses in listed] == [1] * 100
        for number, script in enumerate(scripts):
            stage.bridge.resume(f"run{number}", None, "me")
            script.release()
        for _ in scripts:
            assert isinstance((await stage.event())[1], wire.PauseEnded)

    play(scene)


def _abort(**asked):
    return wire.AbortRequest("bob", **asked)

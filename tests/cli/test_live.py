"""A net, live, from the side of a screen: readings, commands, and all the ways a connection is lost and comes back."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "hwservice"))
from ownbench import Bench, Process, environment

from lager import errors, tls, tlscertificate, wire
from lager.client import Service
from lager_cli import livelink
from lager_cli.live import LiveNet

PATIENCE = 30


class OneBox:
    """An App whose box is the test's hardware service, wherever that listens now."""

    def __init__(self, bench, **other):
        self._bench, self._other = bench, other

    def box(self):
        facts = {"box": "lab", "host": "127.0.0.1", "port": self._bench.ready["http_port"], "token": self._bench.token}
        self.bench = Service(**facts, **self._other)
        return self

    def whereabouts(self, _):
        return self.box()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("instruments")
    process = Process("lager_drivers.simulated", "--state", folder, env=environment(folder))
    nets = wire.from_json(Path(process.report("ready")["bench"]).read_bytes(), list[wire.NetRecord])
    yield folder, nets
    process.close()


@pytest.fixture(scope="module")
def bench(simulated):
    folder, nets = simulated
    one = Bench(folder, [net for net in nets if net.instrument == "Keithley_2281S"])
    yield one
    one.close()


async def heard(events, kind, of=lambda _: True):
    """Wait for an event of that kind; give what it carries."""

    async def found():
        async for name, payload in events:
            if name == kind and of(payload):
                return payload
        raise AssertionError(f"it ended without {kind}")

    return await asyncio.wait_for(found(), PATIENCE)


def test_readings_commands_and_the_end(bench):
    async def use():
        live = LiveNet(OneBox(bench), "supply1", "power-supply", 0.1)
        await live.open()
        events = live.events()
        ready = await heard(events, "ready")
        assert (ready["netname"], ready["voltage_max"], ready["current_max"]) == ("supply1", 20.0, 6.1)
        said = await asyncio.gather(live.command("voltage", value=1.25), live.command("current", value=0.5))
        assert [(one.success, one.message) for one in said] == [
            (True, "Voltage set to 1.25V"),
            (True, "Current limit set to 0.5A"),
        ]
        state = await heard(events, "state", lambda state: state["voltage_set"] == 1.25)
        assert (state["current_set"], state["enabled"]) == (0.5, False)
        refused = await live.command("voltage", value=99)
        assert refused == (False, "Voltage 99V exceeds hardware limit 20.0V", "out-of-range", "give at most 20V", "")
        assert not (await live.command("explode")).success
        await live.close()
        assert [name async for name, _ in events if name not in ("state", "error")] == []
        assert (await live.command("enable")).message == "there is no connection to the box: nothing was sent"

    asyncio.run(use())


def test_what_cannot_be_watched_is_an_error_at_once(bench):
    async def use():
        async with LiveNet(OneBox(bench), "battery1", "battery", 0.1) as live:
            await heard(live.events(), "state", lambda state: state["model"])
            for name, role, error in (
                ("supply1", "power-supply", errors.RoleConflict),
                ("battery1", "power-supply", errors.WrongNetType),
                ("suply1", "power-supply", errors.NetNotFound),
            ):
                with pytest.raises(error):
                    await LiveNet(OneBox(bench), name, role).open()
        bad_token = OneBox(bench)
        bad = LiveNet(bad_token, "supply1", "power-supply")
        bad_token.bench = Service("lab", "127.0.0.1", bench.ready["http_port"], "wrong")
        with pytest.raises(errors.TokenRefused):
            await bad.open()

    with pytest.raises(errors.UsageError):
        LiveNet(OneBox(bench), "  ", "battery")
    asyncio.run(use())


def test_an_instrument_that_is_unplugged_and_plugged_in(bench):
    async def use():
        async with LiveNet(OneBox(bench), "supply1", "power-supply", 0.1) as live:
            events = live.events()
            await heard(events, "state")
            await asyncio.to_thread(bench.happens, "unplug", "supply1")
            away = await heard(events, "error")
            assert (away["code"], away["ended"]) == ("instrument-gone", False)
            assert away["message"].startswith("the Keithley_2281S at USB0::")
            assert away["hint"]
            refused = await live.command("enable")
            assert (refused.success, refused.code) == (False, "instrument-gone")
            await asyncio.to_thread(bench.happens, "replug", "supply1")
            await heard(events, "state")

    asyncio.run(use())


def test_a_service_that_dies_or_is_silent_is_told_and_comes_back(bench, monkeypatch):
    monkeypatch.setattr(livelink, "CONNECT_WITHIN", 1.0)
    monkeypatch.setattr(livelink, "PROBE_WITHIN", 0.5)

    def start_again():
        bench.process.close()
        bench.start()

    async def use():
        async with LiveNet(OneBox(bench), "supply1", "power-supply", 0.1) as live:
            events = live.events()
            await heard(events, "state")
            os.kill(bench.process.popen.pid, signal.SIGKILL)
            assert (await heard(events, "gone"))["message"].endswith("is lost")
            refused = await heard(events, "gone")
            assert "\nAction: cannot reach 127.0.0.1:" in refused["message"]
            assert (await live.command("enable")).code == "unreachable"
            await asyncio.to_thread(start_again)
            await heard(events, "back")
            await heard(events, "ready")
            await heard(events, "state")
            os.kill(bench.process.popen.pid, signal.SIGSTOP)
            unsure = await live.command("voltage", value=2)
            assert (unsure.success, "it may or may not have been carried out" in unsure.message) == (False, True)
            await heard(events, "gone", lambda why: "\nAction: timed out reaching 127.0.0.1:" in why["message"])
            os.kill(bench.process.popen.pid, signal.SIGCONT)
            await heard(events, "back")
            await heard(events, "state")

    asyncio.run(use())


def test_a_pinned_certificate_and_another_one(simulated, tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path / "certificate"))
    certificate = tlscertificate.own()
    nets = [net for net in simulated[1] if net.name == "supply2"]
    bench = Bench(tmp_path, nets, "--tls-cert", certificate, "--tls-key", certificate)

    async def use():
        pinned = OneBox(bench, fingerprint=tls.of_file(certificate))
        async with LiveNet(pinned, "supply2", "power-supply", 0.1) as live:
            await heard(live.events(), "state")
        with pytest.raises(errors.BoxNotTrusted, match="another certificate"):
            await LiveNet(OneBox(bench, fingerprint="ab" * 32), "supply2", "power-supply").open()
        with pytest.raises(errors.BoxNotTrusted, match="speaks TLS"):
            await LiveNet(OneBox(bench), "supply2", "power-supply").open()

    asyncio.run(use())
    bench.close()

"""Live monitors over real connections: what clients are told, in which order, and who is refused."""

import asyncio
import contextlib
import http.client
import json
from pathlib import Path

import pytest
import socketio
import websockets
from livewatcher import Watcher
from ownbench import Bench, Process, environment

from lager import wire

CONFLICT = (
    "'{}' is on the same Keithley 2281S as '{}', which is currently in use as a {}. "
    "The 2281S supports one role at a time — close the {} session first."
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """A service on a simulated 2281S, which is supply1 and battery1."""
    folder = tmp_path_factory.mktemp("live")
    process = Process("lager_drivers.simulated", "--state", folder, env=environment(folder))
    nets = wire.from_json(Path(process.report("ready")["bench"]).read_bytes(), list[wire.NetRecord])
    one = Bench(folder, [net for net in nets if net.instrument == "Keithley_2281S"])
    yield one
    one.close()
    process.close()


def post(bench, path, body):
    """Ask as an HTTP client does; the status and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", bench.ready["http_port"], timeout=30)
    with contextlib.closing(connection):
        headers = {"Authorization": f"Bearer {bench.token}", "Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.mark.parametrize("transports", [("websocket",), ("polling",), ("polling", "websocket")])
def test_a_supply_from_connecting_to_the_end(bench, transports):
    async def watched():
        async with Watcher(bench, transports=transports) as one:
            event, hello = await one.next()
            assert (event, hello) == ("connected", {"status": "ready", "session_id": hello["session_id"]})
            await one.start("supply1", 0.2)
            heard = [await one.next() for _ in range(4)]
            done = await one.command("voltage", value=2.5)
            assert done == {"success": True, "action": "voltage", "message": "Voltage set to 2.5V"}
            while (await one.state())["voltage_set"] != 2.5:
                pass
            await one.tell("stop_supply_monitor")
            assert await one.until("supply_monitor_stopped") == {"message": "Supply monitoring stopped"}
        return heard

    started, ready, first, second = asyncio.run(watched())
    words = "Started monitoring supply: supply1"
    assert started == ("supply_monitor_started", {"netname": "supply1", "interval": 0.2, "message": words})
    words = "Supply driver ready for supply1"
    facts = {"netname": "supply1", "channel": 1, "voltage_max": 20.0, "current_max": 6.1, "message": words}
    assert ready == ("supply_driver_ready", facts)
    assert (first[0], second[0]) == ("supply_state_update", "supply_state_update")
    state = first[1]["state"]
    assert list(first[1]) == ["state"]
    kinds = {"netname": str, "channel": int, "enabled": bool, "mode": str, "ocp_tripped": bool, "ovp_tripped": bool}
    numbers = ("voltage", "current", "power", "voltage_set", "current_set", "voltage_max", "current_max")
    kinds |= dict.fromkeys((*numbers, "ocp_limit", "ovp_limit"), float)
    assert {key: type(value) for key, value in state.items()} == kinds
    assert (state["netname"], state["channel"], state["enabled"], state["mode"]) == ("supply1", 1, False, "OFF")


def test_a_battery_from_connecting_to_the_end(bench):
    async def watched():
        async with Watcher(bench, "battery") as one:
            await one.until("connected")
            await one.start("battery1")
            heard = [await one.next() for _ in range(3)]
            said = [await one.command(*words) for words in (("state",), ("set",), ("clear_ovp",))]
            said.append(await one.command("soc", value=60))
            while (await one.state())["soc"] != 60:
                pass
            await one.tell("stop_battery_monitor")
            assert await one.until("battery_monitor_stopped") == {"message": "Battery monitoring stopped"}
        return heard, [one["message"] for one in said if one["success"]]

    (started, ready, update), said = asyncio.run(watched())
    words = "Started monitoring battery: battery1"
    assert started == ("battery_monitor_started", {"netname": "battery1", "interval": 0.1, "message": words})
    words = "Battery driver ready for battery1"
    assert ready == ("battery_driver_ready", {"netname": "battery1", "channel": 1, "message": words})
    assert sorted(update[1]["state"]) == [
        *("capacity", "channel", "current", "current_limit", "enabled", "esr", "mode", "model", "netname"),
        *("ocp_limit", "ocp_tripped", "ovp_limit", "ovp_tripped", "soc", "terminal_voltage", "voc"),
        *("volt_empty", "volt_full"),
    ]
    assert said == [
        "State retrieved (see monitor updates)",
        "Battery simulator mode initialized",
        "OVP trip cleared",
        "SOC set to 60%",
    ]


def test_what_is_wrong_is_said_and_the_next_try_works(bench):
    async def watched():
        async with Watcher(bench) as one:
            await one.until("connected")

            async def refused(event, payload=None):
                await one.tell(event, payload)
                return (await one.until("error"))["message"]

            for payload in (None, {}, {"netname": ""}, {"netname": 5}, "supply1"):
                assert await refused("start_supply_monitor", payload) == "netname is required"
            for interval in ("fast", True, float("nan"), float("inf"), [1]):
                said = await refused("start_supply_monitor", {"netname": "supply1", "interval": interval})
                assert said.startswith("interval cannot be ")
            for net in ("nowhere", "battery1", "x" * 5000):
                said = await refused("start_supply_monitor", {"netname": net})
                assert said.startswith(f"Could not resolve supply '{net}': ")
            no_driver = "Supply driver not available. Is monitoring active?"
            assert await one.command("enable") == {"success": False, "action": "enable", "error": no_driver}
            await one.start("supply1", 0)  # as often as a net is read at most
            assert (await one.until("supply_monitor_started"))["interval"] == 0.1
            assert await refused("start_supply_monitor", {"netname": "supply1"}) == (
                "Supply monitoring session already active"
            )
            assert [
                (await one.command(action, net))["error"] for action, net in (("state", ""), ("", "n"), (7, "n"))
            ] == [
                "netname is required",
                "action is required",
                "action is required",
            ]
            assert (await one.command("explode"))["error"] == "Unknown action: explode"
            assert (await one.command("voltage", value=99))["error"] == "Voltage 99V exceeds hardware limit 20.0V"
            assert not (await one.command("voltage", value="much"))["success"]
            assert (await one.command("voltage", net="another net", value=1.5))["message"] == "Voltage set to 1.5V"
            assert (await one.command("state"))["message"].startswith("Channel 1: OFF, Set: 1.5V/")
            await one.tell("no_such_event", {"netname": "supply1"})
            await one.state()

    asyncio.run(watched())


def test_one_role_at_a_time_in_both_directions_and_by_turns(bench):
    async def watched():
        for kind, net, other, other_net in (
            ("supply", "supply1", "battery", "battery1"),
            ("battery", "battery1", "supply", "supply1"),
        ):
            async with Watcher(bench, kind) as one, Watcher(bench, other) as two:
                await one.start(net)
                await one.state()
                await two.start(other_net)
                role = "power-supply" if kind == "supply" else "battery"
                words = CONFLICT.format(other_net, net, role, role)
                assert [await two.next() for _ in range(2)][1] == ("error", {"message": words})
                body = {"netname": other_net, "action": "state", "params": {}}
                status, answer = await asyncio.to_thread(post, bench, f"/{other}/command", body)
                assert (status, answer["success"], answer["error"]) == (200, False, words)
                await one.tell(f"stop_{kind}_monitor")
                await one.until(f"{kind}_monitor_stopped")
                await two.start(other_net)
                await two.state()

    asyncio.run(watched())


def test_who_is_gone_without_a_word_keeps_nobody_out(bench):
    async def watched():
        async with Watcher(bench) as one, Watcher(bench, "battery") as two:
            await one.start("supply1")
            await one.state()
            one.client.eio.ws._response.connection.transport.abort()
            await two.until("connected")
            while True:
                await two.start("battery1")
                event, _ = await two.next()
                if event == "battery_monitor_started":
                    return

    asyncio.run(watched())


def test_all_who_watch_are_given_the_same_readings(bench):
    async def watched():
        async with contextlib.AsyncExitStack() as all_:
            many = [await all_.enter_async_context(Watcher(bench)) for _ in range(12)]
            for one in many:
                await one.start("supply1", 0.2)
            return await asyncio.gather(*(readings(one) for one in many))

    async def readings(one):
        return [(await one.state())["voltage"] for _ in range(6)]  # no two measurements are the same

    lists = asyncio.run(watched())
    assert len({value for one in lists for value in one}) <= 8
    assert len(set.intersection(*map(set, lists))) >= 3


def test_an_instrument_that_is_away_is_said_and_comes_back(bench):
    async def watched():
        async with Watcher(bench) as one:
            await one.until("connected")
            await asyncio.to_thread(bench.happens, "unplug", "supply1")
            await one.start("supply1")
            assert (await one.next())[0] == "supply_monitor_started"
            event, said = await one.next()
            assert (event, list(said)) == ("error", ["message"])
            assert said["message"].startswith("Supply 'supply1' is not responding (first query failed): the Keithley")
            state = await one.command("state")
            assert (state["success"], state["message"].split(":")[0]) == (True, "State summary unavailable")
            done = await one.command("voltage", value=3)
            assert (done["success"], "is not there" in done["error"]) == (False, True)
            await asyncio.to_thread(bench.happens, "replug", "supply1")
            while (heard := await one.next())[0] == "error":
                pass
            assert heard[0] == "supply_driver_ready"
            assert (await one.state())["netname"] == "supply1"
            await asyncio.to_thread(bench.happens, "unplug", "supply1")
            assert (await one.until("error"))["message"].startswith("Hardware service error: the Keithley_2281S at ")
            await asyncio.to_thread(bench.happens, "replug", "supply1")
            await one.state()

    asyncio.run(watched())


def test_a_power_cycle_is_seen_and_the_next_command_knows(bench):
    async def watched():
        async with Watcher(bench) as one:
            await one.start("supply1")
            await one.command("voltage", value=7)
            while (await one.state())["voltage_set"] != 7:
                pass
            await asyncio.to_thread(bench.happens, "power-cycle", "supply1")
            while (await one.state())["voltage_set"] == 7:
                pass
            refused = await one.command("enable")
            assert (refused["success"], "was switched off and on" in refused["error"]) == (False, True)
            assert (await one.state())["enabled"] is False
            assert (await one.command("voltage", value=2))["success"]

    asyncio.run(watched())


def test_details_are_for_those_who_ask(bench):
    async def watched():
        async with Watcher(bench) as one:
            await one.until("connected")
            await one.start("suply1", details=True)
            event, said = await one.next()
            assert (event, said["code"], said["ended"]) == ("error", "net-not-found", True)
            assert "supply1" in said["hint"]
            await one.start("supply1", details=True)
            done = await one.command("voltage", value=99)
            assert (done["code"], done["hint"]) == ("out-of-range", "give at most 20V")

    asyncio.run(watched())


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("headers", [{"Authorization": "Bearer wrong"}, {"Origin": "http://somewhere.example"}])
def test_the_gate_is_in_front_of_it(bench, transport, headers):
    async def refused():
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with Watcher(bench, transports=(transport,), **headers):
                pass

    asyncio.run(refused())


NONSENSE = [
    *("", "4", "9", "4x", b"\xff", "42/supply,[]", "42/supply,{}", "42/supply,5", "42/supply,[5]", "40/uart,"),
    *('42/supply,["start_supply_monitor",{"netname":"supply1","interval":1' + "0" * 400 + "}]", "451/supply,[]"),
    *('42/supply,["connect"]', '42/supply,["supply_command"]', '42/supply,["x","' + "y" * 200_000 + '"]'),
]


def test_nonsense_harms_nobody_else(bench, capfd):
    async def talk(text):
        port, headers = bench.ready["http_port"], {"Authorization": f"Bearer {bench.token}"}
        url = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
        async with websockets.connect(url, additional_headers=headers) as connection:
            with contextlib.suppress(websockets.ConnectionClosed):
                for one in ("40/supply,", text):
                    await connection.send(one)
                await asyncio.wait_for(connection.recv(), 10)

    async def watched():
        for text in NONSENSE:
            await talk(text)
        async with Watcher(bench) as one:
            await one.start("supply1")
            await one.state()

    asyncio.run(watched())
    assert "Traceback" not in capfd.readouterr().err

"""Released clients' live screens: readings appear, a command is typed, the instrument is unplugged and comes back."""

import pytest

BENCH = "net_commands.toml"
GONE = r"Hardware service error: the Keithley_2281S at \S+ is not there"


@pytest.mark.parametrize(
    ("role", "net", "shows", "typed", "said"),
    [
        ("supply", "supply1", r"20\.000 V", "voltage 2.5", "Voltage set to 2.5V"),
        ("battery", "battery1", r"% SOC", "soc 42", r"SOC set to 42\.0%"),
    ],
)
def test_a_screen(client, box, role, net, shows, typed, said):
    one = client.terminal(role, net, "tui", "--box", "bench")
    one.expect(shows)
    if client.version != "0.21.0":  # which takes half of the keys away from its own screens
        one.type(f"{typed}\r")
        one.expect(f"> {typed}")
        one.expect(said)
    assert box.lager("sim", "unplug", net).returncode == 0
    one.expect(GONE)
    assert box.lager("sim", "replug", net).returncode == 0
    one.expect(shows)
    left = (one.type("\x03") or one.process.poll() is not None for _ in iter(int, 1))
    one.until(lambda: next(left))


def test_one_instrument_is_watched_in_one_role(client):
    if client.version == "0.21.0":
        return
    screen = client.terminal("supply", "supply1", "tui", "--box", "bench")
    screen.expect(r"20\.000 V")
    done = client.run("battery", "battery1", "soc", "20", "--box", "bench", env={"LAGER_AUTO_LOCK_DISABLE": "1"})
    other = "which is currently in use as a power-supply. The 2281S supports one role at a time"
    assert done.returncode == 1
    assert f"'battery1' is on the same Keithley 2281S as 'supply1', {other}" in done.stderr
    screen.type("q\r")
    assert screen.wait() == 0

"""`lager.device_lock` in scripts on a private box: it locks the very instrument that the nets of the bench are on."""

OPENED_BY_ITSELF = """
import lager
from lager import Net, NetType, pause

with lager.device_lock("usb::0x5e6::0x2281::4381218", timeout=0):
    try:
        Net.get("supply1", type=NetType.PowerSupply).voltage()
    except lager.LagerError as error:
        print(type(error).__name__, error.what)
    pause("mine", interactive=True)
print(Net.get("supply1", type=NetType.PowerSupply).get_voltage_setpoint())
"""
SHARED = """
import lager
from lager import Net, NetType

print(Net.get("supply1", type=NetType.PowerSupply).get_voltage_setpoint())
try:
    lager.device_lock("USB0::0x05E6::0x2281::4381218::INSTR", timeout=0).acquire()
except lager.LagerError as error:
    print(type(error).__name__, error)
with lager.device_lock("USB0::0x05E6::0x2281::ANOTHER::INSTR", timeout=0):
    print("another one is free")
"""


def test_nets_are_refused_while_a_script_has_their_instrument(home):
    terminal = home.terminal("python", home.script(OPENED_BY_ITSELF))
    terminal.expect("auto-resume in")
    shown = terminal.text
    run = shown.split("(id ")[1][:8]
    assert "InstrumentBusy supply1: USB0::0x05E6::0x2281::4381218::INSTR is in use: run " in shown
    for words in (("supply", "supply1", "state"), ("battery", "battery1", "state")):
        refused = home.lager(*words)
        assert refused.returncode == 4
        assert f"is in use: run {run} (pid" in refused.stderr
        assert f"lager python --console {run}" in refused.stderr
    assert home.lager("supply", "supply2", "state").returncode == 0  # others are as they were
    terminal.type("\r")
    terminal.expect(r"^0\.0$")
    assert home.lager("supply", "supply1", "state").returncode == 0


def test_a_script_is_told_that_the_box_has_it(home):
    assert home.lager("nets").returncode == 0  # so that the line about the start is not in the way
    done = home.lager("python", home.script(SHARED))
    assert (done.returncode, done.stderr) == (0, "")
    assert "InstrumentBusy USB0::0x05E6::0x2281::4381218::INSTR is in use: the hardware service of a box" in done.stdout
    assert "another one is free" in done.stdout

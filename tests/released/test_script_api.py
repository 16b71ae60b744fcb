"""A script as a lab has it, run by the released clients it is used to: its names are there, and do what they say."""

import pytest

BENCH = None  # the default one
SCRIPT = """
import lager
from lager import InvalidNetError, Net, NetType, SetupFunctionRequiredError, USBBackendError
from lager.core import OutputEncoders, output
from lager.util.device_lock import device_lock

psu = Net.get("supply1", type=NetType.PowerSupply)
dac, adc = Net.get("dac1", NetType.DAC), Net.get("adc8", NetType.ADC)
led, sense = Net.get("gpio1", type=NetType.GPIO), Net.get("gpio2", type=NetType.GPIO)
scope = Net.get("scope1", type=NetType.Analog)
try:
    psu.set_voltage(3.3)
    psu.enable()
    print("rail %.2f" % Net.get("adc1", NetType.ADC).input(), "pin %.2f" % lager.read_adc("T7", "AIN0"))
    dac.output(1.25)
    print("dac %.2f adc %.2f" % (dac.get_voltage(), adc.input()))
    led.output("high")
    print("gpio", sense.input(), sense.wait_for_level(1, timeout=2, scan_rate=1000, scans_per_read=10) < 2)
    scope.enable()
    scope.trace_settings.set_time_per_div(500e-6)
    scope.trigger_settings.edge.set_source(scope)
    scope.trigger_settings.edge.set_level(1.65)
    print("%.0f Hz" % scope.measurement.frequency())
    print("%.0f C" % Net.get("thermocouple3", type=NetType.Thermocouple).read())
finally:
    led.output(0)
    dac.output(0)
    psu.disable()
print(len(lager.get_saved_nets()) > 20, len(lager.get_available_instruments()), lager.Interface.jlink.value)
for encoder in OutputEncoders:
    output("raw" if encoder == OutputEncoders.Raw else {"rail": 3.3}, encoder)
try:
    Net.get("jlink1", type=NetType.Debug)
except InvalidNetError as exc:
    print(str(exc).splitlines()[0])
try:
    from lager.protocols import ble
except ImportError as exc:
    print(exc.name)
print(lager.binaries.run_custom_binary("flasher", "--version").stdout.strip())
def check():
    dac.output(5.5)
check()
"""
PRINTED = """\
rail 3.30 pin 3.30
dac 1.25 adc 1.25
gpio 1 True
1000 Hz
100 C
True 6 3
Invalid Net: jlink1
lager.protocols
flasher 1.0
Traceback (most recent call last):
  File "lab.py", line 43, in <module>
    check()
  File "lab.py", line 42, in check
    dac.output(5.5)
lager.errors.OutOfRange: dac1: DAC voltage must be between 0 and 5V, got 5.5V
  Try: choose a value from 0 to 5 V
"""
RESULTS = ["raw\n", *["{'rail': 3.3}\n"] * 3]  # they come by a way of their own, between what is printed


@pytest.fixture
def binary(client):
    added = client.run(
        "binaries", "add", client.file("flasher", "#!/bin/sh\necho flasher 1.0\n"), "--yes", "--box", "bench"
    )
    assert "uploaded successfully" in added.stdout, added
    yield
    client.run("binaries", "remove", "flasher", "--yes", "--box", "bench")


def test_a_script_of_the_released_api(client, binary):
    done = client.run("python", "--box", "bench", client.file("lab.py", SCRIPT))
    lines = [line for line in done.stdout.splitlines(keepends=True) if line.strip(" ~^\n")]
    assert ("".join(line for line in lines if line not in RESULTS), done.returncode) == (PRINTED, 1), done.stderr
    assert [line for line in lines if line in RESULTS] == RESULTS
    assert "Traceback" not in done.stderr

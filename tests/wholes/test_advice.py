"""Advice by the system's number, with real faults of an instrument on USB, and none for one on the network."""

import http.client
import json

import pytest

from lager import __version__

BENCH = "usb_and_network.toml"
NAME = "the Keithley_2281S at USB0::0x05E6::0x2281::4381218::INSTR"
BUSY = f"""\
Error: {NAME} is in use by another process.
USB device busy — another process holds the libusb interface.
Try: end what has opened it by itself (`lager python` scripts share it through Net), then call again.
  `lager diagnose supply1` says who has it;
  on the box, `sudo lsof /dev/bus/usb/*/*` shows what else has it open.
"""
GONE = f"""\
Error: {NAME} is not there (nothing of that name is on its bus).
Instrument disappeared from USB (re-enumeration).
Try: check its cable and its power, then call again: nothing needs a restart.
  The box finds it by itself on the next call, at whatever port;
  `lager diagnose supply1` says what became of it.
"""
SILENT = f"""\
Error: {NAME} did not answer in time.
Instrument did not respond to SCPI within the timeout — firmware may be wedged.
Try: look at its front panel for a message or a running measurement, then call again.
  `lager diagnose supply1` says whether it is; then switch it off and on at the mains;
  `lager instruments test supply1` says whether it is well after that.
"""
HEADLINES = ("USB device busy", "disappeared from USB", "wedged")


@pytest.fixture(autouse=True, scope="module")
def _started(home):
    home.lager("nets")


@pytest.fixture
def broken(home):
    """Break the instrument of a net, and mend it after."""
    nets = []

    def fault(kind, net):
        nets.append(net)
        assert home.lager("sim", kind, net).returncode == 0

    yield fault
    for net in nets:
        home.lager("sim", "clear", net)
        home.lager("sim", "replug", net)


@pytest.mark.parametrize(
    ("kind", "screen", "raw"),
    [
        ("hold", BUSY, "USBError: [Errno 16] Resource busy\n"),
        ("unplug", GONE, ""),
        ("wedge", SILENT, "VisaIOError: VI_ERROR_TMO"),
    ],
)
def test_the_three_numbers_of_usb(home, broken, kind, screen, raw):
    broken(kind, "supply1")
    words = ("supply", "supply1", "voltage")
    done = home.lager(*words)
    assert (done.returncode, done.stdout, done.stderr) == (4, "", screen)
    shown = home.lager(*words, "--debug").stderr
    assert screen in shown
    assert shown.startswith("Traceback ")
    named = home.lager(*words, "--box", "local").stderr
    assert "`lager diagnose supply1 --box local` says" in named, "the command is for the box that was meant"
    if raw:
        assert f"--- raw error ---\n{raw}" in shown


@pytest.mark.parametrize("kind", ["unplug", "wedge"])
def test_a_network_is_no_instrument(home, broken, kind):
    broken(kind, "supply2")
    done = home.lager("supply", "supply2", "voltage")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("Error: the Rigol_DP832 at TCPIP0::127.0.0.1::")
    assert not any(one in done.stderr for one in HEADLINES)


def test_both_services_say_their_version_with_every_answer(home):
    done = home.lager("box", "status", "--json")
    assert done.returncode == 0
    info = json.loads(done.stdout)
    for port in (info["runner"], info["http"], info["hardware"]):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/health")  # without a token it is refused, and says it all the same
        assert connection.getresponse().getheader("Lager-Version") == __version__
        connection.close()

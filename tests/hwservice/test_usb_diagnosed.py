"""`GET /diagnose/usb` of a real service, whose instrument is on the simulated bench's USB and not in this kernel's."""

import urllib.parse

from test_service import http as ask

INSTRUMENTS = {"Keithley_2281S"}
K = "USB0::0x05E6::0x2281::4381218::INSTR"
NOT_USB = "not a USB VISA address (expected USB0::0xVID::0xPID::SERIAL::INSTR)"


def look(bench, address=K):
    status, found = ask(bench, "http_port", f"/diagnose/usb?{urllib.parse.urlencode({'address': address})}")
    assert status == 200, found
    return found


def test_an_instrument_is_looked_for_where_it_is_reached(simulated):
    (via,) = {net.via for net in simulated.service.nets()}
    elsewhere = f"it is reached over {via}, not through this machine's kernel"
    silent = "a USB/IP server does not say who has a device"
    there = {
        "address": K,
        "via": via,
        "enumerated": True,
        "sysfs_path": None,
        "device_path": f"{via}/1-1",
        "vid": "05e6",
        "pid": "2281",
        "serial": "4381218",
        "is_usbtmc": True,
        "lsof": None,
        "holders_ours": [],
        "hidden": None,
        "usbtmc_loaded": None,
        "dmesg_tail": None,
        "driver": None,
        "authorized": None,
        "interfaces": ["fe/03"],
        "same_kind": [],
        "could_not_look": {"modules": elsewhere, "messages": elsewhere, "holders": silent},
    }
    assert look(simulated) == there
    assert look(simulated, "usb::1510::8833::4381218::0::instr")["device_path"] == f"{via}/1-1"

    simulated.hardware.call("supply1", "power-supply", "state")
    worker = simulated.workers()["Keithley_2281S"]["pid"]
    found = look(simulated)
    (ours,) = found["holders_ours"]
    assert (ours["pid"], ours["ours"], ours["serves"], ours["has"]) == (str(worker), True, True, "lock")
    assert found | {"holders_ours": []} == there

    simulated.happens("unplug", "supply1")
    found = look(simulated)
    assert (found["enumerated"], found["is_usbtmc"], found["device_path"]) == (False, None, None)
    assert found["classification_hint"] == "instrument not enumerated on USB \N{EM DASH} check power and cabling"
    simulated.happens("replug", "supply1")
    for fault in ("wedge", "hold", "stall"):  # what the bus shows is the same
        simulated.happens(fault, "supply1")
        assert look(simulated)["enumerated"] is True
        simulated.happens("clear", "supply1")

    assert look(simulated, K.replace("438", "999"))["via"] == ""  # no net of it: this machine's own USB is looked at
    for address, words in {"modbus-tcp://a": NOT_USB, "": "address parameter required"}.items():
        status, body = ask(simulated, "http_port", f"/diagnose/usb?address={address}")
        assert (status, body["address"], body["error"], body["code"]) == (400, address, words, "usage")
    assert ask(simulated, "http_port", "/diagnose/usb")[0] == 400
    ask(simulated, "http_port", "/lock", {"user": "somebody"})
    assert look(simulated)["enumerated"] is True

"""What a box has found, and what that means: every row of both trees, and which comes first where several fit."""

import re

import msgspec
import pytest

from lager import errors
from lager.diagnosis import (
    LAN_ROWS,
    STATUSES,
    USB_ROWS,
    Dispatcher,
    Facts,
    Holder,
    Lan,
    Usb,
    Visa,
    classify,
    on_network,
    read,
)

USB = "USB0::0x05E6::0x2281::4381218::INSTR"
LAN = "TCPIP0::10.0.0.5::5555::SOCKET"
PYTHON, OTHER = Holder("python3", "12"), Holder("foo", "13")
RUN = Holder("python", "14", run="ff1507d9-c317-4444-9556-bc298eac2cc7")
OWN = Holder("lager_hwservice", "15", ours=True)
THERE = {"enumerated": True, "is_usbtmc": True, "device_path": "/dev/bus/usb/001/004"}
IDN = "KEITHLEY,2281S,4381218,01.08b"


def usb(known=None, box="lab", unserved=(), others=(), **visa):
    return Facts(
        net="psu 1",
        role="power-supply",
        address=USB,
        channel="1",
        box=box,
        others=others,
        command="supply 'psu 1' state",
        unserved=unserved,
        usb=Usb(**{**THERE, "usbtmc_loaded": False, **(known or {})}),
        visa=Visa(**visa),
    )


def lan(box="lab", **known):
    given = {"host": "10.0.0.5", "port": 5555, "resolved": ["10.0.0.5"], "route": "eth0 direct", "via": "fresh"}
    return Facts(
        net="load1",
        role="eload",
        address=LAN,
        channel="1",
        instrument="Rigol_DL3021",
        box=box,
        lan=Lan(**{**given, **known}),
    )


def elsewhere(role, address, command=""):
    return Facts(net="it", role=role, address=address, box="lab", command=command)


# What was found, the verdict, its headline, and the first thing to do.
ROWS = [
    (
        usb({"usbtmc_loaded": True, "driver": "usbtmc"}),
        "usbtmc-loaded",
        "HOST-SIDE: usbtmc kernel module loaded, and it has this instrument.",
        "`lager update --box lab` keeps it away, and unloads it; or by hand:",
    ),
    (
        usb({"usbtmc_loaded": True}, box=""),
        "usbtmc-loaded",
        "HOST-SIDE: usbtmc kernel module loaded, it takes what is plugged in.",
        "unload it: `sudo modprobe -r usbtmc`;",
    ),
    (
        usb({"lsof": [PYTHON, RUN]}, error="x", error_class="busy"),
        "claimed",
        "HOST-SIDE: USB device claimed by multiple processes (python3(12), python(14, run ff1507d9)).",
        "programs that open it by themselves race the box for it: end them, or let them close it;",
    ),
    (
        usb({"lsof": [PYTHON, OTHER, PYTHON, OTHER, PYTHON]}, error="x", error_class="busy"),
        "claimed",
        "HOST-SIDE: USB device claimed by multiple processes (python3(12), foo(13), python3(12), foo(13), ...).",
        "programs that open it by themselves race the box for it: end them, or let them close it;",
    ),
    (
        usb({"lsof": [PYTHON, OWN]}, error="x", error_class="busy"),
        "busy",
        "HOST-SIDE: USB device busy: python3(12) has it.",
        "let that program close it, or end it: `lager ssh --box lab -- sudo kill 12`;",
    ),
    (
        usb({"lsof": [RUN]}, error="x", error_class="busy"),
        "busy",
        "HOST-SIDE: USB device busy: python(14, run ff1507d9) has it.",
        "let that script close it: scripts share it through Net;",
    ),
    (
        usb({"lsof": None}, error="x", error_class="busy", box=""),
        "busy",
        "HOST-SIDE: USB device busy: another process has it.",
        "see who has it: `sudo lsof /dev/bus/usb/001/004`;",
    ),
    (
        usb({"lsof": [], "device_path": None}, error="x", error_class="busy"),
        "busy",
        "HOST-SIDE: USB device busy: another process has it.",
        "see who has it: `lager ssh --box lab -- 'sudo lsof /dev/bus/usb/*/*'`;",
    ),
    (
        usb({"lsof": [Holder("python", "16", serves=True)]}, error="x", error_class="busy"),
        "busy",
        "HOST-SIDE: USB device busy: python(16, the worker of another box) has it.",
        "another box on that machine has it: give the instrument to one of them;",
    ),
    (
        usb({"lsof": [Holder("python", "16", has="lock")]}, error="x", error_class="busy"),
        "busy",
        "HOST-SIDE: USB device busy: python(16, has its lock) has it.",
        "let that program close it, or end it: `lager ssh --box lab -- sudo kill 16`;",
    ),
    (
        usb({"via": "usbip://127.0.0.1:3240"}, error="x", error_class="busy", box=""),
        "busy",
        "HOST-SIDE: USB device busy: another process has it.",
        "see what was done to the simulated bench: `lager sim list`;",
    ),
    (
        usb({"lsof": [], "driver": "usb-storage"}, error="x", error_class="busy"),
        "busy",
        "HOST-SIDE: USB device busy: the kernel's driver usb-storage has it.",
        "see who has it: `lager ssh --box lab -- sudo lsof /dev/bus/usb/001/004`;",
    ),
    (
        usb({"enumerated": False}, error="x", error_class="nodev", via="worker"),
        "disappeared",
        "TRANSIENT: device disappeared from USB (re-enumeration).",
        "it is not back: see its power, its cable, and the hub's port;",
    ),
    (
        usb(error="x", error_class="nodev", via="fresh"),
        "disappeared",
        "TRANSIENT: device disappeared from USB (re-enumeration).",
        "the box finds it by itself on the next call, at whatever port: `lager diagnose 'psu 1' --box lab`;",
    ),
    (
        usb(error="x", error_class="timeout", via="worker"),
        "wedged",
        "INSTRUMENT WEDGED: it is there, and does not answer *IDN?.",
        "switch it off and on at the mains: nothing on USB reaches firmware that hangs;",
    ),
    (
        usb({"enumerated": False}, error="x", error_class="nodev", via="fresh"),
        "not-enumerated",
        "NOT ENUMERATED: the box's USB has no such device.",
        "see that it is switched on, and its cable at both ends;",
    ),
    (
        usb({"enumerated": False, "same_kind": ["4381219"]}, error="x", error_class="other"),
        "not-enumerated",
        "NOT ENUMERATED: the box's USB has no such device.",
        "was it exchanged? One with another serial number is there (4381219); to use that one: "
        "`lager nets delete 'psu 1' power-supply --box lab`, then "
        "`lager nets add 'psu 1' power-supply 1 USB0::0x05E6::0x2281::4381219::INSTR --box lab`;",
    ),
    (
        usb({"enumerated": False, "same_kind": ["7", "8"]}, error="x", error_class="other"),
        "not-enumerated",
        "NOT ENUMERATED: the box's USB has no such device.",
        "was it exchanged? One with another serial number is there (7, 8); to use that one: "
        "`lager nets delete 'psu 1' power-supply --box lab`, then "
        "`lager nets add 'psu 1' power-supply 1 ADDRESS --box lab`;",
    ),
    (  # makers give kinds the same number, and what another net is for was not put in this one's place
        usb({"enumerated": False, "same_kind": ["dp8"]}, others=("USB::1510::8833::DP8", LAN), error_class="other"),
        "not-enumerated",
        "NOT ENUMERATED: the box's USB has no such device.",
        "see that it is switched on, and its cable at both ends;",
    ),
    (
        usb(idn="RIGOL,DP832,1,2", matches=False, expected="Keithley_2281S"),
        "wrong-instrument",
        "WRONG INSTRUMENT: the net is for a Keithley_2281S, and what answers is RIGOL,DP832,1,2.",
        "see which instrument is at that address: `lager instruments --box lab`;",
    ),
    (usb(idn=f"{IDN}\n", matches=True, via="worker"), "healthy", f"HEALTHY — IDN: {IDN}", None),
    (usb(idn=IDN, matches=None), "healthy", f"HEALTHY — IDN: {IDN}", None),
    (usb(idn=IDN, matches=True, elapsed_ms=1990), "healthy", f"HEALTHY — IDN: {IDN}", None),
    (
        usb(idn=IDN, matches=True, elapsed_ms=3210),
        "healthy",
        f"HEALTHY, BUT SLOW — it took 3.2 s to answer. IDN: {IDN}",
        "a command waits 5 s for each answer;",
    ),
    (
        usb(skipped=True, reason="in use: a call of run 1 has been going on for 3.2 s"),
        "busy",
        "IN USE: it was not asked: a call of run 1 has been going on for 3.2 s.",
        "see what runs on the box: `lager runs --box lab`;",
    ),
    (
        usb(error="x", error_class="other", errno=13),
        "no-access",
        "NO ACCESS: the box's service may not open /dev/bus/usb/001/004.",
        "`lager update --box lab` installs the udev rules that let it;",
    ),
    (
        usb({"authorized": False, "is_usbtmc": None, "sysfs_path": "/sys/x"}, error="x", error_class="other"),
        "no-access",
        "NO ACCESS: the kernel was told not to use this device.",
        "let the kernel use it: `lager ssh --box lab -- 'echo 1 | sudo tee /sys/x/authorized'`.",
    ),
    (
        usb(error="x", error_class="other", errno=19, stale=True, via="fresh"),
        "stale",
        "TRANSIENT: device is enumerated as USB-TMC but a fresh open fails (stale libusb context).",
        "run any command of the net, which opens it anew: `lager supply 'psu 1' state --box lab`;",
    ),
    (
        usb(error="VI_ERROR_RSRC_NFOUND", error_class="other"),  # all that an older box says
        "stale",
        "TRANSIENT: device is enumerated as USB-TMC but a fresh open fails (stale libusb context).",
        "run any command of the net, which opens it anew: `lager supply 'psu 1' state --box lab`;",
    ),
    (
        usb({"is_usbtmc": False, "vid": "0cd5"}, error="x", error_class="other"),
        "not-usbtmc",
        "NOT USB-TMC: a LabJack does not speak VISA.",
        "Lager reaches a T7 by its network port; give the net that address: `lager nets delete 'psu 1' power-supply "
        "--box lab`, then `lager nets add 'psu 1' power-supply 1 modbus-tcp://HOST --box lab`;",
    ),
    (
        usb({"is_usbtmc": False, "vid": "0ce9"}, error="x", error_class="other"),
        "not-usbtmc",
        "NOT USB-TMC: a PicoScope does not speak VISA.",
        "if Lager has a driver for it, read the net: `lager supply 'psu 1' state --box lab`;",
    ),
    (
        elsewhere("uart", "ASRL/dev/ttyUSB0::INSTR"),
        "not-usbtmc",
        "NOT USB-TMC: ASRL/dev/ttyUSB0::INSTR is no VISA address, so these checks do not apply.",
        "see that it is there: `lager ssh --box lab -- ls -l /dev/ttyUSB0`;",
    ),
    (
        elsewhere("debug", "000051014439"),
        "not-usbtmc",
        "NOT USB-TMC: 000051014439 is no VISA address, so these checks do not apply.",
        "test a debug probe with its maker's tool, such as J-Link Commander (`JLinkExe`).",
    ),
    (
        elsewhere("adc", "10.0.0.6", "adc it"),
        "not-usbtmc",
        "NOT USB-TMC: 10.0.0.6 is no VISA address, so these checks do not apply.",
        "see which addresses there are: `lager instruments --box lab`;",
    ),
    (
        usb({}, error="it answered nonsense (ab)", error_class="other", stale=False, hint="look at it"),
        "unclear",
        "UNCLEAR — it answered nonsense.",
        "look at it;",
    ),
    (
        usb({"enumerated": None, "could_not_look": {"sysfs": "hidden", "holders": "late"}}),
        "unclear",
        "UNCLEAR — no rule fits what was found.",
        "it could not look at sysfs, holders, for the reasons above;",
    ),
    (
        usb({}, unserved=("visa",)),
        "unclear",
        "UNCLEAR — the box is older, and cannot say all of it.",
        "update it: `lager update --box lab`;",
    ),
    (
        lan(host="load.lab", resolved=None),
        "name",
        "NAME: the box cannot resolve load.lab.",
        "see that it is spelt right in the net's address: `lager nets show load1 --box lab`;",
    ),
    (
        lan(host="load.lab", resolved=None, could_not_look={"resolved": "no answer about that name within 3 s"}),
        "name",
        "NAME: the box cannot resolve load.lab: no answer about that name within 3 s.",
        "see that it is spelt right in the net's address: `lager nets show load1 --box lab`;",
    ),
    (
        lan(route=None, connect="unreachable"),
        "route",
        "ROUTE: the box has no way to 10.0.0.5.",
        "see the box's networks: `lager ssh --box lab -- ip route get 10.0.0.5`;",
    ),
    (
        lan(connect="unreachable"),
        "route",
        "ROUTE: nobody has the address 10.0.0.5 on the box's network (eth0 direct).",
        "see that the instrument is switched on, and its network cable;",
    ),
    (
        lan(connect="refused"),
        "refused",
        "REFUSED: nothing listens at 10.0.0.5:5555.",
        "see in the instrument's own settings that its network interface (LXI, socket, Modbus) is on, and its port;",
    ),
    (
        lan(connect="timeout", error="x", error_class="timeout", box=""),
        "silent-port",
        "SILENT PORT: no answer from 10.0.0.5:5555, neither yes nor no.",
        "see that it is switched on, and has that address: `ping -c 3 10.0.0.5`;",
    ),
    (
        lan(connect="open", error="x", error_class="timeout"),
        "silent",
        "SILENT: 10.0.0.5:5555 takes the connection, and does not answer.",
        "it may speak to one connection only: end other programs and PCs that have it;",
    ),
    (
        lan(connect="open", idn="RIGOL,DP832,1,2", matches=False, expected="Rigol_DL3021"),
        "wrong-instrument",
        "WRONG INSTRUMENT: the net is for a Rigol_DL3021, and what answers is RIGOL,DP832,1,2.",
        "see which instrument is at that address: `lager instruments --box lab`;",
    ),
    (lan(connect=None, via="worker", idn=IDN, matches=True), "healthy", f"HEALTHY — IDN: {IDN}", None),
    (
        lan(connect="open", idn=IDN, matches=True, elapsed_ms=7000),
        "healthy",
        f"HEALTHY, BUT SLOW — it took 7.0 s to answer. IDN: {IDN}",
        "a command waits 5 s for each answer: this one comes too late for it;",
    ),
    (
        lan(skipped=True, reason="in use: a call of lager eload has been going on for 2.5 s"),
        "busy",
        "IN USE: it was not asked: a call of lager eload has been going on for 2.5 s.",
        "see what runs on the box: `lager runs --box lab`;",
    ),
    (
        lan(connect="open", error="x", error_class="busy"),
        "busy",
        "BUSY: somebody else has 10.0.0.5:5555.",
        "see what runs on the box: `lager runs --box lab`;",
    ),
    (
        lan(connect="open", error="it answered nonsense.", error_class="other"),
        "unclear",
        "UNCLEAR — it answered nonsense.",
        "see the sections above, and check the box: `lager doctor --box lab`.",
    ),
]


@pytest.mark.parametrize(
    ("facts", "name", "headline", "step"), ROWS, ids=[f"{row[1]}-{n}" for n, row in enumerate(ROWS)]
)
def test_every_row(facts, name, headline, step):
    verdict = classify(facts)
    assert (verdict.name, verdict.headline) == (name, headline)
    assert verdict.status == STATUSES[name]
    assert (verdict.steps[0] if verdict.steps else None) == step
    assert not verdict.steps or re.fullmatch("[;:]*[.]", "".join(one[-1] for one in verdict.steps))


def test_every_verdict_has_a_row_and_a_status_of_its_own():
    assert {row[1] for row in ROWS} == set(STATUSES)
    assert len(set(STATUSES.values())) == len(STATUSES)
    assert not set(STATUSES.values()) & {1, 2, 3, 4, 5, 6, 126, 127, 130, 141}, "those mean something else"


def test_the_order_of_the_rows():
    assert [row.__name__ for row in USB_ROWS] == [
        "usbtmc_loaded", "claimed", "busy", "unauthorized", "disappeared", "wedged", "not_enumerated", "another",
        "answers", "not_asked", "no_access", "stale", "not_usbtmc", "no_visa", "rest",
    ]  # fmt: skip
    assert [row.__name__ for row in LAN_ROWS] == [
        "no_name", "no_route", "refused", "silent_port", "silent", "another", "answers", "busy", "rest",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (usb({"usbtmc_loaded": True, "lsof": [PYTHON, OTHER]}, error="x", error_class="busy"), "usbtmc-loaded"),
        (usb({"usbtmc_loaded": True}, idn=IDN), "usbtmc-loaded"),
        (usb({"lsof": [PYTHON, OTHER], "enumerated": False}, error="x", error_class="busy"), "claimed"),
        (usb({"enumerated": False}, error="x", error_class="busy"), "busy"),
        (usb({"enumerated": None}, error="x", error_class="nodev", via="fresh"), "disappeared"),
        (usb({"authorized": False}, error="x", error_class="nodev", via="fresh"), "no-access"),
        (usb({"enumerated": False}, error="x", error_class="timeout"), "wedged"),
        (usb({"enumerated": False}, skipped=True), "not-enumerated"),
        (usb({"enumerated": False}, error="x", error_class="other", errno=13), "not-enumerated"),
        (usb({"is_usbtmc": False}, idn=IDN), "healthy"),
        (usb({"is_usbtmc": False}, skipped=True), "busy"),
        (usb({"is_usbtmc": False}, error="x", error_class="other", errno=13), "no-access"),
        (usb({"enumerated": None}, error="x", error_class="other"), "unclear"),
        (usb({"is_usbtmc": None}, error="x", error_class="other"), "unclear"),
        (usb({}, error="x", error_class="other", errno=5), "unclear"),
        (usb({}, error="its process does not answer", error_class="other", stale=False), "unclear"),
        (lan(connect="refused", error="x", error_class="timeout", via="worker"), "refused"),
        (lan(resolved=None, via="worker", idn=IDN), "healthy"),
        (lan(resolved=None, error="x", error_class="timeout", via="worker"), "silent"),
        (lan(resolved=None, skipped=True), "busy"),
        (lan(host=None, resolved=None), "unclear"),
    ],
)
def test_which_row_comes_first(facts, name):
    assert classify(facts).name == name


def test_a_session_that_was_not_asked_is_never_called_healthy():
    """Boxes of 0.20 and 0.21 skipped an instrument in use, and were taken to say that it is well."""
    cached = Dispatcher(cached_session=True, cached_drivers=[], shared_pool_size=1)
    facts = Facts(net="a", role="adc", address=USB, dispatcher=cached, visa=Visa(skipped=True, reason="cached"))
    assert classify(facts).name == "busy"


def test_where_the_box_says_what_gives_access_nothing_else_is_guessed():
    found = classify(usb(error="x", error_class="other", errno=13, hint="have the rules applied"))
    assert found.steps == ("have the rules applied;", "`lager doctor --box lab` says which permissions are wrong.")


@pytest.mark.parametrize(
    ("vid", "vendor", "step"),
    [
        ("0cd5", "0x0CD5", "test a LabJack with Kipling (T4, T7, T8), or LJControlPanel (U3, U6)."),
        (None, "0x0CE9", "test a PicoScope with the PicoScope application."),
        (None, "9471", "test an Acroname hub with HubTool or StemTool."),
        ("1234", "0x1234", "test such a device with its maker's own tool."),
        ("?", "?", "test such a device with its maker's own tool."),
    ],
)
def test_the_tool_that_tests_what_is_no_usbtmc(vid, vendor, step):
    known = Usb(enumerated=True, is_usbtmc=False, vid=vid)
    facts = Facts(net="a", role="usb", address=f"USB0::{vendor}::0x0007::1::INSTR", usb=known)
    assert classify(facts).steps[-1] == step


def test_a_net_is_given_another_address_by_commands_to_copy():
    facts = lan(host="load.lab", resolved=None)
    facts = msgspec.structs.replace(facts, address="TCPIP0::LOAD.lab::5555::SOCKET", typed="local", box="")
    assert classify(facts).steps[-1] == (
        "or give the net its IP address: `lager nets delete load1 eload --box local`, then "
        "`lager nets add load1 eload 1 TCPIP0::IP::5555::SOCKET --instrument Rigol_DL3021 --box local`."
    )


def test_nothing_known_is_unclear():
    assert classify(Facts(net="a", role="adc", address=USB)).name == "unclear"
    assert classify(Facts(net="a", role="adc", address=LAN)).name == "unclear"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (USB, False),
        (LAN, True),
        ("TCPIP0::10.0.0.5::INSTR", True),
        ("TCPIP0::fe80::1::INSTR", True),
        ("modbus-tcp://10.0.0.5", True),
        ("ASRL/dev/ttyUSB0::INSTR", False),
    ],
)
def test_which_tree_an_address_is_for(address, network):
    assert on_network(address) is network


def test_answers_of_older_and_newer_boxes_are_read():
    older = {"address": USB, "enumerated": True, "lsof": [{"command": "python3", "pid": "12", "user": ""}]}
    assert read(Usb, older) == Usb(enumerated=True, lsof=[PYTHON])
    assert read(Usb, {**older, "tomorrow": 1, "lsof": None, "enumerated": None}) == Usb()
    assert read(Lan, {"host": "a", "port": 1, "idn": None, "elapsed_ms": 12}).place == "a:1"
    with pytest.raises(errors.UsageError):
        read(Usb, {"lsof": "python3"})


def test_a_process_may_be_called_anything():
    assert str(Holder("a\x1b[2J\nb", "12")) == "a\\x1b[2J\\nb(12)"
    assert str(Holder("", "12")) == "?(12)"


def test_the_boxs_own_worker_is_nobodys_rival():
    known = Usb(lsof=[PYTHON, OWN], holders_ours=[OWN, Holder("other", "16", ours=True)])
    assert [one.pid for one in known.rivals] == ["12"]
    assert [one.pid for one in known.own] == ["15", "16"]

"""Setting up a bench with the whole product: nets, instruments, boxes, how a box is, and Tab in a real bash."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lager import __version__

KEITHLEY = "USB0::0x05E6::0x2281::4381218::INSTR"
RIGOL = "USB0::0x1AB1::0x0E11::DP8G235000146::INSTR"
LAGER = Path(sys.executable).with_name("lager")
ALICE, BOB = {"LAGER_USER": "alice"}, {"LAGER_USER": "bob"}


@pytest.fixture(scope="module")
def bench(home):
    """A home whose private box runs, so that the line about its start is not in the way."""
    assert home.lager("nets").returncode == 0
    return home


def said(done):
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(done, status, *lines):
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (status, "", list(lines))


def test_instruments(bench):
    shown = said(bench.lager("instruments"))
    assert re.sub(r"127.0.0.1:\d+", "127.0.0.1:PORT", shown) == (
        "Name               Channels                                           VISA Address\n"
        "================   ================================================   "
        "==========================================\n"
        "Keithley_2281S     power-supply: 1                                    USB0::0x05E6::0x2281::4381218::INSTR\n"
        "                   battery: 1\n"
        "Rigol_DP821        power-supply: 1, 2                                 "
        "USB0::0x1AB1::0x0E11::DP8G235000146::INSTR\n"
        "KEYSIGHT_E36312A   power-supply: 1-3                                  "
        "USB0::0x2A8D::0x1102::MY59001234::INSTR\n"
        "Rigol_DL3021       eload: 1                                           "
        "USB0::0x1AB1::0x0E11::DL3A204800938::INSTR\n"
        "Rigol_MS05204      scope: 1-4                                         "
        "USB0::0x1AB1::0x0515::MS5A220600042::INSTR\n"
        "LabJack_T7         adc: AIN0-AIN13                                    modbus-tcp://127.0.0.1:PORT\n"
        "                   dac: DAC0, DAC1\n"
        "                   gpio: FIO0-FIO7, EIO0-EIO7, CIO0-CIO3, MIO0-MIO2\n"
        "                   thermocouple: AIN0-AIN13\n"
    )
    keithley, *_ = json.loads(said(bench.lager("instruments", "list", "--json")))
    assert re.fullmatch(r"usbip://127.0.0.1:\d+", keithley.pop("via"))
    assert re.fullmatch(r"usb 1-1 device \d+", keithley.pop("place"))
    assert keithley == {
        "name": "Keithley_2281S",
        "address": KEITHLEY,
        "channels": {"power-supply": ["1"], "battery": ["1"]},
        "bus": "simulated",
        "present": True,
        "serial": "4381218",
        "nets": ["supply1 (power-supply)", "battery1 (battery)"],
        "could_be": [],
        "note": "",
    }


def test_a_net_from_its_beginning_to_its_end(bench):
    assert said(bench.lager("nets", "delete", "supply3", "power-supply")) == (
        "Deleted 'supply3' (power-supply) on box 127.0.0.1.\n"
    )
    assert said(bench.lager("nets", "add", "VBAT", "supply", "2", RIGOL)) == "Saved new net 'VBAT' on 127.0.0.1.\n"
    assert "OFF" in said(bench.lager("supply", "VBAT", "state"))  # it can be used at once
    described = bench.lager("nets", "describe", "VBAT", "-d", "the pack", "-h", "3.7 V", "-t", "power", "-t", "a")
    assert said(described) == "Updated metadata for net 'VBAT' on box 127.0.0.1.\n"
    assert said(bench.lager("nets", "show", "VBAT")) == (
        "Net: VBAT\n"
        "  Type:       power-supply\n"
        "  Instrument: Rigol_DP821\n"
        "  Channel:    2\n"
        f"  Address:    {RIGOL}\n"
        "Metadata:\n"
        "  Description: the pack\n"
        "  Test Hints: 3.7 V\n"
        "  Tags: power, a\n"
    )
    said(bench.lager("nets", "describe", "VBAT", "--clear-tags", "--tag", "b", "--description", ""))
    facts = json.loads(said(bench.lager("nets", "show", "VBAT", "--json")))
    assert (facts["tags"], facts["test_hints"]) == (["b"], ["3.7 V"])
    assert "description" not in facts
    assert (facts["name"], facts["pin"], facts["mappings"][0]["net"]) == ("VBAT", "2", "VBAT")
    assert said(bench.lager("nets", "rename", "VBAT", "supply3")) == "Renamed 'VBAT' → 'supply3' on box 127.0.0.1.\n"
    refused(
        bench.lager("nets", "rename", "supply3", "adc1"),
        2,
        "Error: Cannot rename: a net named 'adc1' already exists on box 127.0.0.1.",
        "Try: choose another name, or delete that net first.",
    )
    absent = bench.lager("nets", "delete", "VBAT", "supply")
    assert (absent.returncode, absent.stdout) == (0, "Net 'VBAT' (power-supply) not found on 127.0.0.1.\n")
    assert absent.stderr == "Try: see `lager nets` for those the bench has.\n"


def test_a_file_of_nets_is_saved_whole_or_not_at_all(bench):
    batch = [
        {"name": "b1", "role": "supply", "channel": 1, "address": KEITHLEY, "tags": ["x"]},
        {"name": "b2", "role": "supply", "channel": "1", "address": KEITHLEY},
    ]
    said(bench.lager("nets", "delete", "supply1"))
    path = bench.script(json.dumps(batch), "nets.json")
    refused(
        bench.lager("nets", "add-batch", path),
        2,
        f"Error: net 2 of {path} (b2): a net with the same role / instrument / channel / address already exists.",
        "Try: it is b1; `lager nets rename b1 NEW` gives it another name.",
    )
    assert "b1" not in said(bench.lager("nets"))
    path = bench.script(json.dumps(batch[:1]), "nets.json")
    assert said(bench.lager("nets", "add-batch", path)) == (
        "Successfully saved 1 net using batch save on box 127.0.0.1.\n"
    )
    assert json.loads(said(bench.lager("nets", "show", "b1", "--json")))["tags"] == ["x"]
    said(bench.lager("nets", "rename", "b1", "supply1"))
    bench.script("[{}]", "nets.json")
    done = bench.lager("nets", "add-batch", path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"Error: net 1 of {path} has no name and no role and no channel and no address.\n")


def test_how_all_nets_are_and_why_one_is_not_known(bench):
    said(bench.lager("sim", "unplug", "supply2"))
    try:
        done = bench.lager("nets", "state", "supply1", "supply2", "adc1")
        facts = json.loads(bench.lager("nets", "state", "supply2", "--json").stdout)
        there = said(bench.lager("instruments"))
        box = said(bench.lager("status"))
    finally:
        said(bench.lager("sim", "replug", "supply2"))
    assert (done.returncode, done.stderr) == (4, "")
    head, rule, *rows, blank, why = done.stdout.splitlines()
    assert (head.split(), rule.strip("= "), blank) == (["Name", "Net", "Type", "State"], "", "")
    assert sorted(row.split()[:2] for row in rows) == [
        ["adc1", "adc"],
        ["supply1", "power-supply"],
        ["supply2", "power-supply"],
    ]
    assert next(row for row in rows if row.startswith("supply2")).split()[2] == "n/a"
    assert why.startswith(f"supply2: unreadable: the Rigol_DP821 at {RIGOL} is not there")
    assert [(one["name"], one["state"], one["reason_code"]) for one in facts] == [("supply2", None, "instrument-gone")]
    assert f"\n\nRigol_DP821 [{RIGOL}]: unplugged: `lager sim replug` plugs it in again\n" in there
    assert f"\n  Rigol_DP821 [{RIGOL}] is not plugged in: " in box


def test_somebody_elses_bench_is_left_as_it_is(bench):
    said(bench.lager("boxes", "lock", env=ALICE))
    try:
        for words in ("rename adc1 x", "delete adc1", "delete-all --yes", "describe adc1 -d x"):
            done = bench.lager("nets", *words.split(), env=BOB)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr.startswith("Error: Box 'local' is locked by alice\n")
        assert "adc1" in said(bench.lager("nets", env=BOB))
        listed = said(bench.lager("status", env=BOB))
    finally:
        said(bench.lager("boxes", "unlock", env=ALICE))
    assert listed.splitlines()[-1].startswith("Lock: locked by alice (reserved, since ")


def test_hello_and_status(bench):
    assert said(bench.lager("hello")) == (
        f"\nBox: local\nIP: 127.0.0.1\nVersion: {__version__}\n\nlocal is online and responding!\n\n"
    )
    assert json.loads(said(bench.lager("hello", "--json"))) == {
        "box": "local",
        "ip": "127.0.0.1",
        "version": __version__,
        "online": True,
    }
    nets = len(json.loads(said(bench.lager("nets", "--json"))))
    assert re.sub(r"up \d+ min", "up N min", said(bench.lager("status"))) == (
        f"Box: local (127.0.0.1), version {__version__}, up N min\n"
        "Services: runner healthy, bench healthy, hardware healthy\n"
        f"Bench: {nets} nets of 6 instruments\n"
        "Runs: none\n"
        "Lock: free\n"
    )
    facts = json.loads(said(bench.lager("status", "--json")))
    assert facts["services"] == {"runner": "healthy", "bench": "healthy", "hardware": "healthy"}
    assert (facts["nets"], facts["runs"], facts["lock"]["locked"], facts["bench_error"]) == (nets, [], False, "")
    assert len(facts["instruments"]) == 6
    refused(
        bench.lager("hello", "--box", "nowhere"),
        2,
        "Error: there is no box 'nowhere'; no boxes are saved.",
        "Try: add it with `lager boxes add --name nowhere --ip IP`.",
    )
    assert bench.lager("status", "--box", "127.0.0.1:1").returncode == 5


def test_boxes_that_answer(bench):
    said(bench.lager("boxes", "add", "--name", "mine", "--ip", "127.0.0.1"))
    said(bench.lager("boxes", "lock", "--box", "mine", env=ALICE))
    try:
        shown = said(bench.lager("boxes"))
        [facts] = json.loads(said(bench.lager("boxes", "--json")))
    finally:
        said(bench.lager("boxes", "unlock", "--box", "mine", env=ALICE))
        said(bench.lager("boxes", "delete", "--name", "mine"))
    assert shown == (
        "name   ip          user   version   status    locked by\n"
        "====   =========   ====   =======   =======   =========\n"
        f"mine   127.0.0.1   -      {__version__:<7}   current   alice\n"
        f"\nYour CLI: {__version__}\n"
    )
    assert facts == {
        "name": "mine",
        "ip": "127.0.0.1",
        "port": None,
        "user": "",
        "version": __version__,
        "fingerprint": "",
        "default": False,
        "status": "current",
        "locked_by": "alice",
        "error": None,
    }


def tab(bench, *typed):
    """Press Tab behind these words in a bash that has the script; give what fits."""
    words = " ".join(f"'{one}'" for one in ("lager", *typed))
    script = (
        'eval "$(lager completion bash)"\n'
        f"COMP_WORDS=({words}); COMP_CWORD={len(typed)}; COMPREPLY=()\n"
        "_lager_completion\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    env = bench.env | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    done = subprocess.run(["bash", "-c", script], env=env, cwd=bench.folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_tab_completes_nets_addresses_and_live_runs(bench):
    supplies = [f"supply{n}" for n in (1, 2, 3, 4, 5, 6)]
    assert sorted(tab(bench, "supply", "supply")) == supplies
    assert "voltage" in tab(bench, "supply", "supply1", "vol")
    assert tab(bench, "nets", "show", "thermocouple") == [f"thermocouple{n}" for n in (1, 2, 3, 4)]
    assert tab(bench, "nets", "add", "x", "supply", "1", "USB0::0x05") == [KEITHLEY]
    assert tab(bench, "python", "--continue", "") == []
    started = said(bench.lager("python", "--detach", bench.script("from lager import pause\npause('here')\n")))
    run = re.search(r"Process ID: ([0-9a-f-]+)", started)[1]
    try:
        assert tab(bench, "python", "--kill", run[:4]) == [run]
        assert tab(bench, "logs", run[:4]) == [run]
    finally:
        bench.lager("python", "--kill", run)


def test_tab_is_silent_where_no_box_runs_and_starts_none(fresh_home):
    assert tab(fresh_home, "supply", "s") == ["set", "state"]
    assert not (fresh_home.folder / "state" / "box.json").exists()


def test_all_nets_are_deleted_and_made_again(bench):
    before = json.loads(said(bench.lager("nets", "--json")))
    done = bench.lager("nets", "delete-all")
    assert done.returncode == 2
    assert done.stderr.endswith(
        "Error: Delete all nets of the bench? Nobody is here to answer: say --yes if it is to be done.\n"
    )
    assert said(bench.lager("nets", "delete-all", "--yes")) == "Deleted all nets on box 127.0.0.1.\n"
    assert said(bench.lager("nets")) == "No saved nets found.\n"
    assert said(bench.lager("nets", "state")) == "No saved nets found.\n"
    assert said(bench.lager("nets", "add-all", "--type", "eload", "--type", "dac")) == (
        "Found 3 nets that can be created:\n"
        "  eload1 (eload, channel 1 of Rigol_DL3021)\n"
        "  dac1 (dac, channel DAC0 of LabJack_T7)\n"
        "  dac2 (dac, channel DAC1 of LabJack_T7)\n"
        "Successfully saved 3 nets using batch save on box 127.0.0.1.\n"
    )
    assert "OFF" in said(bench.lager("eload", "eload1", "state"))  # where its USB is, is known again
    made = json.loads(said(bench.lager("nets", "add-all", "--type", "supply", "--json")))
    assert sorted(one["name"] for one in made) == [f"supply{n}" for n in (1, 2, 3, 4, 5, 6)]
    assert said(bench.lager("nets", "add-all", "--type", "supply")) == "Found no nets that can be created.\n"
    said(bench.lager("nets", "delete-all", "--yes"))
    path = bench.script(json.dumps([one | {"channel": one["pin"]} for one in before]), "all.json")
    assert said(bench.lager("nets", "add-batch", path)).startswith(f"Successfully saved {len(before)} nets ")
    assert [one["name"] for one in json.loads(said(bench.lager("nets", "--json")))] == [one["name"] for one in before]


def test_deleting_asks_at_a_terminal_first(bench):
    terminal = bench.terminal("nets", "delete", "adc8")
    terminal.expect(r"Delete net 'adc8'\? \[y/N\]:")
    terminal.type("n\r")
    terminal.expect("Aborting")
    assert terminal.wait() == 0
    assert "adc8" in said(bench.lager("nets"))


def test_a_service_that_hangs_is_said_to(bench):
    info = json.loads((bench.folder / "state" / "box.json").read_text())
    children = Path(f"/proc/{info['pid']}/task/{info['pid']}/children").read_text().split()
    [service] = [pid for pid in map(int, children) if b"lager_hwservice" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(service, signal.SIGSTOP)
    try:
        done = bench.lager("status")
    finally:
        os.kill(service, signal.SIGCONT)
    assert (done.returncode, done.stderr) == (5, "")
    assert done.stdout.splitlines()[1:] == [
        "Services: runner healthy, bench does not answer, hardware does not answer",
        "Bench: n/a (its service does not answer)",
        "Runs: none",
        "Lock: free",
    ]


def test_a_debuggers_script_is_kept_with_a_net_byte_by_byte(bench):
    (bench.folder / "reset.JLinkScript").write_bytes(b"halt\r\n\xff")
    saved = bench.lager("nets", "set-script", "adc2", "reset.JLinkScript")
    assert said(saved) == "Saved the J-Link script of net 'adc2' on box 127.0.0.1.\n"
    with (bench.folder / "back").open("wb") as back:
        shown = subprocess.run(["lager", "nets", "show-script", "adc2"], executable=LAGER, env=bench.env, stdout=back)
    assert shown.returncode == 0
    assert (bench.folder / "back").read_bytes() == b"halt\r\n\xff"
    assert said(bench.lager("nets", "show", "adc2")).endswith("Metadata:\n  J-Link Script: stored\n")
    assert said(bench.lager("nets", "remove-script", "adc2")) == (
        "Removed the J-Link script of net 'adc2' on box 127.0.0.1.\n"
    )
    refused(
        bench.lager("nets", "show-script", "adc2"),
        1,
        "Error: no J-Link script is kept with adc2.",
        "Try: lager nets set-script adc2 FILE --backend jlink.",
    )

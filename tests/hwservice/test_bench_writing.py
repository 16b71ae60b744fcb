"""Changing the bench file: what a change makes of it, and that no change, whoever makes it, is ever lost."""

import contextlib
import fcntl
import json
import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import pytest

from lager import errors, replacing, wire
from lager_hwservice import benchreading, benchwriting

PSU = {
    "name": "psu1",
    "role": "power-supply",
    "address": "USB0::0x05E6::0x2281::4381218::INSTR",
    "instrument": "Keithley_2281S",
    "pin": "1",
    "params": {"a": [1, None, 2.5]},
    "safety_limits": {"voltage": 5},
}
AIN = {"name": "ain", "role": "adc", "instrument": "LabJack_T7", "channel": 3, "tags": ["Prüfling"]}


@pytest.fixture
def path(tmp_path):
    one = tmp_path / "saved_nets.json"
    one.write_text(json.dumps([PSU]))
    return one


def save(path, *nets, alone=False):
    return benchwriting.change(path, wire.SaveNets(1, list(nets), alone))


def records(path):
    return json.loads(path.read_text())


def test_a_saved_net_gets_what_the_released_box_adds(path):
    assert save(path, AIN)
    assert records(path) == [
        PSU,
        AIN
        | {
            "pin": 3,
            "scope_points": [[3, "3"]],
            "mappings": [{"net": "ain", "pin": 3, "location": None, "device_override": None}],
        },
    ]
    assert "Prüfling" in path.read_text()
    assert [net.name for net in benchreading.load(path).nets] == ["psu1", "ain"]
    assert not save(path, records(path)[1])  # nothing to change


def test_what_a_mapping_says_besides_is_kept(path):
    mapping = {"net": "old", "pin": "9", "location": "1,2,3", "device_override": None, "serial": "x"}
    save(path, AIN | {"pin": "AIN4", "mappings": [mapping, {"net": "more"}]})
    assert records(path)[1]["mappings"] == [mapping | {"net": "ain", "pin": "AIN4"}, {"net": "more"}]
    assert benchreading.load(path).nets[1].location == "1,2,3"


def test_a_net_is_known_by_its_name_and_role(path):
    assert save(path, PSU | {"pin": "2"})
    assert [one["pin"] for one in records(path)] == ["2"]
    with pytest.raises(errors.UsageError, match="a net named psu1 already exists: power-supply of the Keithley_2281S"):
        save(path, AIN | {"name": "psu1"})
    scope = {"name": "s", "role": "analog", "instrument": "Rigol_MS05204", "pin": "1"}
    save(path, scope)
    assert save(path, scope | {"role": "scope", "pin": "2"})
    assert [one["name"] for one in records(path)] == ["psu1", "s"]


def test_two_roles_under_one_name_that_are_there_can_be_saved(path):
    both = [PSU, PSU | {"role": "battery"}]
    path.write_text(json.dumps(both))
    save(path, both[1] | {"tags": []})
    assert [one["role"] for one in records(path)] == ["power-supply", "battery"]
    assert benchwriting.change(path, wire.DeleteNets(1, "psu1", "battery"))
    assert [one["role"] for one in records(path)] == ["power-supply"]


def test_an_instrument_is_reached_as_its_other_nets_reach_it(path):
    path.write_text(json.dumps([PSU | {"via": "usbip://127.0.0.1:3240"}]))
    save(path, {"name": "b", "role": "battery", "instrument": PSU["instrument"], "address": PSU["address"].lower()})
    assert records(path)[1]["via"] == "usbip://127.0.0.1:3240"


def test_deleting_and_renaming(path):
    save(path, AIN)
    change = benchwriting.change
    assert not change(path, wire.DeleteNets(1, "nobody"))
    assert not change(path, wire.DeleteNets(1, "ain", "dac"))
    assert not change(path, wire.RenameNet(1, "nobody", "x"))
    with pytest.raises(errors.UsageError, match="already exists"):
        change(path, wire.RenameNet(1, "ain", "psu1"))
    with pytest.raises(errors.UsageError, match="is no name for a net"):
        change(path, wire.RenameNet(1, "ain", ""))
    assert change(path, wire.RenameNet(1, "ain", "battery voltage"))
    assert records(path)[1]["mappings"][0]["net"] == records(path)[1]["name"] == "battery voltage"
    assert records(path)[1]["tags"] == ["Prüfling"]
    assert change(path, wire.DeleteNets(1, "battery voltage", "adc"))
    assert records(path) == [PSU]
    assert change(path, wire.DeleteNets(1))
    assert records(path) == []
    assert not change(path, wire.DeleteNets(1))


def test_all_of_them_at_once(path):
    save(path, AIN, alone=True)
    assert [one["name"] for one in records(path)] == ["ain"]
    with pytest.raises(errors.UsageError, match="there is an adc net ain already"):
        save(path, AIN, AIN, alone=True)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({}, {}, "a net without a name cannot be saved"),
        ({}, {"role": "adc"}, "a net without a name cannot be saved"),
        ({"name": "x"}, {"name": "x", "role": "adc"}, "a net named x already exists: None of the \\?"),
    ],
)
def test_nothing_of_several_is_saved_where_one_is_incomplete(path, first, second, reason):
    before = path.read_bytes()
    with pytest.raises(errors.UsageError, match=reason):
        save(path, AIN, first, second)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("net", "reason"),
    [
        ({}, "a net without a name cannot be saved: a net needs a name"),
        ({"name": "x", "role": "adc"}, "x cannot be saved: a net needs an instrument"),
        ({"name": "x", "role": "adc", "instrument": 5}, "x cannot be saved: Expected `str`"),
        ({"name": "a\x00", "role": "adc", "instrument": "i"}, "is no name for a net"),
        (PSU | {"name": "x", "instrument": "other"}, "have the same address"),
    ],
)
def test_what_is_no_net_is_not_saved(path, net, reason):
    before = path.read_bytes()
    with pytest.raises(errors.UsageError, match=reason):
        save(path, net)
    assert path.read_bytes() == before


@pytest.mark.parametrize("broken", [b"", b"[{", b'[\n{"name": "x"}]', b"{}", b"\xff"])
@pytest.mark.parametrize("alone", [False, True])
def test_a_broken_file_is_reported_and_never_replaced(path, broken, alone):
    path.write_bytes(broken)
    with pytest.raises(errors.UsageError, match=r"is broken in line \d: |cannot be read: "):
        save(path, AIN, alone=alone)
    assert path.read_bytes() == broken


def test_half_a_character_in_a_key_of_others_survives(path):
    path.write_text(json.dumps([PSU | {"note": "\ud800"}]))
    save(path, AIN)
    assert records(path)[0]["note"] == "\ud800"


def test_a_link_stays_a_link_and_the_file_keeps_its_mode_and_owner(path, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    real = folder / "real.json"
    path.rename(real)
    path.symlink_to(real)
    real.chmod(0o664)
    if os.geteuid() == 0:
        os.chown(real, 12345, 23456)
    before = real.stat()
    save(path, AIN)
    assert path.is_symlink()
    assert {one.name for one in folder.iterdir()} <= {"real.json", "real.json.lock"}
    after = real.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert stat.S_IMODE((folder / "real.json.lock").stat().st_mode) == 0o664


@contextlib.contextmanager
def full_disk(room):
    """Let files grow to so many bytes: beyond them writing fails, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_on_a_full_disk_the_file_is_as_it_was(path):
    before = path.read_bytes()
    with full_disk(50), pytest.raises(errors.LagerError, match=r"saved_nets.json cannot be written: file too large"):
        save(path, AIN)
    assert path.read_bytes() == before
    assert {one.name for one in path.parent.iterdir()} <= {path.name, f"{path.name}.lock"}
    assert save(path, AIN)


@contextlib.contextmanager
def nobody():
    """Be a user who may not do everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder():
    """A folder anybody can look into."""
    one = Path(tempfile.mkdtemp())
    one.chmod(0o755)
    yield one
    one.chmod(0o755)
    shutil.rmtree(one)


def test_in_a_directory_where_nothing_may_be_written_the_file_is_as_it_was(open_folder):
    path = open_folder / "nets.json"
    path.write_text("[]")
    open_folder.chmod(0o555)
    with nobody(), pytest.raises(errors.LagerError, match="cannot be written: permission denied") as caught:
        save(path, AIN)
    assert caught.value.hint.endswith("the file is as it was")
    assert path.read_text() == "[]"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of somebody else's")
def test_the_file_of_another_user_is_not_taken_from_him(open_folder):
    path = open_folder / "nets.json"
    path.write_text("[]")
    os.chown(path, 12345, 12345)
    open_folder.chmod(0o777)
    with nobody(), pytest.raises(errors.LagerError, match="cannot be written: operation not permitted"):
        save(path, AIN)
    assert (path.read_text(), path.stat().st_uid) == ("[]", 12345)


def test_who_waits_for_the_lock_too_long_is_told(path):
    with open(f"{path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            pytest.raises(TimeoutError, match=r"saved_nets.json.lock was taken for 0.05 s"),
            replacing.locked(path, 0.05),
        ):
            raise AssertionError("it was locked")


WRITER = """
import json, sys
from pathlib import Path
from lager import wire
from lager_hwservice import benchwriting
path = Path(sys.argv[1])
for line in sys.stdin:
    for asked in wire.from_json(line, list[wire.BenchChange]):
        benchwriting.change(path, asked)
    print("done", flush=True)
"""
# Another program, which knows nothing of us but the lock.
OTHER = """
import fcntl, json, os, sys
path = sys.argv[1]
for line in sys.stdin:
    for net in json.loads(line):
        with open(path + ".lock", "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            nets = json.load(open(path))
            with open(path + ".draft", "w") as draft:
                json.dump([one for one in nets if one["name"] != net["name"]] + [net], draft)
            os.replace(path + ".draft", path)
    print("done", flush=True)
"""


class Writers:
    """Processes that change one bench file at once."""

    def __init__(self, path):
        self.path = path
        self.path.write_text("[]")
        save(path, PSU)  # makes the lock
        self.processes = [self._start(code) for code in (WRITER, WRITER, OTHER)]

    def _start(self, code):
        command = [sys.executable, "-W", "ignore::ResourceWarning", "-c", code, str(self.path)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def write(self, each):
        """Have each do its part, all at the same time; read meanwhile."""
        save(self.path, PSU, alone=True)
        for process, part in zip(self.processes, each, strict=True):
            process.stdin.write(wire.to_json(part) + b"\n")
            process.stdin.flush()
        waiting = threading.Thread(target=lambda: [process.stdout.readline() for process in self.processes])
        waiting.start()
        while waiting.is_alive():
            assert PSU["name"] in {net.name for net in benchreading.load(self.path).nets}
        waiting.join()

    def close(self):
        for process in self.processes:
            process.stdin.close()
            assert process.wait(20) == 0
            process.stdout.close()


@pytest.fixture(scope="module")
def writers(tmp_path_factory):
    one = Writers(tmp_path_factory.mktemp("writers") / "saved_nets.json")
    yield one
    one.close()


def net(writer, name, tag):
    return {"name": f"{writer}-{name}", "role": "adc", "instrument": "LabJack_T7", "pin": "AIN0", "tags": [tag]}


NAMES = st.sampled_from("abcd")
DEEDS = st.lists(st.tuples(st.sampled_from(["save", "delete", "rename"]), NAMES, NAMES, st.integers(0, 9)), max_size=12)


def told(writer, deeds):
    """What a writer is to do, and which nets it has then: name and tag."""
    asked, has = [], {}
    for deed, name, other, tag in deeds:
        if deed == "save":
            has[name] = tag
            asked.append(wire.SaveNets(1, [net(writer, name, tag)]))
        elif deed == "delete":
            has.pop(name, None)
            asked.append(wire.DeleteNets(1, f"{writer}-{name}"))
        elif other not in has:
            has |= {other: has.pop(name)} if name in has else {}
            asked.append(wire.RenameNet(1, f"{writer}-{name}", f"{writer}-{other}"))
    return asked, {f"{writer}-{name}": tag for name, tag in has.items()}


@hypothesis.settings(
    max_examples=40, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@hypothesis.given(first=DEEDS, second=DEEDS, third=st.lists(st.tuples(NAMES, st.integers(0, 9)), max_size=12))
def test_whoever_writes_at_once_no_change_is_lost(writers, first, second, third):
    one, has_one = told("one", first)
    two, has_two = told("two", second)
    other = {f"other-{name}": tag for name, tag in third}
    writers.write([one, two, [net("other", name, tag) for name, tag in third]])
    found = {record["name"]: record["tags"][0] for record in records(writers.path) if "tags" in record}
    assert found == has_one | has_two | other


def test_who_sets_one_limit_lets_the_other_be_whatever_he_took_it_for(path):
    def limits(only, **value):
        benchwriting.change(path, wire.SetSafety(1, PSU["name"], "safety_limits", value, only))
        return next(one for one in records(path) if one["name"] == PSU["name"]).get("safety_limits")

    before = PSU["safety_limits"]  # with a word of another version
    assert limits(["max_voltage"], max_voltage=5.0) == before | {"max_voltage": 5.0}
    assert limits(["max_current"], max_current=1.0) == before | {"max_voltage": 5.0, "max_current": 1.0}
    assert limits(["max_current"], max_voltage=9.0, max_current=2.0) == before | {
        "max_voltage": 5.0,
        "max_current": 2.0,
    }
    assert limits(["max_current"]) == before | {"max_voltage": 5.0}
    assert limits([], max_current=3.0) == {"max_current": 3.0}
    assert limits([]) is None


@pytest.mark.parametrize(
    "name", ["", " ", " psu2", "psu2 ", "psu\n2", "psu\t2", "psu\u202e2", "\u200b", "\u2028", "p" * 101]
)
def test_a_name_nobody_could_type_or_see_is_not_given(path, name):
    before = path.read_bytes()
    with pytest.raises(errors.UsageError):
        save(path, AIN | {"name": name})
    with pytest.raises(errors.UsageError, match="is no name for a net"):
        benchwriting.change(path, wire.RenameNet(1, "psu1", name))
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["Prüfling ☃", "a/b", "..", "?x#y", "--box", "main 5 V", "%2f", "p" * 100])
def test_any_other_name_is(path, name):
    assert benchwriting.change(path, wire.RenameNet(1, "psu1", name))
    assert save(path, AIN | {"name": f"{name[:90]} too"})
    assert [one["name"] for one in records(path)] == [name, f"{name[:90]} too"]


def test_a_net_whose_name_somebody_else_gave_can_be_saved_and_renamed(path):
    odd = PSU | {"name": "psu 1\t"}
    path.write_text(json.dumps([odd]))
    assert save(path, odd | {"description": "mine"})
    assert save(path, AIN)
    assert save(path, *records(path), alone=True) is False
    assert benchwriting.change(path, wire.RenameNet(1, "psu 1\t", "psu1"))

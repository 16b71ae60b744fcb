"""Two people on one box: what each is told, and what each can do, while the other has it."""

import json
import re

import pytest

BENCH = "two_instruments.toml"
ALICE, BOB = {"LAGER_USER": "alice", "LAGER_LOCK_WAIT": "0"}, {"LAGER_USER": "bob", "LAGER_LOCK_WAIT": "0"}
REFUSED = re.compile(
    "Error: Box 'local' is locked by alice\nTo force unlock: lager boxes unlock --box local --force\n"
    r"It is reserved, since \d\d:\d\d:\d\d\. To wait for it, set LAGER_LOCK_WAIT to some seconds\.\n"
)
PAUSING = """
from lager import Net, NetType, pause
supply = Net.get("supply1", type=NetType.PowerSupply)
supply.set_voltage(1.0)
pause("look", timeout=0, interactive=True)
print("found", supply.get_voltage_setpoint())
supply.set_voltage(3.0)
"""


@pytest.fixture(scope="module")
def started(home):
    home.lager("nets", env=ALICE)  # which starts the box, and says so
    return home


@pytest.fixture
def box(started):
    yield started
    started.lager("boxes", "unlock", "--force")


def test_a_reserved_box_is_read_by_all_and_changed_by_one(box):
    assert box.lager("boxes", "lock", env=ALICE).stdout == "Box 'local' is locked by alice\n"
    for command in (["supply", "supply1", "voltage", "2", "--yes"], ["python", "-c", "print('mine')"]):
        refused = box.lager(*command, env=BOB)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert REFUSED.fullmatch(refused.stderr)
        allowed = box.lager(*command, env=ALICE)
        assert (allowed.returncode, allowed.stderr) == (0, "")
    read = box.lager("supply", "supply1", "voltage", env=BOB)
    assert "2.0" in read.stdout
    assert read.stderr == "Note: the box is locked by alice; this only reads.\n"
    other_role = box.lager("battery", "battery1", "soc", env=BOB)
    assert (other_role.returncode, other_role.stdout) == (1, "")
    assert other_role.stderr.splitlines()[:3] == [
        "Error: Box 'local' is locked by alice",
        "The Keithley_2281S at USB0::0x05E6::0x2281::4381218::INSTR is set up as a power-supply, and was left so: "
        "battery1.soc would have made it a battery.",
        "To force unlock: lager boxes unlock --box local --force",
    ]


def test_who_waits_in_vain_is_told_so(box):
    box.lager("boxes", "lock", env=ALICE)
    for command in (["dac", "dac1", "1"], ["python", "-c", "1"]):
        gone = box.lager(*command, env=BOB | {"LAGER_LOCK_WAIT": "0.2"})
        told = "Box 'local' is locked by alice; waiting up to 0.2s for release...\nGave up after waiting 0.2s.\n"
        assert gone.returncode == 1
        assert gone.stderr.startswith(told)
        assert REFUSED.fullmatch(gone.stderr.removeprefix(told))


@pytest.fixture
def there(box):
    """The box as one of a name, as one on another machine has."""
    box.lager("boxes", "add", "--name", "there", "--ip", "127.0.0.1")
    yield box
    box.lager("boxes", "delete", "--name", "there", "--yes")


def test_a_reserved_box_is_neither_updated_nor_taken_away(there):
    there.lager("boxes", "lock", "--box", "there", env=ALICE)
    bob = BOB | {"LAGER_SSH": "false"}  # nobody is to get further than to ssh
    for command in ("update --box there", "uninstall --yes --box there", "uninstall --yes --ip 127.0.0.1"):
        gone = there.lager(*command.split(), env=bob | {"LAGER_LOCK_WAIT": "0.2"})
        told = "Box 'there' is locked by alice; waiting up to 0.2s for release...\nGave up after waiting 0.2s.\n"
        assert (gone.returncode, gone.stdout) == (1, "")
        assert gone.stderr.startswith(f"{told}Error: Box 'there' is locked by alice\n")
        assert " 1. Connect to 127.0.0.1: not done\n" in there.lager(*command.split(), "--force", env=bob).stderr


def test_lock_and_unlock_say_whose_it_is(box):
    box.lager("boxes", "lock", env=ALICE)
    refused = box.lager("boxes", "lock", env=BOB)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: Box 'local' is already locked by alice (reserved, since ")
    assert box.lager("boxes", "unlock", env=BOB).stderr.startswith("Error: Box 'local' is locked by alice")
    freed = box.lager("boxes", "unlock", "--force", env=BOB)
    assert (freed.returncode, freed.stdout) == (0, "Box 'local' is now unlocked\n")
    for_another = box.lager("boxes", "lock", "--user", "carol", env=BOB)
    assert for_another.stdout == "Box 'local' is locked by carol\n"


def test_a_box_without_a_name_is_nobodys(started):
    refused = started.lager("boxes", "unlock", "--box", "", "--force", env=BOB)
    assert (refused.returncode, refused.stdout) == (2, "")


def test_commands_of_one_ci_job_are_one_holder(box):
    job = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7", "USER": "runner"}
    mine, other = ({**job, "GITHUB_JOB": name, "LAGER_LOCK_WAIT": "0"} for name in ("test", "flash"))
    assert "ci:github:o/r#7-1/test" in box.lager("boxes", "lock", env=mine).stdout
    assert box.lager("python", "-c", "print('mine')", env=mine).stdout == "mine\n"
    assert box.lager("dac", "dac1", "1", env=mine).returncode == 0
    assert box.lager("python", "-c", "print('mine')", env=other).returncode == 1
    assert box.lager("boxes", "unlock", env=mine).returncode == 0


def test_while_a_script_is_paused_others_work_and_are_told_whose_it_is(box):
    script = box.start("python", box.script(PAUSING), env=ALICE)
    try:
        while "breakpoint" not in script.stderr.readline():
            pass
        changed = box.lager("supply", "supply1", "voltage", "2", "--yes", env=BOB)
        [run] = json.loads(box.lager("runs", "--json").stdout)
        assert (changed.returncode, changed.stderr) == (
            0,
            f"Note: run {run['id'][:8]} of alice is paused on this box.\n",
        )
        assert box.lager("python", "--continue", run["id"], env=ALICE).returncode == 0
        out, _ = script.communicate(timeout=60)
    finally:
        script.kill()
        script.communicate()
    assert (out, script.returncode) == ("found 2.0\n", 0)


def test_somebody_alone_hears_nothing_of_locks_and_what_a_script_starts_is_its_run(started):
    script = "import pathlib, subprocess, sys\n"
    script += "subprocess.run([pathlib.Path(sys.executable).with_name('lager'), 'dac', 'dac1', '1'], check=True)"
    done = started.lager("python", "-c", script, env=ALICE)
    assert (done.returncode, done.stderr) == (0, "")

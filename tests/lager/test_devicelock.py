"""Locks between processes: real ones, that are asked, killed and forked."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import uuid
import warnings

import pytest

import lager
from lager import addresses, errors, settings
from lager.devicelock import DeviceLock, DeviceLockWarning, file_name

NAME = os.path.basename(sys.executable)[:15]  # as the kernel keeps it
VIA = "usbip://127.0.0.1:1"
HOLD = """
import sys, lager
with lager.device_lock(sys.argv[1], via=sys.argv[2]):
    print("has it", flush=True)
    sys.stdin.readline()
print("let go", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("LAGER_PROCESS_ID", raising=False)
    yield
    shutil.rmtree(settings.runtime_dir())


@pytest.fixture
def address():
    """One for this test: locks of real buses are the user's, not the state directory's."""
    return f"USB0::0x05E6::0x2281::{uuid.uuid4().hex.upper()}::INSTR"


class Other:
    """Another process that has the lock, until told otherwise."""

    def __init__(self, address, via=VIA, run="", code=HOLD):
        env = os.environ | ({"LAGER_PROCESS_ID": run} if run else {})
        words = [sys.executable, "-c", code, address, via]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True)
        assert self.hears() == "has it"

    def hears(self):
        return self.process.stdout.readline().strip()

    def lets_go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self.hears() == "let go"

    def close(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def other(address):
    one = Other(address)
    yield one
    one.close()


def lock(address, timeout=0.0, via=VIA):
    return DeviceLock(address, timeout, via)


def is_free(address, via=VIA):
    """Ask in a process of its own, which has no part in what this one holds."""
    code = "import sys, lager\nwith lager.device_lock(sys.argv[1], 0, sys.argv[2]): pass"
    done = subprocess.run([sys.executable, "-c", code, address, via], capture_output=True, text=True)
    assert done.returncode == 0 or "InstrumentBusy" in done.stderr, done.stderr
    return done.returncode == 0


def path_of(address, via=VIA):
    return settings.locks_dir(via) / file_name(address)


def test_held_by_another_process_it_is_refused_and_the_holder_named(address, other):
    with pytest.raises(errors.InstrumentBusy) as refused, lock(address):
        pass
    assert refused.value.what == f"{address} is in use: {NAME} (pid {other.process.pid}) has it"
    other.lets_go()
    with lock(address):
        assert not is_free(address)
    assert is_free(address)


def test_a_run_is_named_with_how_to_read_it(address):
    run = "4f2a1b3c-5e6f-4444-8888-123456789abc"
    one = Other(address, run=run)
    try:
        with pytest.raises(errors.InstrumentBusy) as refused, lock(address):
            pass
    finally:
        one.close()
    assert f"run 4f2a1b3c (pid {one.process.pid}, {NAME}) has it" in refused.value.what
    assert "lager python --console 4f2a1b3c" in refused.value.hint


def test_a_worker_is_named_as_the_service_it_is(address):
    titled = "import setproctitle; setproctitle.setproctitle('lager_hwservice.worker Keithley_2281S USB0')"
    words = [sys.executable, "-c", titled + HOLD, address, VIA]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout.readline() == "has it\n"
        held = lock(address)
        with pytest.raises(errors.InstrumentBusy, match="the hardware service of a box"):
            held.acquire()
        assert held.holder().serves
        worker.kill()


def test_it_waits_for_its_turn(address, other):
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            other.lets_go()

    with DeviceLock(address, 60, VIA, sleep):
        assert waits == [0.05] * 3


def test_how_long_it_waited_is_said(address, other):
    with pytest.raises(errors.InstrumentBusy, match=r"\(waited 0.1 s\)"), lock(address, 0.1):
        pass


def test_the_death_of_its_holder_frees_it(address, other):
    other.process.send_signal(signal.SIGKILL)
    other.process.wait()
    stale = path_of(address).read_text()
    assert stale == f"{other.process.pid}\n\n"
    with lock(address):
        assert path_of(address).read_text() == f"{os.getpid()}\n\n"


def test_the_file_says_who_has_it_and_then_nobody(address, monkeypatch):
    monkeypatch.setenv("LAGER_PROCESS_ID", "a-run")
    path_of(address).write_text("123456789\nan older and much longer run\n")
    with lock(address):
        assert path_of(address).read_text() == f"{os.getpid()}\na-run\n"
    assert path_of(address).read_text() == ""


def test_who_is_refused_leaves_the_file_as_it_is(address, other):
    before = path_of(address).read_text()
    with pytest.raises(errors.InstrumentBusy), lock(address):
        pass
    assert path_of(address).read_text() == before == f"{other.process.pid}\n\n"


def test_one_lock_may_be_taken_again(address):
    one = lock(address)
    with one:
        with one:
            assert not is_free(address)
        assert one.held
        assert not is_free(address)
    assert not one.held
    assert is_free(address)
    one.release()  # once too often is no harm
    with one:
        assert not is_free(address)


def test_a_second_lock_in_the_same_thread_is_refused_at_once(address):
    with lock(address), pytest.raises(errors.UsageError, match="by this thread already"):
        lock(address.lower(), 60).acquire()


def test_another_thread_waits_for_its_turn(address):
    taken, slept = threading.Event(), threading.Event()

    def second():
        with DeviceLock(address, 60, VIA, lambda seconds: (slept.set(), threading.Event().wait(seconds))):
            taken.set()

    with lock(address):
        thread = threading.Thread(target=second)
        thread.start()
        assert slept.wait(10)
        assert not taken.is_set()
    thread.join(10)
    assert taken.is_set()


FORK = """
import os, sys, lager
held = lager.device_lock(sys.argv[1], 0, sys.argv[2])
held.acquire()
told, tell = os.pipe(), os.pipe()
if os.fork() == 0:
    os.close(tell[1])
    held_in_child = held.held
    held.release()  # as the end of an inherited `with` block does
    try:
        lager.device_lock(sys.argv[1], 0, sys.argv[2]).acquire()
        locked = "locked it"
    except lager.LagerError as exc:
        locked = exc.what
    os.write(told[1], f"{held_in_child}\\n{locked}\\n".encode())
    os.read(tell[0], 1)  # lives on until the parent says so
    os._exit(0)
os.close(told[1])
with open(told[0]) as child:
    print("child", child.readline().strip(), child.readline().strip(), flush=True)
    sys.stdin.readline()
    held.release()
    print("let go", flush=True)
    sys.stdin.readline()
"""


def test_a_forked_child_has_no_part_in_it(address):
    words = [sys.executable, "-c", FORK, address, VIA]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        said = parent.stdout.readline()
        assert said == f"child False {address} is in use: {NAME} (pid {parent.pid}) has it\n"
        assert not is_free(address)  # the child's release was not the parent's
        parent.stdin.write("\n")
        parent.stdin.flush()
        assert parent.stdout.readline() == "let go\n"
        assert is_free(address)  # though the child lives
        parent.communicate("\n")


def test_a_program_that_was_started_does_not_keep_it(address):
    with lock(address):
        words = [sys.executable, "-c", "print(1, flush=True); input()"]
        program = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False, pass_fds=())
        assert program.stdout.readline() == b"1\n"
    assert is_free(address)
    program.communicate(b"\n")


def test_a_file_that_was_removed_locks_nobody_out_but_a_new_one_does(address):
    """The holder keeps what it has; the next one takes the new file, and from then on all agree."""
    first = Other(address)
    path_of(address).unlink()
    with lock(address):
        assert not is_free(address)
    first.close()


SPELLINGS = [
    "USB0::0x05E6::0x2281::AB12::INSTR",
    "usb0::0x05e6::0x2281::ab12::instr",
    "USB::1510::8833::AB12",
    "USB0::1510::8833::AB12::0::INSTR",
    " USB1::0x5e6::0x2281::Ab12::0 ",
    "USB0::0x05E6::0x2281::AB12::RAW",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_is_one_however_it_is_written(spelling):
    assert addresses.canonical(spelling) == SPELLINGS[0]
    assert file_name(spelling) == file_name(SPELLINGS[0])


@pytest.mark.parametrize(
    "pair",
    [
        ("USB0::0x05E6::0x2281::AB12::INSTR", "USB0::0x05E6::0x2281::AB13::INSTR"),
        ("USB0::0x05E6::0x2281::A.B::INSTR", "USB0::0x05E6::0x2281::A/B::INSTR"),
        ("ASRL/dev/ttyUSB0::INSTR", "ASRL/dev/ttyusb0::INSTR"),
        ("TCPIP0::10.0.0.1::INSTR", "TCPIP0::10.0.0.11::INSTR"),
        ("modbus-tcp://10.0.0.1", "modbus-tcp://10.0.0.1:503"),
    ],
)
def test_two_addresses_are_two(pair):
    assert file_name(pair[0]) != file_name(pair[1])


@pytest.mark.parametrize(
    "pair",
    [
        ("TCPIP0::Scope.local::INSTR", "tcpip0::scope.LOCAL::instr"),
        ("TCPIP0::Scope.local::5555::SOCKET", " tcpip::scope.LOCAL::05555::socket"),
        ("modbus-tcp://T7.local", "modbus-tcp://t7.local:502/"),
    ],
)
def test_other_addresses_with_several_spellings(pair):
    assert file_name(pair[0]) == file_name(pair[1])


@pytest.mark.parametrize("address", ["", "USB0", "USB0::a::b::c::INSTR", "USBx::1::2::3", "garbage", "USB0::1::2"])
def test_what_is_no_usb_address(address):
    assert addresses.usb(address) is None
    assert file_name(address).endswith(".lock")


def test_the_name_of_the_file_is_readable_and_not_too_long():
    name = file_name("USB0::0x05E6::0x2281::4381218::INSTR")
    assert name.startswith("device_USB0__0x05E6__0x2281__4381218__INSTR_")
    assert len(file_name("USB0::1::2::" + "9" * 1000 + "::INSTR")) < 200


def test_the_directory_is_private_and_real_buses_share_one():
    for via in ("", VIA):
        status = settings.locks_dir(via).stat()
        assert status.st_mode & 0o777 == 0o700
        assert status.st_uid == os.getuid()
    assert settings.locks_dir(VIA) != settings.locks_dir()


def test_real_buses_share_one_lock_between_state_directories(address, tmp_path, monkeypatch):
    with lock(address, via=""):
        monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path / "another"))
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        assert not is_free(address, via="")
        assert is_free(address)  # on a server of another box it is another instrument
        shutil.rmtree(settings.runtime_dir())
    monkeypatch.undo()
    path_of(address, via="").unlink()


def broken_by_a_file(address):
    (settings.runtime_dir() / "locks").write_text("in the way")


def broken_by_a_link(address):
    path_of(address).symlink_to("elsewhere")


def broken_by_a_folder(address):
    path_of(address).mkdir()


@pytest.mark.parametrize("broken", [broken_by_a_file, broken_by_a_link, broken_by_a_folder])
def test_where_there_can_be_no_lock_it_is_said_and_things_go_on(address, broken):
    broken(address)
    one = lock(address)
    with pytest.warns(DeviceLockWarning, match=rf"{address} is used without a lock: .*(locks|device_)"), one:
        assert one.held
    assert not one.held


FULL_DISK = "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"


@pytest.mark.parametrize("taken", ["with one: pass", "one.acquire()"])
@pytest.mark.parametrize("broken", ["path.mkdir()", FULL_DISK])
def test_a_warning_points_at_the_line_of_the_script(tmp_path, address, broken, taken):
    script = tmp_path / "script.py"
    script.write_text(
        "import lager, pathlib, resource, sys; from lager import settings\n"
        f"settings.locks_dir({VIA!r}); path = pathlib.Path(sys.argv[1]); {broken}\n"
        f"one = lager.device_lock(sys.argv[2], via={VIA!r})\n"
        f"{taken}\n"
    )
    words = [sys.executable, script, settings.locks_dir(VIA) / file_name(address), address]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert f"{script}:4: DeviceLockWarning" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_somebody_else_is_not_used(address):
    folder = settings.locks_dir(VIA)
    os.chown(folder, 12345, 12345)
    with pytest.warns(DeviceLockWarning, match="belongs to another user"), lock(address):
        pass
    os.chown(folder, 0, 0)


def test_a_full_disk_leaves_the_lock_but_not_its_name(address):
    limit = "from lager import settings; settings.locks_dir(sys.argv[2]); import resource, warnings"
    limit += "; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); warnings.simplefilter('ignore')"
    one = Other(address, code=HOLD.replace("import sys, lager", f"import sys, lager\n{limit}"))
    with pytest.raises(errors.InstrumentBusy, match="another process has it"):
        lock(address).acquire()
    one.close()


def test_the_name_is_there_for_scripts_and_costs_nothing_until_used():
    code = (
        "import sys, lager\n"
        "assert not {'lager.devicelock', 'lager.settings', 'platformdirs', 'hashlib'} & set(sys.modules), sys.modules\n"
        "assert callable(lager.device_lock)\n"
        "import lager.devicelock\n"
        "assert callable(lager.device_lock)\n"
        "from lager import device_lock\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'device_key'"):
        lager.device_key  # noqa: B018


def test_no_warning_where_all_is_well(address):
    with warnings.catch_warnings(record=True) as said, lock(address):
        pass
    assert said == []

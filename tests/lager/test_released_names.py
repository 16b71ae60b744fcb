"""What scripts import of the released Lager: it is there, and means what it says."""

import importlib
import os
import pickle  # noqa: TID251  # what multiprocessing does with an enum
import signal
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lager
from lager import NetType, absentrooms, binaries, errors, unserved, wire

EXPORTED = [
    "pause",
    "Net",
    "NetType",
    "InvalidNetError",
    "SetupFunctionRequiredError",
    "USBBackendError",
    "LibraryMissingError",
    "DeviceNotFoundError",
    "PortStateError",
    "HubOperationTimeout",
    "output",
    "OutputEncoders",
    "Interface",
    "Transport",
    "Hexfile",
    "Binfile",
    "lager_excepthook",
    "install_excepthook",
    "restore_excepthook",
    "read_adc",
    "get_available_instruments",
    "get_saved_nets",
    "LAGER_HOST",
]
ELSEWHERE = [
    ("lager.core", "output"),
    ("lager.core", "OutputEncoders"),
    ("lager.core", "Interface"),
    ("lager.core", "install_excepthook"),
    ("lager.nets", "Net"),
    ("lager.nets", "NetType"),
    ("lager.nets.net", "InvalidNetError"),
    ("lager.exceptions", "InvalidNetError"),
    ("lager.exceptions", "USBBackendError"),
    ("lager.util.device_lock", "device_lock"),
]


@pytest.mark.parametrize("name", EXPORTED)
def test_what_lager_exports(name):
    assert name in lager.__all__
    assert getattr(lager, name) is not None


@pytest.mark.parametrize(("module", "name"), ELSEWHERE)
def test_what_is_imported_from_elsewhere_is_the_same(module, name):
    assert getattr(importlib.import_module(module), name) is getattr(lager, name)


@pytest.mark.parametrize("room", absentrooms.ROOMS)
def test_a_room_that_is_not_here_says_what_to_import_instead(room):
    with pytest.raises(ModuleNotFoundError, match=f"no module named 'lager.{room}' here") as refused:
        exec(f"from lager import {room}")
    assert refused.value.name == f"lager.{room}"
    assert "  Try: from lager import Net, NetType; then Net.get('" in str(refused.value)
    assert not hasattr(lager, room), "who asks whether it is there is told that it is not"
    with pytest.raises(AttributeError, match=f"has no attribute '{room}'"):
        getattr(lager, room)


def test_what_nobody_ever_had_is_as_ever():
    with pytest.raises(ImportError, match="cannot import name 'nowhere' from 'lager'"):
        exec("from lager import nowhere")
    from lager import unserved as found

    assert found is unserved


def test_rooms_need_no_import_of_their_own():
    code = "import lager\nprint(lager.core.OutputEncoders(3).name, lager.exceptions.DeviceError, lager.nets.Net)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "JSON <class 'lager.errors.LagerError'> <class 'lager.net.Net'>\n"


def test_the_numbers_of_the_encoders_and_probes():
    assert [(one.name, one.value) for one in lager.OutputEncoders] == [
        ("Raw", 1),
        ("Pickle", 2),
        ("JSON", 3),
        ("YAML", 4),
    ]
    assert [(one.name, one.value) for one in lager.Interface] == [
        ("ftdi", 1),
        ("cmsisdap", 2),
        ("jlink", 3),
        ("xds110", 4),
        ("stlink", 5),
        ("stlink_dap", 6),
    ]
    assert lager.Interface["stlink-dap"] is lager.Interface.stlink_dap
    assert lager.Transport.swd.value == 1
    assert pickle.loads(pickle.dumps(lager.Interface.jlink)) is lager.Interface.jlink


def test_firmware_files_are_only_named():
    assert (lager.Hexfile("a.hex").path, repr(lager.Hexfile("a.hex"))) == ("a.hex", "Hexfile('a.hex')")
    image = lager.Binfile("a.bin", 0x8000000)
    assert (image.path, image.address, repr(image)) == ("a.bin", 0x8000000, "Binfile('a.bin', 0x08000000)")


@pytest.mark.parametrize(
    ("raised", "caught"),
    [
        (errors.NetNotFound, "InvalidNetError"),
        (errors.InstrumentGone, "DeviceNotFoundError"),
        (errors.InstrumentGone, "USBBackendError"),
        (errors.InstrumentRefused, "PortStateError"),
        (errors.InstrumentSilent, "HubOperationTimeout"),
        (errors.SetupFunctionRequired, "SetupFunctionRequiredError"),
    ],
)
def test_what_is_caught_by_its_released_name(raised, caught):
    with pytest.raises(getattr(lager, caught)):
        raise raised("it went wrong", "look")


@pytest.mark.parametrize("name", [one for one in EXPORTED if one.endswith(("Error", "Timeout"))])
def test_scripts_raise_them_too_with_a_text_and_without(name):
    kind = getattr(lager, name)
    with pytest.raises(kind) as bare:
        raise kind
    with pytest.raises(kind) as told:
        raise kind("port 3 is off")
    assert (str(bare.value), str(told.value)) == ("", "port 3 is off")


def test_a_decoder_of_a_bus_says_what_there_is_instead():
    from lager.nets.bus import BusCAN, BusFlex, BusI2C, BusSPI, BusUART

    for kind in (BusUART, BusI2C, BusSPI, BusCAN, BusFlex):
        with pytest.raises(errors.UsageError, match="no bus is decoded here") as refused:
            kind("scope1", tx="scope2")
        assert "waveform()" in refused.value.hint
    with pytest.raises(errors.UsageError, match=r"trigger_settings\.uart"):
        BusUART()


NETS = [wire.NetRecord("uart1", "uart", "Prolific"), wire.NetRecord("dac1", "dac", "LabJack_T7")]


@pytest.mark.parametrize("kind", [NetType.Logic, NetType.Debug, NetType.Arm, NetType.UART, NetType.WattMeter])
def test_a_type_that_is_not_served(kind):
    missing = unserved.refusal("x", kind, NETS, "DAC (dac1)")
    assert isinstance(missing, lager.InvalidNetError)
    assert missing.what == "Invalid Net: x"
    assert kind.name in missing.hint
    other = unserved.refusal("dac1", kind, NETS, "DAC (dac1)")
    assert isinstance(other, lager.InvalidNetError)
    assert other.what.endswith("are not served here; dac1 is NetType.DAC")
    assert "a box of the released Lager serves them" in other.hint
    assert other.hint.endswith("this bench can do DAC (dac1)")


def test_a_saved_net_of_a_type_that_is_not_served():
    refused = unserved.refusal("uart1", NetType.UART, NETS, "")
    assert refused.what == "uart1: nets of type uart (NetType.UART) are not served here"
    assert refused.hint.endswith("this bench can do nothing: it has no nets")
    assert "package pyserial" in refused.hint  # no part of Lager: a script has to name it


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of programs of the box."""
    monkeypatch.setenv(binaries.FOLDER, str(tmp_path / "binaries"))
    (tmp_path / "binaries").mkdir()
    return tmp_path / "binaries"


def program(folder, name, source):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{textwrap.dedent(source)}")
    path.chmod(0o755)
    return path


def test_a_program_of_the_box_is_run(folder, tmp_path):
    path = program(folder, "flasher", 'echo "$1 $2 $MODE $PWD"; echo oops >&2; exit 3\n')
    program(folder, ".0123456789abcdef", "exit 0\n")  # it is just being put there
    (folder / "notes.txt").write_text("no program")
    assert binaries.list_binaries() == ["flasher"]
    assert binaries.get_binary_path("flasher") == str(path)
    done = binaries.run_custom_binary("flasher", "--port", 7, env={"MODE": "fast"}, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (3, f"--port 7 fast {tmp_path}\n", "oops\n")
    with pytest.raises(subprocess.CalledProcessError):
        binaries.run_custom_binary("flasher", check=True)


@pytest.mark.parametrize("name", ["", ".", "..", "x", "notes.txt", "../flasher", "/bin/sh", "a\0b", "x" * 300])
def test_what_is_no_program_of_the_box(folder, name):
    program(folder, "flasher", "exit 0\n")
    (folder / "notes.txt").write_text("no program")
    with pytest.raises(FileNotFoundError, match="the box has no program") as refused:
        binaries.run_custom_binary(name)
    assert "it has flasher" in refused.value.hint
    assert isinstance(refused.value, binaries.BinaryNotFoundError)


@given(st.text())
def test_no_name_leads_out_of_the_folder(tmp_path_factory, name):
    folder = tmp_path_factory.getbasetemp() / "programs"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(binaries.FOLDER, str(folder))
        with pytest.raises(errors.BinaryNotFound):
            binaries.get_binary_path(name)


def test_where_there_is_no_folder(folder):
    folder.rmdir()
    assert binaries.list_binaries() == []
    with pytest.raises(errors.BinaryNotFound, match="it has none"):
        binaries.get_binary_path("x")
    with pytest.raises(TypeError, match="name must be text"):
        binaries.get_binary_path(None)


def test_a_program_of_another_machine(folder):
    path = folder / "flasher"
    path.write_bytes(b"\x7fnothing")
    path.chmod(0o755)
    with pytest.raises(errors.UsageError, match="cannot be started") as refused:
        binaries.run_custom_binary("flasher")
    assert "processor" in refused.value.hint


def test_a_program_that_takes_too_long_ends_with_its_children(folder, tmp_path):
    told = tmp_path / "told"
    os.mkfifo(told)
    program(folder, "slow", f"sleep 1000 >{told} &\nexec >&- 2>&-\nwait\n")
    reader = os.open(told, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(subprocess.TimeoutExpired):
        binaries.run_custom_binary("slow", timeout=0.3)
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""  # nobody has its other end any more
    os.close(reader)


def test_an_interrupt_ends_it_too(folder, tmp_path):
    told = tmp_path / "told"
    os.mkfifo(told)
    program(folder, "slow", f"echo $PPID >{told}\nsleep 1000\n")
    code = "from lager import binaries\nbinaries.run_custom_binary('slow', timeout=None)"
    script = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    assert int(told.read_text()) == script.pid
    script.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in script.communicate(timeout=20)[1]

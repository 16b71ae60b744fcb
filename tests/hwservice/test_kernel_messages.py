"""What the kernel has said: from a pipe that gives records as its buffer does, and from real programs."""

import os

import pytest

from lager_hwservice import usb
from lager_hwservice.diagnosis import kernelmessages
from lager_hwservice.diagnosis.kernelmessages import Message


@pytest.fixture
def buffer():
    """A pipe that gives what was written as it was written, as /dev/kmsg does; the function writes a record."""
    reading, writing = os.pipe2(os.O_DIRECT | os.O_NONBLOCK)
    yield f"/proc/self/fd/{reading}", lambda text: os.write(writing, text.encode())
    os.close(reading)
    os.close(writing)


def test_the_kernels_buffer_is_read_to_its_end_and_not_beyond(buffer):
    path, write = buffer
    write("6,339,5140900916,-;usb 1-4: USB disconnect, device number 5\n SUBSYSTEM=usb\n DEVICE=+usb:1-4\n")
    write("4,340,5141000000,c;more; of it\n")
    write("nonsense\n")
    write("6,x,y;nonsense\n")
    found = kernelmessages.newest(path, ())
    assert found == [
        Message(5140.900916, "usb 1-4: USB disconnect, device number 5"),
        Message(5141.0, "more; of it"),
    ]
    assert kernelmessages.newest(path, ()) == []


def test_a_buffer_without_an_end(buffer):
    path, write = buffer
    for number in range(5):
        write(f"6,{number},1000000,-;usb 1-4: x\n")
    times = iter([0.0, 0.5, 0.9, 1.1])
    with pytest.raises(usb.CouldNotLook, match="more than could be read within 1 s"):
        kernelmessages.of_buffer(path, lambda: next(times))


def test_programs_are_asked_where_the_buffer_may_not_be_read(tmp_path):
    refusing = ("sh", "-c", "echo sh: read kernel buffer failed: Operation not permitted >&2; exit 1")
    journal = ("sh", "-c", "echo '[ 5140.900916] box kernel: usb 1-4: USB disconnect'; echo '-- Boot x --'")
    printing = ("sh", "-c", "echo '<6>[    1.5] usb usb1: New USB device found'")
    asking = ("sh", "-c", "read password && echo '[ 1.0] x'")  # nobody types one
    silent, missing = ("true",), ("no-such-program-anywhere",)
    kmsg = tmp_path / "kmsg"
    assert kernelmessages.newest(kmsg, [refusing, journal]) == [Message(5140.900916, "usb 1-4: USB disconnect")]
    assert kernelmessages.newest(kmsg, [printing]) == [Message(1.5, "usb usb1: New USB device found")]
    with pytest.raises(usb.CouldNotLook) as told:
        kernelmessages.newest(kmsg, [refusing, asking, silent, missing])
    assert str(told.value) == (
        f"{kmsg}: No such file or directory; sh: read kernel buffer failed: Operation not permitted; "
        "sh: it shows this user none; true: it shows this user none; "
        "no-such-program-anywhere: No such file or directory"
    )


def test_a_program_that_does_not_end(monkeypatch):
    monkeypatch.setattr(kernelmessages, "_PROGRAM_WITHIN", 0.05)
    with pytest.raises(usb.CouldNotLook, match=r"tail: no end within 0\.05 s"):
        kernelmessages.of_program(["tail", "-f", "/dev/null"])


def test_this_machine_says_something_or_why_not():
    try:
        found = kernelmessages.newest()
    except usb.CouldNotLook as exc:
        found = str(exc)
    assert found[0] == "/" or isinstance(found[0], Message)


def test_messages_about_a_device_are_chosen():
    texts = [
        "process 'usb-vm/build/linux' started",
        "usb 1-4.2: new high-speed USB device number 7 using xhci_hcd",
        "hub 1-4:1.0: USB hub found",
        "usb 1-4.20: new high-speed USB device number 8 using xhci_hcd",
        "usbtmc 1-4.2:1.0: probe failed",
        "usb 1-3: USB disconnect, device number 5",
        "xhci_hcd 0000:00:14.0: HC died; cleaning up",
        "usbcore: registered new interface driver usbtmc",  # 7, and of no device
        "cdc_acm 1-3:1.0: ttyACM0: USB ACM device",
        "eth0: link up",
        "at24 1-0050: 256 byte spd EEPROM, read-only",
        "usb usb1-port4: Cannot enable. Maybe the USB cable is bad?",
    ]
    said = [Message(n, text) for n, text in enumerate(texts)]
    assert [one.seconds for one in kernelmessages.about(said, "1-4.2")] == [1, 2, 4, 6, 11]
    assert [one.seconds for one in kernelmessages.about(said, "")] == [1, 2, 3, 4, 5, 6, 8, 11]
    assert [one.seconds for one in kernelmessages.about(said, "1-4.2", most=2)] == [6, 11]
    assert kernelmessages.about([], "1-4.2") == []


def test_messages_have_the_time_of_day(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    text = kernelmessages.dated([Message(10.0, "usb 1-1: a"), Message(70.4, "usb 1-1: b")], 1_000_100.0, 100.0)
    assert text == "1970-01-12 13:46:50 usb 1-1: a\n1970-01-12 13:47:50 usb 1-1: b"
    assert kernelmessages.dated([], 1.0, 1.0) == ""

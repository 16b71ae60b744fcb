"""Handing a connection to vhci_hcd, against a folder of files as it has them; tests/usb does it with a real one."""

import socket

import pytest

from lager import errors
from lager_drivers.simulated import kernel

HEAD = "hub port sta spd dev      sockfd local_busid\n"
IN_USE, FREE = "006 003 00010002 000003 1-1\n", "004 000 00000000 000000 0-0\n"


@pytest.fixture
def controller(tmp_path):
    (tmp_path / "status").write_text(HEAD + f"hs  0000 {IN_USE}" + f"hs  0001 {FREE}" + f"ss  0002 {FREE}")
    for name in ("attach", "detach"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture
def transport():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield theirs


@pytest.mark.parametrize(("speed", "port"), [(2, 1), (3, 1), (5, 2)])
def test_a_device_goes_to_the_first_free_port_of_its_speed(controller, transport, speed, port):
    assert kernel.attach(transport, 1, 7, speed, controller) == port
    assert (controller / "attach").read_text() == f"{port} {transport.fileno()} {0x10007} {speed}"


def test_a_second_controller_has_ports_too(controller, transport):
    (controller / "status").write_text(HEAD + f"hs  0000 {IN_USE}")
    (controller / "status.1").write_text(HEAD + f"hs  0016 {FREE}")
    assert kernel.attach(transport, 1, 7, 3, controller) == 16


def test_no_port_is_free(controller, transport):
    (controller / "status").write_text(HEAD + f"hs  0000 {IN_USE}")
    with pytest.raises(errors.LagerError, match="every port of vhci_hcd is in use"):
        kernel.attach(transport, 1, 7, 3, controller)
    assert (controller / "attach").read_text() == ""


def test_a_kernel_without_it_is_told_how_to_get_it(tmp_path, transport):
    with pytest.raises(errors.LagerError) as caught:
        kernel.attach(transport, 1, 7, 3, tmp_path / "nothing")
    assert caught.value.hint == "as root: modprobe vhci-hcd"


def test_it_has_left_when_its_folder_has(controller):
    place = controller / "usb1" / "1-2"
    place.mkdir(parents=True)
    assert not kernel.has_left(1, controller)
    assert kernel.has_left(0, controller)
    place.rmdir()
    assert kernel.has_left(1, controller)

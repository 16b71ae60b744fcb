"""Whether a driver is there, by the two lists of it that the kernel may have."""

import pytest

from lager.usbdrivers import ABSENT, BUILT_IN, LOADED, standing


@pytest.fixture
def lists(tmp_path):
    """A kernel with one module, that of another driver."""
    drivers, modules = tmp_path / "drivers", tmp_path / "modules"
    drivers.mkdir()
    modules.write_text("usbtmc_of_another 1 0 - Live 0x0\n")
    return drivers, modules


def test_a_module_that_is_loaded(lists):
    assert standing("usbtmc", *lists) == ABSENT
    with lists[1].open("a") as listed:
        listed.write("usbtmc 24576 0 - Live 0x0000000000000000\n")
    assert standing("usbtmc", *lists) == LOADED
    (lists[0] / "usbtmc").mkdir()
    assert standing("usbtmc", *lists) == LOADED


def test_a_driver_that_is_built_in(lists):
    (lists[0] / "usbtmc").mkdir()
    assert standing("usbtmc", *lists) == BUILT_IN


def test_a_kernel_without_modules_has_no_list_of_them(lists):
    lists[1].unlink()
    assert standing("usbtmc", *lists) == ABSENT
    (lists[0] / "usbtmc").mkdir()
    assert standing("usbtmc", *lists) == BUILT_IN


def test_where_neither_can_be_read_nothing_is_known(lists):
    lists[1].unlink()
    lists[0].rmdir()
    with pytest.raises(FileNotFoundError, match="modules"):
        standing("usbtmc", *lists)

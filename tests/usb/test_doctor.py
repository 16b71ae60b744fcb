"""`lager doctor` where the kernel has USB: who may open instruments, rules and blacklist, and `usbtmc`."""

import json
import shutil
from pathlib import Path

import pytest
import usbsystem

from lager import shipped
from lager.selfcheck import Place

WANTED = ("instruments", "udev rules", "usbtmc", "modprobe.d")


@pytest.fixture
def asked(box):
    """Ask what the box finds out about its own machine; gives its findings by name, and the exit status."""

    def ask():
        done = box.lager("doctor", "--box", "local", "--json")
        (one,) = json.loads(done.stdout)["boxes"]
        found = {each["name"]: (each["state"], each["words"]) for each in one["self_check"]["findings"]}
        return {name: found[name] for name in WANTED}, done.returncode

    return ask


@pytest.fixture(autouse=True)
def as_it_was(box):
    box.let_go()
    usbsystem.unload("usbtmc")
    yield
    for one in (shipped.RULES, shipped.MODPROBE):
        Path(one.path).unlink(missing_ok=True)
    usbsystem.reload()


def put(one):
    Path(one.path).parent.mkdir(exist_ok=True)
    Path(one.path).write_bytes(one.content())


def test_instruments_may_be_opened_also_while_they_are_in_use(box, asked):
    put(shipped.RULES)
    put(shipped.MODPROBE)
    box.call("supply1", "voltage")
    before = box.worker("supply1")["pid"]
    found, status = asked()
    state, words = found.pop("instruments")
    assert (state, status) == ("ok", 0)
    assert words.endswith(": may be opened")
    for serial in ("4381218", "DP8G235000146"):
        assert f" {serial}" in words
    assert found == {
        "udev rules": ("ok", f"{shipped.RULES.path} is as this version ships it"),
        "usbtmc": ("ok", "the kernel's module is not loaded"),
        "modprobe.d": ("ok", f"{shipped.MODPROBE.path} is as this version ships it"),
    }
    box.call("supply1", "voltage")
    assert box.worker("supply1")["pid"] == before, "nobody was disturbed"


def test_without_rules_and_blacklist_both_are_asked_for(asked):
    found, status = asked()
    told = [found["udev rules"], found["modprobe.d"]]
    assert status == 0
    if Place(Path("/")).contained:  # the machine's files are those of the one that tests run on
        assert told == [("could not look", "it counts on the machine around this container")] * 2
        return
    words = (
        "only root may open a USB instrument that is plugged in",
        "the kernel loads usbtmc when an instrument is plugged in",
    )
    paths = shipped.RULES.path, shipped.MODPROBE.path
    assert told == [("warning", f"{path} is not installed: {one}") for path, one in zip(paths, words, strict=True)]


def test_the_module_that_was_loaded_and_has_taken_an_instrument(box, asked):
    usbsystem.load("usbtmc")
    usbsystem.until(lambda: box.device("supply1").driver == "usbtmc", "usbtmc has taken the 2281S")
    (state, words), status = asked()[0]["usbtmc"], asked()[1]
    assert (state, status) == ("problem", 1)
    assert words.startswith("the kernel's module usbtmc is loaded, and has taken ")
    assert "4381218" in words


def test_a_node_that_is_not_there_is_told(box, asked):
    node = box.device("supply1").node
    aside = node.with_name("aside")
    shutil.move(node, aside)
    try:
        state, words = asked()[0]["instruments"]
    finally:
        shutil.move(aside, node)
    assert state == "warning"
    assert words.endswith(f"4381218 cannot be opened: {node}: no such file or directory")

"""The program that is run on a machine to make it a box: what can be seen of it without changing a machine."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from lager import errors, shipped
from lager_cli.machine import carrying
from lager_cli.machine.onbox import (
    configuration,
    environments,
    following,
    holding,
    keeping,
    kernelfiles,
    liveruns,
    removal,
    service,
    steps,
    switching,
)
from lager_cli.machine.onbox.configuration import Listening
from lager_cli.machine.onbox.places import Places, file_name
from lager_cli.machine.onbox.telling import Teller

NAME, OTHER = "0.2.0-0123abcd", "0.1.0-deadbeef"


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


@pytest.fixture
def heard():
    return []


@pytest.fixture
def teller(heard):
    return Teller(lambda line: heard.append(line) or True)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("onbox") / "onbox.pyz"
    path.write_bytes(carrying.onbox())
    return path


def said(program, *words, **options):
    # Without `site`, so that nothing but the standard library is there.
    done = subprocess.run([sys.executable, "-I", "-S", program, *words], capture_output=True, text=True, **options)
    assert done.stderr == ""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def made(places, name, **files):
    """Make what looks like an environment, with shipped files of its own."""
    folder = places.environment(name)
    there = folder / "lib/python3.11/site-packages/lager/shipped"
    there.mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin/lager").touch()
    (places.root / "python3.11").touch()
    (folder / "bin/python").symlink_to(places.root / "python3.11")
    for one in shipped.EVERY:
        (there / one.name).write_text(files.get(one.name, f"# Installed by Lager: {one.name} of {name}\n"))
    return folder


def test_it_is_the_same_file_every_time():
    assert carrying.onbox() == carrying.onbox()


def test_it_needs_the_standard_library_only_and_looks_without_changing(program, tmp_path):
    status, (line,) = said(program, "status", cwd=tmp_path)
    assert status == 0
    assert {"installed", "versions", "unit", "udev", "modprobe", "config", "health", "update", "runs"} <= set(
        line["done"]
    )


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "there is no step ''"),
        (("fly",), "there is no step 'fly'"),
        (("status", "{"), "what the step is told is no JSON"),
        (("status", "[1]"), "what the step is told is no JSON object"),
        (("switch", "{}"), "the step switch must be told: to"),
        (("receive",), "the step receive must be told: hash, files"),
        (("have", '{"hash": "../..", "files": {}}'), "'0-../..' is no name of an installed version"),
    ],
)
def test_what_it_cannot_do_is_said_in_one_line(program, words, what):
    status, (line,) = said(program, *words)
    assert status == 1
    assert line["failed"]["what"].startswith(what)
    assert line["failed"]["hint"]


def test_who_does_not_listen_stops_nothing(program):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-I", program, "status"], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


# One at a time --------------------------------------------------------------------------------------------------------


def test_a_second_one_is_told_who_is_at_it(places):
    with holding.held(places, "environment"), pytest.raises(errors.LagerError) as told, holding.held(places, "start"):
        pass
    assert told.value.what == (f"another set-up or update of this box is going on (environment, process {os.getpid()})")
    with holding.held(places, "start"):
        pass  # and it is free afterwards


def test_an_update_that_is_under_way_keeps_others_off(places):
    places.setup.mkdir(parents=True)
    keeping.note(holding.pending(places), {"id": "1"})
    with pytest.raises(errors.LagerError, match="an update of this box is under way"), holding.held(places, "tidy"):
        pass
    with holding.held(places, "update", updating=True):
        pass


# Files ----------------------------------------------------------------------------------------------------------------


def test_a_file_is_written_only_where_it_differs(places, tmp_path):
    path = tmp_path / "etc/some/file"
    assert keeping.write(path, b"one")
    assert not keeping.write(path, b"one")
    assert keeping.write(path, b"one", 0o600)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"one", 0o600)
    assert [one.name for one in path.parent.iterdir()] == ["file"]


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path):
    victim, path = tmp_path / "victim", tmp_path / "file"
    victim.write_text("mine")
    path.symlink_to(victim)
    assert keeping.content(path) is None
    assert keeping.write(path, b"mine")
    assert (victim.read_text(), path.is_symlink()) == ("mine", False)


def test_a_draft_that_a_power_loss_left_is_in_nobodys_way(tmp_path):
    (tmp_path / ".file.new").write_text("half")
    assert keeping.write(tmp_path / "file", b"whole")
    (tmp_path / ".current.new").symlink_to("nowhere")
    assert keeping.link(tmp_path / "current", "versions/x")
    assert not keeping.link(tmp_path / "current", "versions/x")
    assert keeping.pointed(tmp_path / "current") == "versions/x"


def test_what_cannot_be_written_says_what_to_do():
    with pytest.raises(errors.LagerError, match="cannot write /proc/version/x: ") as told:
        keeping.write(Places()["/proc/version/x"], b"")
    assert "run the same command again" in told.value.hint


def test_notes_that_are_broken_are_none(tmp_path):
    (tmp_path / "note").write_text('{"half')
    assert keeping.noted(tmp_path / "note") == {}
    assert keeping.noted(tmp_path / "none") == {}


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x.whl", ".hidden", "a b"])
def test_a_wheel_stays_where_wheels_are(name):
    with pytest.raises(errors.UsageError):
        file_name(name)


# Addresses ------------------------------------------------------------------------------------------------------------


def test_addresses_are_kept_and_so_is_what_else_is_in_their_file(places):
    assert configuration.read(places) is None
    assert configuration.write(places, {})
    assert configuration.read(places) == Listening("0.0.0.0", 5000, 8080, 9000)
    places.config.write_text(places.config.read_text() + "LAGER_LOCK_WAIT=5\n")
    assert configuration.write(places, {"bind": "::", "ports": {"http": 9001}})
    assert not configuration.write(places, {})
    assert configuration.read(places) == Listening("::", 5000, 8080, 9001)
    assert "LAGER_LOCK_WAIT=5\n" in places.config.read_text()


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"bind": "bench.example"}, "a box cannot listen on 'bench.example'"),
        ({"bind": "0.0.0.0\nX=1"}, "a box cannot listen on"),
        ({"ports": {"runner": 9000}}, "a box cannot have the ports 9000, 8080, 9000"),
        ({"ports": {"runner": 80}}, "a box cannot have the ports 80, 8080, 9000"),
    ],
)
def test_addresses_that_cannot_be_are_refused(places, asked, what):
    with pytest.raises(errors.UsageError, match=what):
        configuration.write(places, asked)
    assert not places.config.exists()


@pytest.mark.parametrize(("bind", "near"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.0.0.2", "10.0.0.2")])
def test_a_box_is_asked_where_it_listens(bind, near):
    assert Listening(bind).near == near


# What is installed ----------------------------------------------------------------------------------------------------


def test_the_files_that_ship_are_there():
    for one in shipped.EVERY:
        assert one.content().startswith(b"# Installed by Lager"), one
        assert len(one.digest()) == 64
    assert b"\nblacklist usbtmc\n" in shipped.MODPROBE.content()


def test_the_service_lets_runs_live_and_takes_nothing_from_them():
    lines = shipped.BOX_UNIT.content().decode().splitlines()
    for line in ("KillMode=process", "OOMPolicy=continue", "PrivateTmp=no", "RuntimeDirectoryPreserve=yes"):
        assert line in lines
    for line in ("Restart=always", "StartLimitIntervalSec=0", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert line in lines


def test_files_come_from_the_version_that_is_to_run(places):
    folder = made(places, NAME)
    assert kernelfiles.install(places, folder, shipped.RULES)
    assert not kernelfiles.install(places, folder, shipped.RULES)
    assert places[shipped.RULES.path].read_text() == f"# Installed by Lager: 60-lager-instruments.rules of {NAME}\n"
    with pytest.raises(errors.LagerError, match=r"version 0\.1\.0 brings no lager-box\.service"):
        environments.needed(places.environment(OTHER), shipped.BOX_UNIT)


def test_a_file_goes_with_a_version_that_is_too_old_for_it(places):
    kernelfiles.install(places, made(places, NAME), shipped.TMPFILES)
    assert kernelfiles.install(places, places.environment(OTHER), shipped.TMPFILES)
    assert not places[shipped.TMPFILES.path].exists()


def test_without_udev_the_rules_are_in_place_and_it_is_said(places, teller, heard):
    made(places, NAME)
    assert kernelfiles.rules(places, teller, {"name": NAME}) == {"changed": True}
    assert "udev does not run here" in heard[0]["warn"]
    assert teller.warnings == [heard[0]["warn"]]


@pytest.mark.parametrize(
    ("modules", "loaded"),
    [
        ("usbtmc 40960 0 - Live 0x0\nusbcore 1 2 usbtmc, Live 0x0\n", True),
        ("usbcore 290816 4 xhci_pci,usbtmc, Live 0x0\n", False),
        ("", False),
        (None, None),
    ],
)
def test_whether_the_module_is_loaded(places, modules, loaded):
    if modules is not None:
        keeping.write(places["/proc/modules"], modules.encode())
    assert kernelfiles.is_loaded(places) is loaded


def test_no_room_is_said_before_anything_is_written(places, monkeypatch, teller, tmp_path):
    wheel = tmp_path / "huge-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("x", bytes(10**6))
    monkeypatch.setattr(environments, "_COMPILED", 10**10)
    with pytest.raises(errors.LagerError, match=r"there is no room for it: the disk of .* MiB are needed") as told:
        environments._check_room(places, [wheel])
    assert "make room" in told.value.hint


def test_what_is_not_complete_is_no_version(places):
    folder = made(places, NAME)
    assert environments.is_whole(folder)
    assert not environments.is_whole(folder.rename(folder.with_name(f"{NAME}.part")))
    assert not environments.is_whole(places.environment(OTHER))


def test_an_environment_of_a_python_that_was_replaced_is_none(places):
    folder = made(places, NAME)
    (folder / "bin/python").unlink()
    (folder / "bin/python").symlink_to("/usr/bin/python3.99")
    assert not environments.is_whole(folder)


def test_a_command_lager_of_somebody_else_is_left_alone(places):
    keeping.write(places.command, b"#!/bin/sh\n")
    with pytest.raises(errors.LagerError, match="is there already, and is not this box's"):
        service.point(places, NAME)
    assert not places.current.exists()


def test_the_links(places):
    assert service.current(places) == ""
    assert service.point(places, NAME)
    assert not service.point(places, NAME)
    assert (service.current(places), service.is_ours(places)) == (NAME, True)
    assert keeping.pointed(places.command) == "/opt/lager/current/bin/lager"


# Updates --------------------------------------------------------------------------------------------------------------


def test_what_was_there_comes_back_whatever_it_was(places):
    keeping.write(places[shipped.RULES.path], b"old \xff rules\n")
    before = switching._undo(places)
    for one in shipped.EVERY:
        kernelfiles.install(places, made(places, NAME) if one is shipped.RULES else places.environment(NAME), one)
    switching._restore(places, json.loads(json.dumps(before)))
    assert places[shipped.RULES.path].read_bytes() == b"old \xff rules\n"
    assert not places[shipped.BOX_UNIT.path].exists()


def test_an_update_that_was_cut_off_before_it_began_has_failed(places):
    assert switching.told(places)["state"] == "none"
    places.setup.mkdir(parents=True)
    keeping.note(switching.record(places), {"id": "7", "from": OTHER, "to": NAME, "state": "running", "said": []})
    assert switching.told(places)["why"] == "it was cut off before it began: nothing was changed"
    keeping.note(holding.pending(places), {"id": "7"})
    assert switching.told(places)["state"] == "running"


def test_who_follows_is_told_all_from_the_beginning(places, teller, heard):
    places.setup.mkdir(parents=True)
    facts = {"id": "7", "from": OTHER, "to": NAME, "said": [{"say": "one"}, {"warn": "two"}]}
    keeping.note(switching.record(places), {**facts, "state": "done"})
    assert following.follow(places, teller, {})["state"] == "done"
    assert heard == [{"say": "one"}, {"warn": "two"}]
    keeping.note(switching.record(places), {**facts, "state": "rolled-back", "why": "it hangs", "hint": "look"})
    with pytest.raises(errors.LagerError) as told:
        following.follow(places, teller, {"id": "7"})
    assert told.value.what == f"the box was brought back to {OTHER}, as {NAME} is not well there: it hangs"
    assert teller.also == {"state": "rolled-back", "from": OTHER, "to": NAME}


def test_nothing_is_switched_on_a_machine_without_systemd(places, teller):
    for step in (switching.switch, service.start):
        with pytest.raises(errors.LagerError, match="this machine is not run by systemd") as told:
            step(places, teller, {"to": NAME, "name": NAME})
        assert "container" in told.value.hint


# What lives, and what goes --------------------------------------------------------------------------------------------


def test_runs_are_known_by_their_processes_where_the_box_does_not_answer(places, teller):
    for pid, words in ((12, "python\0-I\0lager_runner.supervisor\0x"), (13, "sh")):
        keeping.write(places[f"/proc/{pid}/cmdline"], words.encode())
    assert liveruns.alive(places) == [{"id": "process 12", "name": "", "state": "not known"}]
    with pytest.raises(errors.LagerError) as told:
        liveruns.refuse(places, teller, "and this would end them", "end them")
    assert told.value.what == "1 run is alive on the box, and this would end them: process 12 (not known)"
    assert teller.also["runs"][0]["id"] == "process 12"


def test_old_versions_go_and_those_in_use_stay(places, teller):
    for name in (NAME, OTHER, "0.0.1-00000000", "0.0.2-00000000"):
        made(places, name)
    made(places, "0.0.3-00000000").rename(places.versions / "0.0.3-00000000.part")
    keeping.write(places["/proc/7/cmdline"], b"%s/0.0.1-00000000/bin/python\0x" % os.fsencode(places.versions))
    service.point(places, NAME)
    keeping.note(places.setup / "setup.json", {"previous": OTHER})
    (places.wheels("deadbeef")).mkdir(parents=True)
    (places.wheels("0123abcd")).mkdir(parents=True)
    done = removal.tidy(places, teller, {})
    assert done["removed"] == ["0.0.2-00000000", "0.0.3-00000000.part"]
    assert done["kept"] == {NAME: "it runs", OTHER: "it is the one before", "0.0.1-00000000": "process 7 uses it"}
    assert sorted(one.name for one in places.versions.iterdir()) == sorted(done["kept"])
    assert [one.name for one in places.incoming.iterdir()] == ["0123abcd"]


def test_removing_keeps_the_data_and_twice_is_once(places, teller):
    made(places, NAME)
    service.point(places, NAME)
    for one in shipped.EVERY:
        kernelfiles.install(places, places.environment(NAME), one)
    keeping.write(places.state / "saved_nets.json", b"[]")
    configuration.write(places, {})
    places.setup.mkdir(parents=True, exist_ok=True)
    done = removal.remove(places, teller, {})
    assert (done["changed"], done["kept"]) == (True, [str(places.state), str(places.config)])
    assert not places.product.exists()
    assert not places.command.is_symlink()
    assert not any(places[one.path].exists() for one in shipped.EVERY)
    assert removal.remove(places, teller, {})["changed"] is False


def test_every_step_that_changes_a_machine_is_for_one_at_a_time():
    together = {name for name, step in steps.STEPS.items() if not step.alone}
    assert together == {"have", "receive", "credentials", "status", "carry-on", "follow"}

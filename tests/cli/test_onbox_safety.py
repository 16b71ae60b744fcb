"""What root does on a box, where others may write: nothing of theirs is run, followed, opened to all, or removed."""

import contextlib
import json
import os
import pwd

import pytest

from lager import errors, shipped
from lager_cli.doctor import subjects
from lager_cli.machine.onbox import (
    accounts,
    configuration,
    folders,
    health,
    keeping,
    kernelfiles,
    liveruns,
    programs,
    removal,
)
from lager_cli.machine.onbox.places import Places
from lager_cli.machine.onbox.telling import Teller

NAME = "0.2.0-0123abcd"


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


@pytest.fixture
def teller():
    return Teller(lambda _: True)


def version(places, name=NAME):
    keeping.write(places.versions / name / "bin/lager", b"")
    return places.versions / name


def carrying(places, text=b"# Installed by Lager\n"):
    folder = version(places) / "lib/python3.11/site-packages/lager/shipped"
    for one in shipped.EVERY:
        keeping.write(folder / one.name, text)
    return places.versions / NAME


# Folders --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_root_runs_nothing_from_where_others_may_write(places, mode):
    folders._see_that_it_is_roots(places.product)
    places.product.mkdir(parents=True)
    folders._see_that_it_is_roots(places.product)
    with contextlib.suppress(PermissionError):  # only root can give it to another group
        os.chown(places.product, -1, 12345)
    places.product.chmod(mode)
    with pytest.raises(errors.LagerError, match=r"others than root can change what is in .*opt/lager, "):
        folders._see_that_it_is_roots(places.product)


def test_a_folder_above_counts_too_and_so_does_where_a_link_leads(places, tmp_path):
    open_to_all = tmp_path / "srv"
    (open_to_all / "lager").mkdir(parents=True)
    open_to_all.chmod(0o777)
    places.product.parent.mkdir()
    places.product.symlink_to(open_to_all / "lager")
    with pytest.raises(errors.LagerError, match=r"others than root can change what is in .*/srv, "):
        folders._see_that_it_is_roots(places.product)
    open_to_all.chmod(0o1777)  # where each can change only what is his, as in /tmp
    folders._see_that_it_is_roots(places.product)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_the_data_of_another_user_is_not_taken(places):
    owner = pwd.getpwnam("nobody")
    keeping.write(places.state / "theirs", b"")
    with pytest.raises(errors.LagerError, match=r"var/lib/lager is there already, and belongs to another user"):
        folders._see_that_it_is_his(places, owner)
    assert keeping.noted(places.setup / "setup.json") == {}
    os.chown(places.state, owner.pw_uid, -1)
    folders._see_that_it_is_his(places, owner)
    assert keeping.noted(places.setup / "setup.json") == {}, "it was there before this box"


def test_a_user_that_is_root_is_no_user_for_scripts(places, teller, monkeypatch):
    root = pwd.struct_passwd(("lager", "x", 0, 0, "", "/var/lib/lager", "/bin/sh"))
    monkeypatch.setattr(accounts, "_known", lambda: root)
    with pytest.raises(errors.LagerError, match="the user lager of this machine is another name of root"):
        accounts._account(places, teller)


# Removing -------------------------------------------------------------------------------------------------------------


def test_what_somebody_else_put_there_stays(places, teller):
    version(places)
    version(places, f"{NAME}.part")
    keeping.link(places.current, f"versions/{NAME}")
    keeping.write(places.product / "notes.txt", b"mine")
    keeping.write(places.versions / "mine/notes.txt", b"mine")
    removal.tidy(places, teller, {})
    assert removal.remove(places, teller, {"data": True})["changed"]
    left = sorted(str(one.relative_to(places.product)) for one in places.product.rglob("*.txt"))
    assert left == ["notes.txt", "versions/mine/notes.txt"]
    assert not places.current.is_symlink()
    assert [one.partition(" stays: ")[0] for one in teller.warnings] == [str(places.versions), str(places.product)]


def test_where_there_never_was_a_box_nothing_is_removed(places, teller, monkeypatch):
    monkeypatch.setattr(accounts, "exists", lambda: True)
    mine = [places.product / "x", places.state / "x", *(places[one.path] for one in (shipped.RULES, shipped.MODPROBE))]
    for path in mine:
        keeping.write(path, b"mine")
    removal.remove(places, teller, {"data": True})
    assert all(path.read_bytes() == b"mine" for path in mine)
    assert [one.partition(" stays")[0] for one in teller.warnings] == [
        str(places.product),
        str(places.state),
        "the user lager",
    ]


def test_data_goes_without_what_its_links_point_to(places, teller, tmp_path, monkeypatch):
    monkeypatch.setattr(accounts, "exists", lambda: False)
    keeping.write(tmp_path / "home/theirs", b"mine")
    folders._see_that_it_is_his(places, pwd.getpwuid(os.getuid()))
    places.state.mkdir(parents=True)
    (places.state / "runs").symlink_to(tmp_path / "home")
    (places.state / "token").symlink_to(tmp_path / "home/theirs")
    removal.remove(places, teller, {})
    assert places.state.is_dir()
    assert removal.remove(places, teller, {"data": True})["changed"], "that it is ours is known after the first time"
    assert not places.state.exists()
    assert (tmp_path / "home/theirs").read_bytes() == b"mine"


@pytest.mark.parametrize("one", [shipped.RULES, shipped.MODPROBE])
def test_a_file_that_was_there_before_comes_back(places, teller, one):
    environment = carrying(places)
    keeping.write(places[one.path], b"theirs\n")
    kernelfiles.install(places, environment, one)
    kernelfiles.install(places, carrying(places, b"# Installed by Lager, newer\n"), one)
    assert places[one.path].read_bytes() == b"# Installed by Lager, newer\n"
    removal.remove(places, teller, {})
    assert places[one.path].read_bytes() == b"theirs\n"
    removal.remove(places, teller, {})
    assert places[one.path].read_bytes() == b"theirs\n"


# What the user of the service may write -------------------------------------------------------------------------------


def test_a_token_that_is_a_link_gives_nothing_away(places, tmp_path):
    keeping.write(tmp_path / "shadow", b"secret")
    places.state.mkdir(parents=True)
    (places.state / "token").symlink_to(tmp_path / "shadow")
    os.mkfifo(places.state / "tls.pem")
    assert (health.token(places), health.fingerprint(places)) == ("", "")


def test_sudo_lager_doctor_sends_nobody_what_a_link_leads_to(places, tmp_path, monkeypatch):
    configuration.write(places, {})
    keeping.write(tmp_path / "secret", b"of-one-line")
    places.state.mkdir(parents=True)
    (places.state / "token").symlink_to(tmp_path / "secret")
    monkeypatch.setattr(subjects, "_SETTINGS", places.config)
    monkeypatch.setattr(subjects, "installed_state", lambda: places.state)
    with pytest.raises(errors.LagerError, match="token: too many levels of symbolic links"):
        subjects.installed().reach()


def test_sudo_lager_doctor_asks_a_box_that_is_open_to_released_clients_without_tls(places, monkeypatch):
    configuration.write(places, {})
    keeping.write(places.state / "token", b"secret\n")
    facts = {"host": "0.0.0.0", "runner": 5000, "hardware": 8080, "http": 9000, "bench": "", "version": "0.1.0",
             "pid": 1, "embedded": False, "started": 0, "released": True}  # fmt: skip
    keeping.write(places.state / "box.json", json.dumps(facts).encode())
    monkeypatch.setattr(subjects, "_SETTINGS", places.config)
    monkeypatch.setattr(subjects, "installed_state", lambda: places.state)
    box = subjects.installed().reach()
    assert (box.host, box.token, box.fingerprint) == ("127.0.0.1", "secret", "")
    (places.state / "box.json").unlink()
    (places.state / "box.json").symlink_to("/etc/passwd")
    keeping.write(places.state / "tls.pem", b"")
    with pytest.raises((errors.LagerError, ValueError)):
        subjects.installed().reach()


@pytest.mark.parametrize("body", ["", "!", "A", "AAAA=AA", "\0"])
def test_a_broken_certificate_is_none(places, body):
    keeping.write(places.state / "tls.pem", f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----".encode())
    assert len(health.fingerprint(places)) in (0, 64)


@pytest.mark.parametrize("answer", [None, 7, "x", [None], [7], {"a": 1}])
def test_a_service_that_talks_nonsense_stops_no_uninstall(places, monkeypatch, answer):
    monkeypatch.setattr(health, "ask", lambda *_: json.loads(json.dumps(answer)))
    assert liveruns.alive(places) == []
    monkeypatch.setattr(health.units, "standing", lambda: health.units.Standing("active"))
    assert not health.look(places).well


# Addresses, and the environment of programs ---------------------------------------------------------------------------


@pytest.mark.parametrize("bind", ["fe80::1%\nLD_PRELOAD=/tmp/x.so", "fe80::1%eth0 x", "fe80::1%$X", "fe80::1%", "1\n"])
def test_an_address_brings_no_line_of_its_own(places, bind):
    with pytest.raises(errors.UsageError, match="a box cannot listen on"):
        configuration.write(places, {"bind": bind})
    assert configuration.write(places, {"bind": "fe80::1%eth0"})


def test_secrets_in_the_box_s_environment_stay_closed_to_others(places):
    keeping.write(places.config, b"LAGER_LOCK_WAIT=5\n", 0o600)
    assert configuration.write(places, {"bind": "::"})
    assert places.config.stat().st_mode & 0o777 == 0o600


def test_programs_see_nothing_of_what_the_user_configures_python_and_pip_with(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/home/pi")
    monkeypatch.setenv("PIP_TARGET", "/home/pi")
    said = programs.run("env", hint="").splitlines()
    assert [one for one in said if one.startswith(("PYTHON", "PIP_"))] == ["PIP_CONFIG_FILE=/dev/null"]


@pytest.mark.parametrize("name", ["../../etc", "-x", "1-0123abc/x", "1.0-0123ABCD", "1.0;id-0123abcd", "1\n-0123abcd"])
def test_no_version_leads_out_of_its_folder(places, name):
    with pytest.raises(errors.UsageError, match="is no name of an installed version"):
        places.environment(name)

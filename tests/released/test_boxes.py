"""Released clients' `hello`, `boxes` and `defaults`, and who has the box."""

import json

BENCH = "net_commands.toml"


def told(client, *words, env=()):
    done = client.run(*words, env=env)
    assert "Traceback" not in done.stdout + done.stderr, done
    return done.returncode, (done.stdout + done.stderr).strip()


def at(client, line, env=()):
    return told(client, *line.split(), "--box", "bench", env=env)


def test_hello_and_the_list_of_boxes(client, box):
    status, hello = at(client, "hello")
    lines = ["Box: bench", f"IP: {box.address}", "Version: 0.55.0", "", "bench is online and responding!"]
    assert (status, hello.splitlines()) == (0, lines)
    status, table = told(client, "boxes")
    standing = {"0.21.0": "newer", "0.55.0": "current"}[client.version]
    assert status == 0
    assert ["bench", box.address, "lagerdata", "0.55.0", standing] in [line.split() for line in table.splitlines()]


def test_boxes_are_added_edited_exported_imported_and_deleted(client, box):
    other = "127.255.255.254"
    assert told(client, "boxes", "add", "--name", "two", "--ip", other, "--user", "pi", "--yes")[0] == 0
    status, table = told(client, "boxes", "list")
    assert status == 0
    assert ["two", other, "pi", "-", "unreachable"] in [line.split() for line in table.splitlines()]
    assert told(client, "boxes", "edit", "--name", "two", "--user", "bob", "--yes")[0] == 0
    assert told(client, "boxes", "export", "-o", "all.json")[0] == 0
    exported = json.loads((client.folder / "all.json").read_text())["BOXES"]
    assert exported["two"] == {"ip": other, "user": "bob"}
    assert told(client, "boxes", "delete", "--name", "two", "--yes") == (0, "Deleted box 'two' from .lager file")
    assert told(client, "boxes", "import", "all.json", "--merge", "--yes")[0] == 0
    assert told(client, "boxes", "delete", "--name", "two", "--yes")[0] == 0
    status, words = told(client, "hello", "--box", "two")
    assert status == 1
    assert "bench" in words


def test_defaults_are_used_where_nothing_is_said(client):
    status, words = told(client, "defaults", "add", "--box", "bench", "--supply-net", "supply1")
    assert (status, words.splitlines()[-1].strip()) == (0, "- supply-net: supply1")
    assert told(client, "hello")[0] == 0
    status, table = told(client, "defaults")
    assert status == 0
    assert "supply-net" in table
    assert told(client, "defaults", "delete-all", "--yes")[0] == 0
    assert told(client, "hello")[0] == 1


def test_a_box_is_locked_and_unlocked(client, box):
    assert at(client, "boxes lock") == (0, "Box 'bench' is locked by alice")
    ours = box.lager("supply", "supply1", "voltage", "2", "--yes", env={"LAGER_USER": "bob"})
    assert ours.returncode == 1
    assert "locked by alice" in ours.stderr
    assert at(client, "supply supply1 voltage 1 --yes") == (0, "[OK] Voltage set to 1.0V")  # whoever has it may
    status, words = at(client, "boxes lock", env={"LAGER_USER": "bob"})
    assert status == 1
    assert words.startswith("Box 'bench' is already locked by alice (since 2")
    refused = "To force unlock: lager boxes unlock --box bench --force"
    assert at(client, "boxes unlock", env={"LAGER_USER": "bob"}) == (1, f"Box 'bench' is locked by alice. {refused}")
    status, words = at(client, "supply supply1 voltage 2 --yes", env={"LAGER_USER": "bob"})
    assert (status, words.splitlines()) == (1, ["Error: Box 'bench' is locked by alice", refused])
    assert at(client, "boxes unlock") == (0, "Box 'bench' is now unlocked")
    assert at(client, "boxes unlock") == (0, "Box 'bench' is now unlocked")
    assert at(client, "boxes lock")[0] == 0
    assert at(client, "boxes unlock --force", env={"LAGER_USER": "bob"}) == (0, "Box 'bench' is now unlocked")


def test_the_lock_of_our_own_client_counts_as_well(client, box):
    assert box.lager("boxes", "lock", env={"LAGER_USER": "carol"}).returncode == 0
    status, words = at(client, "supply supply1 voltage 2 --yes")
    assert status == 1
    assert words.startswith("Error: Box 'bench' is locked by carol")
    assert box.lager("boxes", "unlock", env={"LAGER_USER": "carol"}).returncode == 0

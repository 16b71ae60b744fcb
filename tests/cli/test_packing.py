"""What is sent to the box."""

import io
import json
import os
import pwd
import stat
import zipfile

import pytest

from lager.errors import BadScript, UsageError
from lager_cli.runs.packing import Packed, Source, pack, pack_source, piped

CACHE = "Signature: 8a477f597d28d172789f06886806bc55"


def entries(packed):
    with zipfile.ZipFile(io.BytesIO(packed.content)) as bundle:
        assert {one.compress_type for one in bundle.infolist()} <= {zipfile.ZIP_DEFLATED}
        return {one.filename: (bundle.read(one).decode(), one) for one in bundle.infolist()}


def names(packed):
    return sorted(entries(packed))


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current directory, in which no user's configuration is found."""
    monkeypatch.setenv("LAGER_CONFIG_FILE_DIR", str(tmp_path / "home"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_a_file_is_its_bytes(here):
    (here / "t.py").write_bytes(b"x = '\xff'\r\n")
    packed = pack(str(here / "t.py"))
    assert packed == Packed("t.py", b"x = '\xff'\r\n", name=str(here / "t.py"))
    assert packed.fields() == {
        "script": "t.py", "content": b"x = '\xff'\r\n", "main": "", "module": "", "name": str(here / "t.py"),
    }  # fmt: skip


def test_a_folder_without_what_nobody_wants(here):
    unwanted = ".git/config .svn/x venv/pyvenv.cfg venv/lib/x.py a/__pycache__/b a/old.pyc cache/CACHEDIR.TAG cache/x"
    write(here, dict.fromkeys(unwanted.split(), CACHE))
    write(here, dict.fromkeys(["main.py", "a/b.py", "a/data.csv", ".gitignore", ".github/ci.yml"], "1"))
    os.symlink(here, here / "a" / "back_up")
    os.symlink(here / "nowhere", here / "a" / "dangling")
    os.utime(here / "main.py", (0, 0))  # before 1980, where zip begins
    packed = pack(str(here))
    assert (packed.script, packed.main, packed.name) == ("", "", str(here))
    assert names(packed) == [".github/ci.yml", ".gitignore", "a/b.py", "a/data.csv", "main.py"]


def test_the_same_files_are_the_same_bytes_and_may_be_executed_as_before(here):
    write(here, {"main.py": "1", "tool.sh": "2"})
    (here / "tool.sh").chmod(0o755)
    first = pack(".")
    os.utime(here / "main.py", (1e9, 1e9))
    assert pack(".").content == first.content
    modes = {name: one.external_attr >> 16 for name, (_, one) in entries(first).items()}
    assert stat.S_ISREG(modes["tool.sh"])
    assert (modes["tool.sh"] & 0o100, modes["main.py"] & 0o100) == (0o100, 0)


@pytest.mark.parametrize(
    ("given", "what", "hint"),
    [
        ("tst.py", "there is no script 'tst.py'", "perhaps you meant test.py"),
        ("nothing_like_it.py", "there is no script 'nothing_like_it.py'", "check the path"),
        ("no/such/folder/x.py", "there is no script 'no/such/folder/x.py'", "check the path"),
        ("empty", "the folder 'empty' has no main.py", "add a main.py"),
        ("fifo", "'fifo' is neither a file nor a folder", "give a Python script"),
        ("astray.py", "'astray.py' is a link to 'gone.py', which is not there", "see where it leads with `ls -l`"),
    ],
)
def test_what_cannot_be_run(here, given, what, hint):
    (here / "test.py").write_text("")
    (here / "empty").mkdir()
    os.mkfifo(here / "fifo")
    (here / "astray.py").symlink_to("gone.py")
    with pytest.raises(BadScript) as caught:
        pack(given)
    assert caught.value.what == what
    assert hint in caught.value.hint


def test_code_and_standard_input_have_pythons_names(here):
    assert pack_source(Source(code="print('ä')")) == Packed("<string>", "print('ä')".encode(), name="-c")
    assert pack_source(Source(text=b"print(\xff)")) == Packed("<stdin>", b"print(\xff)", name="-")
    assert pack_source(Source(code="")).script == "<string>"  # nothing is something that can be run


def test_a_module_takes_the_current_directory_along(here):
    write(here, {"tests/test_a.py": "1", "conftest.py": "2"})
    packed = pack_source(Source(module="pytest"))
    assert (packed.script, packed.main, packed.module, packed.name) == ("", "", "pytest", "-m pytest")
    assert names(packed) == ["conftest.py", "tests/test_a.py"]


def test_a_folder_that_is_sent_anyway_may_be_included_too(here):
    write(here, {"lib/a.py": "1", ".lager": '{"includes": {"lib": "lib"}}'})
    packed = pack_source(Source(module="lib.a"))
    assert (names(packed), packed.warnings) == (["lib/a.py"], ())


def test_tokens_stay_here(here):
    write(here, {"main.py": "1", ".lager": '{"BOXES": {"b": {"ip": "10.0.0.1", "token": "secret"}}}'})
    assert names(pack(str(here))) == ["main.py"]


@pytest.mark.parametrize(
    ("folder", "what"), [(pwd.getpwuid(os.getuid()).pw_dir, "your home directory"), ("/", "the root of this machine")]
)
def test_a_home_directory_is_not_sent(here, monkeypatch, folder, what):
    monkeypatch.chdir(folder)
    with pytest.raises(BadScript, match=f"-m sends the folder you are in, and that is {what}"):
        pack_source(Source(module="pytest"))


@pytest.mark.parametrize(
    ("source", "main", "first"),
    [
        (Source(path="sub/t.py"), "t.py", "t.py"),
        (Source(code="1"), "<string>", "<string>"),
        (Source(text=b"1"), "<stdin>", "<stdin>"),
        (Source(path="sub/folder"), "", "main.py"),
        (Source(module="t"), "", "sub/folder/main.py"),
    ],
)
def test_files_beside_it(here, source, main, first):
    write(here, {"sub/t.py": "1", "data/limits.csv": "5", "sub/folder/main.py": "1"})
    packed = pack_source(source, ["data/limits.csv"])
    assert (packed.script, packed.main) == ("", main)
    found = entries(packed)
    assert found["limits.csv"][0] == "5"
    assert first in found


@pytest.mark.parametrize(
    ("added", "what"),
    [
        (["no.csv"], "the file to add 'no.csv' is not there"),
        (["data"], "the file to add 'data' is a folder"),
        (["data/x.csv", "x.csv"], "two files are called 'x.csv'"),
        (["data/t.py"], "two files are called 't.py'"),
    ],
)
def test_files_that_cannot_be_beside_it(here, added, what):
    write(here, {"t.py": "1", "x.csv": "", "data/x.csv": "", "data/t.py": ""})
    with pytest.raises(BadScript, match=what):
        pack_source(Source(path="t.py"), added)


@pytest.mark.parametrize("key", ["includes", "INCLUDES"])
def test_includes_of_the_nearest_configuration(here, key):
    write(here, {"shared/a.py": "a", "shared/b/c.py": "c", "tests/deep/t.py": "1"})
    write(
        here, {".lager": '{"includes": {"far": "shared"}}', "tests/.lager": f'{{"{key}": {{"lib/one": "../shared"}}}}'}
    )
    packed = pack_source(Source(path="tests/deep/t.py"))
    assert names(packed) == ["lib/one/a.py", "lib/one/b/c.py", "t.py"]
    assert (packed.main, packed.warnings) == ("t.py", ())


def test_includes_that_are_left_out(here):
    write(here, {"t.py": "1", "a/t.py": "", "a/new.py": "", "file": ""})
    write(here, {".lager": '{"includes": {"x": "nowhere", "y": "file", ".": "a"}}'})
    packed = pack_source(Source(path="t.py"))
    assert {name: text for name, (text, _) in entries(packed).items()} == {"t.py": "1", "new.py": ""}
    assert packed.warnings == (
        'Warning: Include path "nowhere" (for "x") does not exist, skipping',
        'Warning: Include path "file" (for "y") is not a directory, skipping',
        "Warning: a file of include '.' is there already, skipping",
    )


@pytest.mark.parametrize(
    "config",
    [
        "{",
        "[]",
        '{"includes": []}',
        '{"includes": {"x": 1}}',
        '{"includes": {"../x": "a"}}',
        '{"includes": {"/x": "a"}}',
    ],
)
def test_includes_that_make_no_sense(here, config):
    write(here, {"t.py": "1", "a/t.py": "", ".lager": config})
    with pytest.raises(UsageError):
        pack("t.py")


def test_progress_is_told_in_bytes(here):
    write(here, {"main.py": "12", "b": "345"})
    told = []
    pack_source(Source(path="."), progress=told.append)
    assert told == [3, 5]


def test_only_the_absurd_is_refused_here(here):
    (here / "main.py").touch()
    os.truncate(here / "main.py", 1_000_000_001)  # a sparse file
    for given in (".", "main.py"):
        with pytest.raises(BadScript, match="more than 1 GB"):
            pack(given)


def test_standard_input_without_an_end_is_refused():
    with open("/dev/zero", "rb") as endless, pytest.raises(BadScript, match="more than 1 GB"):
        piped(endless)


def test_a_folder_that_is_called_like_the_configuration_is_none(here):
    write(here, {"t.py": "1", ".lager/x": ""})
    assert pack("t.py").content == b"1"


def test_an_included_folder_is_no_file_as_well(here):
    write(here, {"t.py": "1", "lib/x.py": "2", ".lager": json.dumps({"includes": {"t.py": "lib"}})})
    with pytest.raises(BadScript, match=r"included as 't[.]py', and a file is called so"):
        pack("t.py")


def test_a_configuration_that_is_no_text(here):
    write(here, {"t.py": "1"})
    (here / ".lager").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read: it is not UTF-8\n"):
        pack("t.py")


def test_a_terminal_sees_how_far_it_is_and_then_nothing_of_it(here, monkeypatch):
    (here / "main.py").touch()
    os.truncate(here / "main.py", 20_000_000)
    leader, follower = os.openpty()
    with open(leader, "rb", buffering=0) as screen, open(follower, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        pack(".")
        monkeypatch.undo()
        seen, wanted = b"", b"\r\x1b[Kpacking: 20 MB\r\x1b[K"
        while len(seen) < len(wanted):
            seen += screen.read(1000)
    assert seen == wanted

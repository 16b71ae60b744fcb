"""Uploads: what is good is laid out, and nothing lands outside the run's directory."""

import contextlib
import stat
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lager import errors, wire
from lager.limits import Limits
from lager_runner import upload


def lay_out(work, content, script="", limits=Limits(), **more):  # noqa: B008  # it is frozen
    return upload.lay_out(wire.RunRequest(name="x", content=content, script=script, **more), work, limits)


def entry(name, mode=0o644, kind=stat.S_IFREG):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | mode) << 16
    return info


@pytest.fixture
def work(tmp_path):
    path = tmp_path / "run" / "work"
    path.mkdir(parents=True)
    return path


def everything(work):
    return sorted(str(path.relative_to(work.parent.parent)) for path in work.parent.parent.rglob("*"))


def test_a_script(work):
    assert lay_out(work, b"print(1)", "a b-ä.py") == "a b-ä.py"
    assert (work / "a b-ä.py").read_bytes() == b"print(1)"


def test_a_folder(work, tools):
    files = {"main.py": "1", "a/b/c.txt": "2", entry("tool.sh", 0o755): "3", "empty/": ""}
    assert lay_out(work, tools.zipped(files)) == "main.py"
    assert (work / "a/b/c.txt").read_text() == "2"
    assert (work / "tool.sh").stat().st_mode & 0o100
    assert (work / "empty").is_dir()


@pytest.mark.parametrize("name", ["", "/etc/x.py", "../x.py", "a/b.py", "..", ".", "a\0b", "a\\b", "x" * 256])
def test_a_script_with_a_bad_name(work, name, tools):
    with pytest.raises(errors.UsageError):
        lay_out(work, b"x", name)
    assert everything(work) == ["run", "run/work"]


@pytest.mark.parametrize(
    "bad",
    [
        "../evil.py", "/tmp/evil.py", "a/../../evil.py", "..\\evil.py", "main.py/evil.py", "x" * 256, "a/" * 40 + "x",
        ("y" * 200 + "/") * 20 + "x",
        entry("link", kind=stat.S_IFLNK), entry("device", kind=stat.S_IFCHR), entry("pipe", kind=stat.S_IFIFO),
    ],
    ids=repr,
)  # fmt: skip
def test_a_folder_that_reaches_outside_or_fits_no_disk(work, bad, tools):
    with pytest.raises(errors.UsageError):
        lay_out(work, tools.zipped({"main.py": "1", bad: "/etc/passwd"}))
    assert set(everything(work)) <= {"run", "run/work", "run/work/main.py"} | {
        "run/work/" + "/".join("a" * n) for n in range(1, 41)
    }


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\5\6" + b"\0" * 18])
def test_no_folder(work, content):
    with pytest.raises(errors.BadScript):
        lay_out(work, content)


def test_a_folder_without_main(work, tools):
    with pytest.raises(errors.BadScript, match=r"no main\.py"):
        lay_out(work, tools.zipped({"other.py": "1", "a/main.py": "1"}))


def test_too_large(work, tools):
    limits = Limits(upload=2000, content=5000, files=3)
    with pytest.raises(
        errors.BadScript, match=r"2001 bytes; this box takes up to 2000 \(its limit 'upload'\)"
    ) as caught:
        lay_out(work, b"x" * 2001, "x.py", limits)
    assert "lager box limits" in caught.value.hint
    with pytest.raises(errors.BadScript, match=r"more than 5000 bytes; this box takes up to 5000 .*'content'"):
        lay_out(work, tools.zipped({"main.py": "1", "zeros": b"\0" * 5001}), "", limits)
    with pytest.raises(errors.BadScript, match=r"4 files; this box takes up to 3 .*'files'"):
        lay_out(work, tools.zipped({f"{number}": "" for number in range(4)}), "", limits)


def test_a_raised_limit_counts_at_once(own_runner, tools):
    (own_runner.state / "limits.json").write_text('{"upload": 3000, "content": 6000}')
    content = tools.zipped({"main.py": "print(1)", "zeros": b"\0" * 7000})
    for sent, limit in ((content, "content"), (b"x" * 3001, "upload"), (b"x" * 5_000_000, "upload")):
        reply = own_runner.put(sent, file="" if sent is content else "x.py")
        assert own_runner.error(reply) == (400, "bad-script")
        assert f"(its limit {limit!r})" in reply.json()["what"]
    (own_runner.state / "limits.json").write_text('{"content": 8000}')
    assert own_runner.result(content)[0] == b"1\n"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_a_damaged_folder_is_said_to_be_one(work, tools, data):
    content = bytearray(tools.zipped({"main.py": "print(1)\n" * 20, "b": "x" * 50}))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(errors.UsageError):
        lay_out(work, bytes(content))
    assert all(name.startswith("run/work") or name == "run" for name in everything(work))

"""A folder's requirements.txt: installed once, kept apart for each, and no run is started without it.

Packages come from wheels that the tests make; nothing is asked of any network.
"""

import fcntl
import os
import zipfile

import pytest

from lager import wire
from lager_runner import packages

SCRIPT = "import tinything, sys\nprint(tinything.VALUE, tinything.__file__)\n"


def make_wheel(folder, version="1.0", files=None, script=None):
    """Make a wheel of `tinything` in a folder."""
    files = files or {"tinything.py": f"VALUE = {version!r}\n"}
    info = f"tinything-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tinything\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if script:
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{script}\n"
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"tinything-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    code = "import sys\nVALUE = '1.0'\ndef main():\n    print('command', sys.argv[1:])\n"
    make_wheel(folder, files={"tinything.py": code, "lager/__init__.py": "raise SystemExit('not the box\\'s')"},
               script="tiny = tinything:main")  # fmt: skip
    make_wheel(folder, "2.0")
    return folder


@pytest.fixture
def folder(tools, wheels):
    """Makes a folder to run, with what it requires."""

    def make(script, requirements="tinything==1.0"):
        lines = f"--no-index\n--find-links {wheels}\n{requirements}\n"
        return tools.zipped({"main.py": script, "requirements.txt": lines})

    return make


def installed(runner):
    return sorted(path.name for path in (runner.state / "packages").iterdir() if path.is_dir())


def test_it_is_installed_once_and_found_by_the_script_its_children_and_on_the_path(runner, folder):
    script = SCRIPT + (
        "import subprocess\nsubprocess.run(['tiny', 'a'], check=True)\n"
        "subprocess.run([sys.executable, '-c', 'import tinything; print(tinything.VALUE)'], check=True)\n"
        "import lager; print(lager.__version__)\n"
    )
    out, err, end = runner.result(folder(script))
    assert end.status == 0, err
    first, *rest = out.decode().splitlines()
    assert first.startswith(f"1.0 {runner.state}/packages/")
    assert rest[:2] == ["command ['a']", "1.0"]
    begun, ended = err.decode().splitlines()
    assert begun == "=== lager: installing requirements.txt, once; later runs with the same one find it done"
    assert ended.startswith("=== lager: installed in ")
    again = runner.result(folder(SCRIPT))
    assert (again[0].decode(), again[1], again[2].status) == (first + "\n", b"", 0)


def test_another_file_is_another_environment(runner, folder):
    for version in ("1.0", "2.0"):
        out, _, _ = runner.result(folder(SCRIPT, f"tinything=={version}"))
        assert out.decode().startswith(f"{version} ")
    assert len(installed(runner)) == 2


def test_the_users_version_comes_before_the_boxs_and_the_scripts_own_before_both(runner, tools, wheels):
    lines = f"--no-index\n--find-links {wheels}\ntinything==1.0\n"
    script = (
        "import sys, tinything; print(tinything.VALUE)\n"
        "sites = [one for one in sys.path if one.endswith('site-packages')]\n"
        "print(len(sites), '/packages/' in sites[0])\n"
    )
    files = {"main.py": script, "requirements.txt": lines}
    out, _, _ = runner.result(tools.zipped(files))
    assert out == b"1.0\n2 True\n"
    out, _, _ = runner.result(tools.zipped({**files, "tinything.py": "VALUE = 'mine'"}))
    assert out.startswith(b"mine\n")


def test_a_failure_shows_what_pip_said_and_starts_nothing(runner, folder):
    before = installed(runner)
    out, err, end = runner.result(folder("print('started')", "tinything==9"))
    assert (out, end.status, end.reason) == (b"", 1, "exit")
    lines = err.decode().splitlines()
    assert any("No matching distribution found for tinything==9" in one for one in lines[1:-1])
    assert lines[-1] == (
        "=== lager: requirements.txt could not be installed, so the script was not started (pip ended with status 1)"
    )
    assert installed(runner) == before


def test_nothing_required_is_nothing_to_do(runner, tools):
    out, err, _ = runner.result(tools.zipped({"main.py": "print(1)", "requirements.txt": "\n# later\n"}))
    assert (out, err) == (b"1\n", b"")


def test_with_a_module(runner, folder):
    out, _, end = runner.result(folder("import tinything; print(__name__, tinything.VALUE)"), module="main")
    assert (out, end.status) == (b"__main__ 1.0\n", 0)


@pytest.fixture
def slow(tmp_path, wheels, tools):
    """A folder whose installation stands still until it is let go: what it requires waits while it is built."""
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    os.mkfifo(gate)
    os.mkfifo(begun)
    backend = (
        "import os, shutil\n"
        f"def build_wheel(to, config_settings=None, metadata_directory=None):\n"
        f"    with open({str(begun)!r}, 'w'): pass\n"
        f"    with open({str(gate)!r}) as gate: gate.read()\n"
        f"    name = 'tinything-1.0-py3-none-any.whl'\n"
        f"    shutil.copy(os.path.join({str(wheels)!r}, name), os.path.join(to, name))\n    return name\n"
    )
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'

    class Slow:
        content = tools.zipped({
            "main.py": SCRIPT, "requirements.txt": "--no-index\n./src\n",
            "src/pyproject.toml": project, "src/backend.py": backend,
        })  # fmt: skip

        def wait(self):
            begun.open().close()

        def release(self):
            gate.open("w").close()

    return Slow()


def test_two_runs_at_once_install_once(runner, slow):
    first = runner.run(slow.content)
    slow.wait()
    second = runner.run(slow.content)
    with runner.stream(second) as watcher:
        watcher.until(b"=== lager: another run is installing the same requirements.txt; waiting for it\n", stream=2)
        slow.release()
        out, _, end = watcher.rest()
    assert out.startswith(b"1.0 ")
    assert end.status == 0
    assert runner.watch(first)[2].status == 0


def test_an_interrupt_ends_it_and_the_next_run_installs_anew(runner, slow):
    before = installed(runner)
    run = runner.run(slow.content)
    slow.wait()
    with runner.stream(run) as watcher:
        watcher.send(wire.Stop("SIGINT"))
        out, err, end = watcher.rest()
    assert (out, end.status) == (b"", 130)
    assert b"=== lager: interrupted while requirements.txt was installed; the script was not started\n" in err
    assert installed(runner) == before
    again = runner.run(slow.content)
    slow.wait()
    slow.release()
    out, _, end = runner.watch(again)
    assert out.startswith(b"1.0 ")
    assert end.status == 0


def test_what_is_unused_is_removed_beyond_the_limit_and_never_what_is_in_use(tmp_path):
    root = tmp_path / "packages"
    for number, name in enumerate(["old", "used", "new"]):
        (root / name / "site-packages").mkdir(parents=True)
        (root / name / "site-packages" / "x").write_bytes(b"x" * 1000)
        (root / f"{name}.lock").touch()
        os.utime(root / f"{name}.lock", (number, number))
    with open(root / "used.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # as a script does that uses it
        packages._remove_unused(str(root), 2500)
        assert {path.name for path in root.iterdir() if path.is_dir()} == {"used", "new"}
        packages._remove_unused(str(root), 0)
        assert {path.name for path in root.iterdir() if path.is_dir()} == {"used"}


def test_a_script_has_its_packages_in_use(runner, folder):
    run = runner.run(
        folder("import lager.breakpoint\nlager.breakpoint.pause(timeout=0)\nimport tinything\nprint('on')")
    )
    with runner.stream(run) as watcher:
        pause = watcher.until_kind(wire.PauseBegan).pause
        packages._remove_unused(str(runner.state / "packages"), 0)
        watcher.send(wire.Continue(pause.number))
        assert watcher.rest()[0] == b"on\n"
    assert len(installed(runner)) == 1

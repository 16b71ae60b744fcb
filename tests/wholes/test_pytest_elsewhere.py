"""`pytest --lager-box`: what a user sees of tests that run on a box is what he would see of them here."""

import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from terminal import Terminal

BENCH = "two_instruments.toml"

# Other plugins of this environment only make it slow.
OTHERS = ("-p", "no:hypothesispytest", "-p", "no:anyio", "-p", "no:pytest_cov", "-p", "no:timeout")
QUICK = (*OTHERS, "-p", "no:xdist")
REMOTE = ("--lager-box", "local")
PYTEST = (sys.executable, "-m", "pytest")


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0


def run(home, folder, *options, quick=QUICK, **env):
    told = {name: value for name, value in home.env.items() if name != "PYTHONWARNINGS"}
    env = told | {"COLUMNS": "100", "PYTHONDONTWRITEBYTECODE": "1"} | env
    return subprocess.run(
        [*PYTEST, *quick, *options],
        cwd=home.folder / folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def terminal(home, folder, *options):
    told = {name: value for name, value in home.env.items() if name != "PYTHONWARNINGS"}
    one = Terminal([*PYTEST, *QUICK, *REMOTE, *options], home.folder / folder, told)
    home.terminals.append(one)
    return one


# As if they ran here --------------------------------------------------------------------------------------------------

CONFIGURATION = """\
[pytest]
markers = slow: takes long
addopts = -ra
filterwarnings = default
"""
CONFTEST = """\
import pytest

def pytest_addoption(parser):
    parser.addoption("--board", default="a")

@pytest.fixture
def board(request):
    return request.config.getoption("--board")

def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line("%d passed, says conftest" % len(terminalreporter.stats.get("passed", [])))
"""
HELPER = """\
def check(value):
    assert value == 5, "in the helper"
"""
ZOO = """\
import logging, sys, unittest, warnings
import pytest
from sub.helper import check

@pytest.fixture
def up():
    print("up")
    yield 7
    print("down")

@pytest.fixture
def broken():
    yield
    raise RuntimeError("teardown")

def test_ok(up): pass
def test_call(up):
    print("out")
    print("err", file=sys.stderr)
    logging.warning("logged %d", 3)
    check(up)
@pytest.mark.slow
@pytest.mark.parametrize("n, word", [(1, "a b"), (2, "\\u00e9/[x]"), (3, "")])
def test_parameters(n, word): assert n != 2
def test_teardown(broken): pass
def test_no_such_fixture(nope): pass
@pytest.mark.skip
def test_skip(): pass
def test_skip_inside(): pytest.skip("inside")
@pytest.mark.xfail(reason="known")
def test_expected(): assert 0
@pytest.mark.xfail(strict=True, reason="known")
def test_strict(): pass
@pytest.mark.xfail
def test_unexpected(): pass
def test_warns(): warnings.warn("careful")
def test_chain():
    try:
        {}["x"]
    except KeyError as error:
        raise ValueError("outer") from error
def test_property(record_property): record_property("serial", 42)
def test_differs(): assert {"a": 1, "b": [1, 2]} == {"a": 1, "b": [1, 3]}
def test_no_trace(): pytest.fail("plain", pytrace=False)
def test_exits(): sys.exit(3)
def test_board(board): assert board == "b"
def test_odd_output():
    print("\\udc80 \\x1b[31mred\\x00")
    assert 0
class TestClass:
    def test_method(self): assert "x" * 300 == "y" * 300
class Case(unittest.TestCase):
    def test_ok(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail("x")
"""
SKIPPED = 'import pytest\npytest.skip("the whole file", allow_module_level=True)\n'


@pytest.fixture(scope="module")
def zoo(home):
    for name, text in {
        "pytest.ini": CONFIGURATION,
        "conftest.py": CONFTEST,
        "test_zoo.py": ZOO,
        "sub/helper.py": HELPER,
        "sub/test_broken.py": "import there_is_no_such_module\n",
        "sub/test_skipped.py": SKIPPED,
    }.items():
        home.script(text, f"zoo/{name}")
    return "zoo"


def told(text):
    """What pytest has said, without times and the widths they change; a run's own line of the header left out."""
    text = re.sub(r"^lager: the tests run on the box local\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\b\d+\.\d+s", "?s", text)
    text = re.sub(r"^(=+|-+|_+) (.*?) (=+|-+|_+)$", r"== \2", text, flags=re.MULTILINE)
    return re.sub(r"here\.xml|there\.xml", "X.xml", re.sub("0x[0-9a-f]+", "0x", text))


def junit(path):
    text = re.sub(r' (time|timestamp)="[^"]*"', "", path.read_text())
    return re.sub("><", ">\n<", re.sub("0x[0-9a-f]+", "0x", text))


@pytest.mark.parametrize(
    "options",
    [
        ("-v", "test_zoo.py"),
        ("-x", "-m", "slow or not slow", "-k", "board or r", "--board", "b", "test_zoo.py"),
        (),
        ("--co", "test_zoo.py", "test_zoo.py::test_no"),
    ],
    ids=" ".join,
)
def test_it_looks_as_if_they_ran_here(home, zoo, options):
    more = ("-p", "no:cacheprovider", *options)
    here = run(home, zoo, *more, "--junitxml=here.xml")
    there = run(home, zoo, *more, "--junitxml=there.xml", *REMOTE)
    assert told(there.stdout) == told(here.stdout)
    assert told(there.stderr) == told(here.stderr)
    assert there.returncode == here.returncode
    folder = home.folder / zoo
    assert junit(folder / "there.xml") == junit(folder / "here.xml")


def test_failures_are_remembered_here_and_the_last_failed_run_there(home, zoo):
    first = run(home, zoo, "-q", "test_zoo.py", "-k", "board or ok", *REMOTE)
    assert first.returncode == 1
    again = run(home, zoo, "--lf", "-v", "test_zoo.py", *REMOTE)
    here = run(home, zoo, "--lf", "-v", "test_zoo.py")
    assert told(again.stdout) == told(here.stdout)
    assert "run-last-failure: rerun previous 1 failure" in again.stdout


def test_it_may_be_called_from_a_folder_below(home, zoo):
    done = run(home, f"{zoo}/sub", "../test_zoo.py::test_call", "test_skipped.py", "-q", *REMOTE)
    assert re.search(r"^helper\.py:2: AssertionError$", done.stdout, re.MULTILINE)
    assert "FAILED ../test_zoo.py::test_call" in done.stdout


def test_workers_of_xdist_are_on_the_box(home, zoo):
    chosen = ("-p", "no:cacheprovider", "-v", "--tb=no", "test_zoo.py", "-k", "not odd")
    here, there = run(home, zoo, *chosen), run(home, zoo, *chosen, "-n", "2", *REMOTE, quick=OTHERS)

    def outcomes(text):
        return sorted(re.findall(r"^(test_zoo\.py::.*?) +\[", text, re.MULTILINE))

    assert outcomes(there.stdout) == outcomes(here.stdout)
    assert there.returncode == here.returncode


# Pauses, Ctrl-C, and what else happens on the way ---------------------------------------------------------------------

PAUSING = """\
import lager

def test_before(): pass

def test_paused():
    volts = lager.pause("look", interactive=True)
"""


def test_a_pause_is_answered_with_enter(home):
    home.script(PAUSING, "pausing/test_it.py")
    one = terminal(home, "pausing", "-q")
    one.expect(r'^=== lager breakpoint "look" at test_it\.py:6  \(id \S+\)$')
    one.type("\n")
    one.expect(r"^=== resumed$")
    one.expect(r"^2 passed")
    assert one.wait() == 0


WAITING = """\
import sys, threading
import pytest

@pytest.fixture
def psu():
    yield
    print("psu is off", file=sys.stderr)

def test_waits(psu):
    print("it waits", file=sys.stderr)
    threading.Event().wait(60)

def test_never(): pass
"""


def test_ctrl_c_tears_down_and_ends_as_it_does_here(home):
    home.script(WAITING, "waiting/test_it.py")
    one = terminal(home, "waiting", "-s")
    one.expect("it waits")
    one.type("\x03")
    one.expect("psu is off")
    one.expect(r"^!+ KeyboardInterrupt !+$")
    one.expect("no tests ran")
    assert one.wait() == 2


# What a run that is lost has told is what its supervisor has written down.
DYING = """\
import os

def test_a(): pass

def test_b():
    while b'"begin", "nodeid": "test_it.py::test_b"' not in open("../output.log", "rb").read():
        pass
    DEED

def test_c(): pass
"""


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("os._exit(0)", "pytest ended on the box, with status 0: a test has ended the process"),
        ("os.kill(os.getppid(), 9)", "its exit status is lost"),
    ],
)
def test_tests_that_did_not_report_are_errors(home, deed, words):
    home.script(DYING.replace("DEED", deed), "dying/test_it.py")
    done = run(home, "dying", "--junitxml=x.xml", "--tb=long", *REMOTE)
    assert "1 passed, 2 errors" in done.stdout
    assert "while this test ran, " in done.stdout
    assert "before this test began, " in done.stdout
    assert words in done.stdout
    assert done.returncode == 1
    suite = ElementTree.parse(home.folder / "dying" / "x.xml").find("testsuite")
    assert (suite.get("tests"), suite.get("errors")) == ("3", "2")


def test_it_is_a_run_of_this_user_and_the_fixtures_are_of_its_box(home):
    tests = (
        "import lager\n"
        "def test_a(box, net):\n"
        "    assert abs(net('supply1', lager.NetType.PowerSupply).voltage()) < 100\n"
        "    print(box.name, box.run, box.user)\n"
        "    assert 0\n"
    )
    home.script(tests, "mine/test_it.py")
    done = run(home, "mine", *REMOTE, LAGER_USER="alice")
    (name,) = re.findall(r"^local (\S+) alice$", done.stdout, re.MULTILINE)
    shown = home.lager("runs", "show", name)
    assert "pytest" in shown.stdout, shown
    assert "alice" in shown.stdout


# Where it cannot be ---------------------------------------------------------------------------------------------------


def test_what_cannot_be_is_said(home, zoo):
    nowhere = run(home, zoo, "test_zoo.py", "--lager-box", "nope")
    assert "there is no box 'nope'" in nowhere.stderr
    outside = run(home, zoo, "../pausing/test_it.py", "--rootdir=.", *REMOTE)
    assert "lies outside the root folder" in outside.stderr
    unset = run(home, zoo, "test_zoo.py", "--lager-box", "")
    assert "--lager-box is empty; was a variable of the shell not set?" in unset.stderr
    assert nowhere.returncode == outside.returncode == unset.returncode == 4


def test_the_fixtures_say_what_they_need(home):
    home.script("def test_a(net): pass\ndef test_b(box): pass\n", "laptop/test_it.py")
    done = run(home, "laptop")
    assert "the fixture 'net' needs a box" in done.stdout
    assert "pytest --lager-box BOX" in done.stdout
    assert "2 errors" in done.stdout


def test_unused_it_imports_next_to_nothing(tmp_path):
    code = "import sys, pytest; pytest.main(['-q', '--co', '-p', 'no:cacheprovider']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    ours = {name for name in done.stdout.split() if name.startswith(("lager_cli", "lager.testing"))}
    assert ours == {"lager_cli", "lager_cli.testing", "lager_cli.testing.plugin"}
    assert os.path.isdir(tmp_path)


# `lager python --junit` -----------------------------------------------------------------------------------------------


def test_lager_python_fetches_the_results(home, zoo):
    done = home.lager(
        "python", "--junit", "out.xml", "-m", "pytest", "-q", *QUICK, "--rootdir=zoo", "zoo/test_zoo.py", "-k", "ok"
    )
    assert done.returncode == 0, done
    names = [case.get("name") for case in ElementTree.parse(home.folder / "out.xml").iter("testcase")]
    assert names == ["test_ok", "test_ok"]

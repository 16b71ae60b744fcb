"""The results of a script's tests in a file, as `lager python --junit` wants them: of unittest, and of pytest."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import lager_runner

STARTUP = Path(lager_runner.__file__).with_name("startup")
QUICK = '"-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:anyio", "-p", "no:pytest_cov"'


def run(folder, *command, text=None, **more):
    if text is not None:
        (folder / "script.py").write_text(text)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("LAGER_", "PYTEST_"))}
    env |= {
        "PYTHONPATH": str(STARTUP),
        "LAGER_PROCESS_ID": "x",
        "LAGER_RUN_DIR_ROOT": str(folder),
        "LAGER_JUNIT": ".lager-junit.xml",
    }
    return subprocess.run(
        [sys.executable, *(command or ("script.py",))], cwd=folder, env=env, capture_output=True, text=True, **more
    )


def results(folder):
    """The cases of each suite: name, and what became of it."""
    root = ElementTree.parse(folder / ".lager-junit.xml").getroot()
    assert root.tag == "testsuites"
    return [
        {case.get("name"): case[0].tag if len(case) else "passed" for case in suite.iter("testcase")} for suite in root
    ]


ZOO = """\
import unittest

class Zoo(unittest.TestCase):
    def test_ok(self): pass
    def test_fails(self): self.assertEqual(1, 2)
    def test_raises(self): raise ValueError("\\x00 bad")
    @unittest.skip("why")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail("x")
    @unittest.expectedFailure
    def test_unexpected(self): pass
    def test_parts(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)
    def test_parts_are_well(self):
        with self.subTest(i=1):
            pass

class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError("class")
    def test_never(self): pass

if __name__ == "__main__":
    unittest.main()
"""
TOLD = {
    "test_ok": "passed",
    "test_fails": "failure",
    "test_raises": "error",
    "test_skipped": "skipped",
    "test_expected": "skipped",
    "test_unexpected": "failure",
    "test_parts (i=1)": "failure",
    "test_parts_are_well": "passed",
    "setUpClass (__main__.Broken)": "error",
}


def test_of_unittest_main(tmp_path):
    done = run(tmp_path, text=ZOO)
    assert done.returncode == 1
    assert "FAILED (failures=2, errors=2" in done.stderr
    assert results(tmp_path) == [TOLD]
    suite = ElementTree.parse(tmp_path / ".lager-junit.xml").find("testsuite")
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["9", "3", "2", "2"]
    failure = suite.find("testcase[@name='test_fails']/failure")
    assert failure.get("message") == "AssertionError: 1 != 2"
    assert "/unittest/case.py" not in failure.text.partition("script.py")[0]
    assert suite.find("testcase[@name='test_raises']/error").get("message") == "ValueError: #x00 bad"


def test_of_the_module_unittest_and_of_a_result_class_of_the_users(tmp_path):
    (tmp_path / "test_it.py").write_text("import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n")
    assert run(tmp_path, "-m", "unittest", "-q").returncode == 0
    runner = (
        "import unittest\n"
        "class Mine(unittest.TextTestResult):\n"
        "    def addSuccess(self, test): print('mine')\n"
        "unittest.main('test_it', testRunner=unittest.TextTestRunner(resultclass=Mine))\n"
    )
    assert run(tmp_path, text=runner).stdout == "mine\n"
    assert results(tmp_path) == [{"test_a": "passed"}] * 2


INTERRUPTED = """\
import os, signal, unittest

class A(unittest.TestCase):
    def test_a(self): pass
    def test_b(self): os.kill(os.getpid(), signal.SIGINT)

unittest.main()
"""


def test_an_interrupt_leaves_what_there_is(tmp_path):
    run(tmp_path, text=INTERRUPTED)
    assert results(tmp_path) == [{"test_a": "passed", "test_b": "error"}]


PYTESTS = """\
def test_a(): pass
def test_b(): assert 0
"""


def test_of_pytest_in_each_way_and_several_times(tmp_path):
    (tmp_path / "test_it.py").write_text(PYTESTS)
    text = f"import os, pytest\npytest.main([{QUICK}])\npytest.main([{QUICK}, '--junitxml=mine.xml', '-k', 'test_a'])\n"
    assert run(tmp_path, text=text).returncode == 0
    both, one = {"test_a": "passed", "test_b": "failure"}, {"test_a": "passed"}
    assert results(tmp_path) == [both, one]
    assert "test_a" in (tmp_path / "mine.xml").read_text()
    options = [word.strip(' "') for word in QUICK.split(",")]
    run(tmp_path, "-m", "pytest", *options)
    assert results(tmp_path) == [both, one, both]
    assert sorted(one.name for one in tmp_path.glob(".lager*")) == [".lager-junit.xml"]


def test_tests_that_a_test_runs_are_none_of_its_results(tmp_path):
    inner = f"import pytest, subprocess, sys\ndef test_outer():\n    run = [sys.executable, '-m', 'pytest', {QUICK}]\n"
    inner += "    subprocess.run([*run, 'inner.py'], check=True)\n"
    (tmp_path / "test_it.py").write_text(inner)
    (tmp_path / "inner.py").write_text("def test_inner(): pass\n")
    options = [word.strip(' "') for word in QUICK.split(",")]
    assert run(tmp_path, "-m", "pytest", *options, "test_it.py").returncode == 0
    assert results(tmp_path) == [{"test_outer": "passed"}]


@pytest.mark.parametrize("statement", ["pass", "import unittest"])
def test_a_script_without_tests_writes_nothing(tmp_path, statement):
    assert run(tmp_path, "-c", statement).returncode == 0
    assert not (tmp_path / ".lager-junit.xml").exists()

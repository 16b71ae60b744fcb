"""Tracebacks name files as the user does, wherever they come from; and nothing else of them is any different."""

import pytest

HELPER = "def divide(by):\n    return 1 / by\n"
INNER = '  File "helpers/inner.py", line 2, in divide\n    return 1 / by\n'


def plain(text):
    """A traceback without the marks below its lines, which not every Python makes."""
    return "".join(line for line in text.decode().splitlines(keepends=True) if line.strip(" ~^\n"))


@pytest.fixture
def shown(runner, tools):
    """Runs a folder; gives what it has written to stderr."""

    def run(script, status=1, **request):
        files = {"main.py": script, "helpers/inner.py": HELPER, "bad.py": "x = (\n"}
        name = runner.run(tools.zipped(files), **request)
        _, err, end = runner.watch(name)
        assert end.status == status, err
        assert str(runner.state / "runs").encode() not in err
        return plain(err)

    return run


def test_of_the_script_and_a_helper(shown):
    assert shown("from helpers.inner import divide\n\ndivide(0)\n") == (
        'Traceback (most recent call last):\n  File "main.py", line 3, in <module>\n    divide(0)\n'
        + INNER
        + "ZeroDivisionError: division by zero\n"
    )


def test_with_a_cause_and_after_a_change_of_directory(shown):
    text = shown(
        "import os\nfrom helpers.inner import divide\nos.chdir('/')\n"
        "try: divide(0)\nexcept ZeroDivisionError as exc: raise ValueError('x') from exc\n"
    )
    assert text.count(INNER) == 1
    assert '  File "main.py", line 5, in <module>\n    except ZeroDivisionError as exc: raise ValueError' in text


def test_of_a_thread_and_of_what_the_script_shows_itself(shown):
    text = shown(
        "import logging, threading, traceback\nfrom helpers.inner import divide\n"
        "thread = threading.Thread(target=divide, args=[0], name='mine')\nthread.start()\nthread.join()\n"
        "try: divide(0)\nexcept ZeroDivisionError:\n    logging.exception('logged')\n    traceback.print_exc()\n",
        status=0,
    )
    assert text.count(INNER) == 3
    assert "Exception in thread mine:\nTraceback (most recent call last):\n" in text
    assert "ERROR:root:logged\nTraceback (most recent call last):\n" in text


@pytest.mark.parametrize("script", ["import bad\n", "x = (\n"])
def test_of_what_is_no_python(shown, script):
    text = shown(script)
    name = "bad.py" if "bad" in script else "main.py"
    assert f'  File "{name}", line 1\n    x = (\n' in text
    assert text.endswith("SyntaxError: '(' was never closed\n")


def test_of_a_module(shown):
    text = shown("import helpers.inner as inner\ninner.divide(0)\n", module="main")
    assert '  File "main.py", line 2, in <module>\n    inner.divide(0)\n' + INNER in text


def test_of_code_without_a_file(runner):
    _, err, _ = runner.result("print(1)\n1 / 0\n", file="<string>")
    assert plain(err) == (
        'Traceback (most recent call last):\n  File "<string>", line 2, in <module>\n    1 / 0\n'
        "ZeroDivisionError: division by zero\n"
    )


def test_of_a_child(shown):
    text = shown("import multiprocessing\nfrom helpers.inner import divide\nif __name__ == '__main__':\n"
                 "    process = multiprocessing.get_context('spawn').Process(target=divide, args=[0])\n"
                 "    process.start()\n    process.join()\n", status=0)  # fmt: skip
    assert INNER in text


REFUSED = "import lager\n\ndef tell():\n    lager.binaries.get_binary_path('x')\n"


def test_of_what_lager_refuses_the_users_own_lines_are_shown(shown):
    text = shown(f"{REFUSED}tell()\n")
    rows = [line for line in text.splitlines() if line.startswith("  File ")]
    assert rows == ['  File "main.py", line 5, in <module>', '  File "main.py", line 4, in tell']
    assert "lager.errors.BinaryNotFound: the box has no program 'x'" in text


@pytest.mark.parametrize("env", [[], [("LAGER_DEBUG", "1")]])
def test_all_lines_are_shown_after_another_error_or_where_that_is_asked_for(shown, env):
    after = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    tell()\n"
    assert "lager/binaries.py" in shown(REFUSED + ("tell()\n" if env else after), env=env)


def test_whoever_asks_for_a_files_name_gets_the_whole_path(runner):
    out, _, _ = runner.result(
        "import traceback, sys\ntry: 1 / 0\nexcept ZeroDivisionError as exc:\n"
        "    print(traceback.extract_tb(exc.__traceback__)[0].filename == __file__, __file__.startswith('/'))\n"
    )
    assert out == b"True True\n"


def test_interrupts_exits_and_closed_streams_are_as_ever(runner):
    assert runner.result("raise SystemExit(7)")[1:][0] == b""
    _, err, end = runner.result("import sys\nsys.stderr = None\n1 / 0")
    assert (err, end.status) == (b"", 1)
    _, err, end = runner.result("import sys\nsys.setrecursionlimit(200)\ndef f(): f()\nf()")
    assert plain(err).count('File "test.py", line 3, in f') == 3
    assert b"[Previous line repeated" in err


def test_python_can_be_left_as_it_is(runner):
    _, err, _ = runner.result("import sys\nprint(sys.excepthook is sys.__excepthook__)\n1 / 0",
                              env=[("LAGER_PRESERVE_EXCEPTHOOK", "1")])  # fmt: skip
    assert str(runner.state / "runs").encode() in err


def test_the_users_own_hook_comes_first(runner):
    out, err, _ = runner.result("import sys\nsys.excepthook = lambda *a: print('mine')\n1 / 0")
    assert (out, err) == (b"mine\n", b"")


def test_the_released_names(runner):
    script = (
        "import sys, lager\nlager.restore_excepthook()\nprint(sys.excepthook is sys.__excepthook__)\n"
        "lager.install_excepthook()\nprint(sys.excepthook is lager.lager_excepthook)\n1 / 0\n"
    )
    out, err, _ = runner.result(script)
    assert out == b"True\nTrue\n"
    assert b'  File "test.py", line 6, in <module>\n' in err

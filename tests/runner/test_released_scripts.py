"""What released scripts find in a run, beside their nets."""

import re

import pytest


@pytest.mark.parametrize(
    "last", ["from lager.measurement import thermocouple", "from lager import measurement", "import lager.measurement"]
)
def test_rooms_of_the_released_box_say_what_to_use(runner, last):
    out, err, end = runner.result(
        "import lager\n"
        "for name in ('power', 'power.supply.keithley', 'io', 'protocols', 'dispatchers', 'debug', 'automation'):\n"
        "    try: __import__('lager.' + name)\n"
        "    except ImportError as exc: print(exc.name, '|', exc)\n"
        "print(hasattr(lager, 'power'), getattr(lager, 'io', None))\n"
        "try: from lager import dispatchers\n"
        "except ImportError as exc: print(exc.name, '!', exc)\n"
        f"{last}\n"
    )
    told = out.decode()
    assert end.status == 1
    assert "lager.power | no module named 'lager.power' here: the released Lager had its code for supplies" in told
    assert told.count("  Try: from lager import Net, NetType; then Net.get('supply1', NetType.PowerSupply) gives") == 4
    assert told.count("  Try: from lager import Net, NetType; then Net.get(") == 8
    assert "False None\nlager.dispatchers ! no module named 'lager.dispatchers' here: " in told
    assert err.decode().splitlines() == [
        "Traceback (most recent call last):",
        '  File "test.py", line 8, in <module>',
        f"    {last}",
        "ModuleNotFoundError: no module named 'lager.measurement' here: the released Lager had its code for "
        "thermocouples, watt meters and oscilloscopes in it",
        "  Try: from lager import Net, NetType; then Net.get('temp1', NetType.Thermocouple) gives what is on the "
        "bench, and of types that are not served here it says what there is instead",
    ]


def test_a_module_that_is_nowhere_is_as_ever(runner):
    _, err, _ = runner.result("import lager.nowhere\n")
    assert err.endswith(b"ModuleNotFoundError: No module named 'lager.nowhere'\n")


@pytest.mark.parametrize(
    ("env", "first", "in_stdout"),
    [
        ([], "import lager", False),
        ([("LAGER_RELEASED_CLIENT", "yes")], "import lager", True),
        ([("LAGER_RELEASED_CLIENT", "yes")], "import lager.core", True),
        ([("LAGER_RELEASED_CLIENT", "yes")], "import json", False),  # `import lager` did it
        ([("LAGER_RELEASED_CLIENT", "yes")], "os.environ['LAGER_PRESERVE_EXCEPTHOOK'] = '1'; import lager", False),
        ([("LAGER_RELEASED_CLIENT", "")], "import lager", False),
    ],
)
def test_where_tracebacks_go(runner, env, first, in_stdout):
    out, err, end = runner.result(f"import os\n{first}\nprint('before')\n1 / 0\n", env=env)
    shown = 'Traceback (most recent call last):\n  File "test.py", line 4, in <module>\n    1 / 0\n'
    told = (out if in_stdout else err).decode()
    assert end.status == 1
    assert told.startswith(f"before\n{shown}" if in_stdout else shown)
    assert told.endswith("ZeroDivisionError: division by zero\n")
    assert (err if in_stdout else out).decode() == ("" if in_stdout else "before\n")


def test_those_of_threads_go_to_stderr_whoever_looks(runner):
    thread = "thread = threading.Thread(target=lambda: 1 / 0, name='mine')\nthread.start()\nthread.join()\n"
    out, err, end = runner.result(f"import threading, lager\n{thread}", env=[("LAGER_RELEASED_CLIENT", "yes")])
    assert (out, end.status) == (b"", 0)
    assert err.startswith(b"Exception in thread mine:\nTraceback (most recent call last):\n")


@pytest.mark.parametrize("before", ["os.environ.clear()", "del sys.modules['os']", "os.environ = None"])
def test_p13_nothing_hides_the_users_own_error(runner, before):
    source = f"import os, sys, threading\n{before}\nthreading.Thread(target=lambda: {{}}['x']).start()\n1 / 0\n"
    _, err, end = runner.result(source, env=[("LAGER_RELEASED_CLIENT", "")])
    assert end.status == 1
    assert b"ZeroDivisionError: division by zero" in err
    assert b"KeyError: 'x'" in err


@pytest.mark.parametrize(
    "before", ["sys.stdout = io.StringIO()", "sys.stdout = None", "sys.stdout = open('log', 'w')", "sys.stdout.close()"]
)
def test_p13_not_even_where_stdout_is_no_more_what_it_was(runner, before):
    source = f"import io, sys, lager\n{before}\n1 / 0\n"
    out, err, end = runner.result(source, env=[("LAGER_RELEASED_CLIENT", "yes")])
    assert end.status == 1
    assert b"ZeroDivisionError: division by zero" in (err if "close" in before else out)


TEE = """
class Tee:
    def write(self, text):
        log.write(text), sys.__stdout__.write(text)
sys.stdout = Tee()
"""


@pytest.mark.parametrize("instead", [TEE, "sys.stdout = log\n"])
def test_a_log_that_takes_what_is_printed_has_the_traceback_too(runner, tmp_path, instead):
    source = f"import sys, lager\nlog = open({str(tmp_path / 'log')!r}, 'w')\n{instead}\nprint('before')\n1 / 0\n"
    out, err, _ = runner.result(source, env=[("LAGER_RELEASED_CLIENT", "yes")])
    shown = (tmp_path / "log").read_text()
    assert re.fullmatch(r"before\nTraceback .*\nZeroDivisionError: division by zero\n", shown, re.DOTALL)
    assert out.decode() == shown[0 if instead is TEE else len("before\n") :]
    assert b"ZeroDivisionError" not in err


@pytest.mark.parametrize("value", ["1", "0", ""])
def test_pythons_own_tracebacks_stay_where_they_are(runner, value):
    env = [("LAGER_RELEASED_CLIENT", "yes"), ("LAGER_PRESERVE_EXCEPTHOOK", value)]
    out, err, _ = runner.result("import lager\n1 / 0\n", env=env)
    assert (out, err.endswith(b"ZeroDivisionError: division by zero\n")) == (b"", True)
    assert re.search(rb'File "/.*/test.py", line 2', err)  # as Python has it


def test_programs_of_the_box_are_found(runner):
    folder = runner.state / "binaries"
    folder.mkdir(mode=0o700)
    (folder / "hello").write_text("#!/bin/sh\necho hello $1\n")
    (folder / "hello").chmod(0o755)
    out, _, _ = runner.result(
        "import lager\nprint(lager.binaries.list_binaries(), lager.binaries.run_custom_binary('hello', 'you').stdout)\n"
    )
    assert out == b"['hello'] hello you\n\n"

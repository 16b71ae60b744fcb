"""Who has a file open: real processes with real files."""

import os
import subprocess
import sys
import threading

import pytest

from lager import errors, holder
from lager_hwservice import holders

NAME = os.path.basename(sys.executable)[:15]  # as the kernel keeps it
HOLD = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.readline()"


def holding(node, run="", title=""):
    env = os.environ | ({"LAGER_PROCESS_ID": run} if run else {})
    words = [sys.executable, "-c", f"from setproctitle import setproctitle as be\nbe({title!r})\n" * bool(title) + HOLD]
    words.append(str(node))
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True)
    assert process.stdout.readline() == "open\n"
    return process


@pytest.fixture
def node(tmp_path):
    path = tmp_path / "005"
    path.touch()
    return path


def test_nobody_has_it(node):
    assert holders.of([node]).holders == ()


def test_this_process_does_not_count(node):
    with node.open():
        assert holders.of([node]).holders == ()


def test_the_process_that_has_it_is_named(node, monkeypatch):
    monkeypatch.delenv("LAGER_PROCESS_ID", raising=False)
    with holding(node) as process:
        assert holders.of([node.with_name("006"), node]).holders == (holder.Holder(process.pid, NAME),)
        process.communicate("\n")
    assert holders.of([node]).holders == ()


def test_its_run_is_named(node):
    with holding(node, "4f2a1b3c-1") as process:
        (found,) = holders.of([node]).holders
        process.communicate("\n")
    assert str(found) == f"run 4f2a1b3c (pid {process.pid}, {NAME})"
    assert found.hint.startswith("while that run is paused, read it through `lager python --console 4f2a1b3c`")


def test_a_worker_is_a_service_whatever_started_it(node):
    with holding(node, "4f2a1b3c-1", "lager_hwservice.worker Rigol_DP821 USB0") as process:
        (found,) = holders.of([node]).holders
        process.communicate("\n")
    assert found.serves
    assert str(found) == f"the hardware service of a box (pid {process.pid})"


def test_all_who_have_it_are_named_in_order(node):
    with holding(node) as one, holding(node) as two:
        found = holders.of([node])
        one.communicate("\n")
        two.communicate("\n")
    assert [holder.pid for holder in found.holders] == sorted([one.pid, two.pid])
    assert holder.in_use("it", found.holders).what.endswith(" have it")


def test_a_process_that_has_ended_but_is_not_yet_buried_is_nobody(node):
    process = holding(node)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert holder.of_process(process.pid) is None
    assert holders.of([node]).holders == ()
    process.communicate()
    assert holder.of_process(process.pid) is None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_who_cannot_be_looked_into_is_counted(node):
    code = (
        "import os, sys; from lager_hwservice import holders\n"
        "os.setegid(65534); os.seteuid(65534)\n"
        "found = holders.of([sys.argv[1]])\n"
        "print(len(found.holders), found.hidden > 0, found.besides)"
    )
    with holding(node) as process:
        done = subprocess.run([sys.executable, "-c", code, str(node)], capture_output=True, text=True, check=True)
        process.communicate("\n")
    assert done.stdout.startswith("0 True  (")
    assert "of other users could not be looked into" in done.stdout


def test_a_process_in_another_place(tmp_path, node):
    place = tmp_path / "proc/123"
    (place / "fd").mkdir(parents=True)
    (place / "fd/7").symlink_to(node)
    (place / "comm").write_text("labgrid\n")
    (place / "cmdline").write_bytes(b"labgrid-exporter\0")
    (place / "environ").write_bytes(b"A=b\0LAGER_PROCESS_ID=abc\0")
    (tmp_path / "proc/124").mkdir()  # has just ended
    (tmp_path / "proc/meminfo").touch()
    found = holders.of([node], tmp_path / "proc")
    assert found == ((holder.Holder(123, "labgrid", "abc"),), 0, 0)


def test_words():
    busy = holder.in_use("the DP821", [])
    assert type(busy) is errors.InstrumentBusy
    assert busy.what == "the DP821 is in use: another process has it"
    assert str(holder.Holder(1, "init")) == "init (pid 1)"
    assert holder.Holder(1, "init").hint == "let it close the instrument, or end it (kill 1)"
    assert holder.Holder(os.getpid(), "python").hint.startswith("it is this very process")
    assert holders.Found((), 1).besides == " (1 process of other users could not be looked into)"


def test_processes_that_come_and_go_meanwhile_do_no_harm(node):
    done = threading.Event()

    def churn():
        while not done.is_set():
            subprocess.run([sys.executable, "-S", "-c", ""], check=True)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(10):
            assert holders.of([node]).holders == ()
    finally:
        done.set()
        thread.join()

"""A stream that breaks off is no end of a script: released clients may take a closed connection for status 0."""

import psutil

SCRIPT = "import signal\nprint('begun', flush=True)\nsignal.pause()\n"
BENCH = None
COUNTS = """
import os, sys, time
print(os.environ["LAGER_PROCESS_ID"], flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
print("grün")
sys.exit(5)
"""


def runner_of(box):
    """The process of the box that serves runs, once it does."""
    box.until(lambda: box.lager("runs").returncode == 0)
    words = {one: one.cmdline() for one in psutil.Process(box.process.pid).children()}
    return next(one for one, said in words.items() if "lager_runner" in said)


def test_a_runner_that_dies_is_no_success(client, box):
    runner = runner_of(box)
    process = client.start("python", "--box", "bench", client.file("waits.py", SCRIPT))
    assert process.stdout.readline() == "begun\n"
    runner.kill()
    out, err = process.communicate()
    assert (out, process.returncode) == ("", 1)
    assert "ended prematurely" in err or "refused" in err


def test_a_run_whose_runner_died_is_all_there_for_who_reattaches(client, box, tmp_path):
    go, runner = tmp_path / "go", runner_of(box)
    process = client.start("python", "--box", "bench", client.file("counts.py", COUNTS), go)
    run = process.stdout.readline().strip()
    runner.kill()
    process.communicate()
    runner_of(box)
    attached = client.start("python", "--box", "bench", "--reattach", run)
    assert attached.stdout.readline() == f"{run}\n"
    go.touch()
    out, err = attached.communicate()
    assert (out, err, attached.returncode) == ("grün\nProcess exited with code 5\n", "", 5)

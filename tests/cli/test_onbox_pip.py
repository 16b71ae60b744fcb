"""An environment on a box is made by pip: what becomes of it when pip, or the step that runs it, is killed."""

import hashlib
import os
import signal
import subprocess
import sys
import zipfile

import psutil
import pytest

from lager import errors
from lager_cli.machine.onbox import environments, wheelsets
from lager_cli.machine.onbox.places import Places
from lager_cli.machine.onbox.telling import Teller

KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
COMPLAINS = "raise SystemExit('one\\ntwo')"
WAITS = "import os, signal; print(os.getpid(), file=open({fifo!r}, 'w'), flush=True); signal.pause()"
STEP = """\
import sys
from lager_cli.machine.onbox import environments
from lager_cli.machine.onbox.places import Places
from lager_cli.machine.onbox.telling import Teller
from pathlib import Path
environments.environment(Places(Path(sys.argv[1])), Teller(), {"version": "0.2.0", "hash": sys.argv[2]})
"""


@pytest.fixture
def asked(tmp_path):
    """Have a set of wheels arrive, whose pip does what it is told."""

    def arrive(pip):
        path = tmp_path / "pip-1-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("pip/__main__.py", pip)
        hash8 = wheelsets.set_hash({path.name: hashlib.sha256(path.read_bytes()).hexdigest()})
        folder = Places(tmp_path).wheels(hash8)
        folder.mkdir(parents=True)
        path.rename(folder / path.name)
        return {"version": "0.2.0", "hash": hash8}

    return arrive


@pytest.mark.parametrize(("pip", "said"), [(KILLED, "signal 9 ended it"), (COMPLAINS, "one\ntwo")])
def test_a_pip_that_fails_leaves_nothing(tmp_path, asked, pip, said):
    with pytest.raises(errors.LagerError) as told:
        environments.environment(Places(tmp_path), Teller(lambda _: True), asked(pip))
    assert told.value.what == f"pip could not install lager 0.2.0: {said}"
    assert list(Places(tmp_path).versions.iterdir()) == []


def test_a_step_that_is_killed_takes_its_pip_along(tmp_path, asked):
    """Else it would write on, into what the next attempt makes anew."""
    os.mkfifo(tmp_path / "fifo")
    hash8 = asked(WAITS.format(fifo=str(tmp_path / "fifo")))["hash"]
    with subprocess.Popen([sys.executable, "-c", STEP, tmp_path, hash8], stdout=subprocess.DEVNULL) as step:
        pip = psutil.Process(int((tmp_path / "fifo").read_text()))
        step.send_signal(signal.SIGKILL)
    try:
        pip.wait(60)
    finally:
        if pip.is_running():
            pip.kill()

"""The jobs in `examples/ci` do what they say, on a box that is known by its address, token and fingerprint only."""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "security"))
from ownserved import Served

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "ci"
INSTALLS = re.compile(r'pip"? install "')  # Lager is installed here, and nothing is asked of any network
CHECKOUT = {"GITHUB_REPOSITORY": "bench/board", "GITHUB_RUN_ID": "1", "GITHUB_JOB": "test"}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    one = Served(tmp_path_factory.mktemp("box"), "--tls")
    yield one
    one.stop()


@pytest.fixture
def job(box, tmp_path):
    """Gives the variables of a job's own machine, and a place for what its repository has."""
    no_network = shutil.ignore_patterns("requirements.txt")  # the pytest of this environment is the box's
    shutil.copytree(EXAMPLES / "bench", tmp_path / "bench", ignore=no_network)
    settings = {"LAGER_BOX": f"127.0.0.1:{box.info.runner}", "LAGER_TOKEN": box.token}
    settings["LAGER_FINGERPRINT"] = box.info.fingerprint
    machine = {"HOME": str(tmp_path), "CI": "true", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return settings, machine, tmp_path


def do(commands, env, folder):
    """Do the commands as a system does: one shell, which ends where one of them fails."""
    words = ["bash", "-eo", "pipefail", "-c", "\n".join(commands)]
    done = subprocess.run(
        words, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def has_results(folder):
    """Whether what the job keeps is there, and is what it should be."""
    tests = ElementTree.parse(folder / "results.xml").getroot().iter("testcase")
    assert sorted(one.get("name") for one in tests) == ["test_rail[2.5]", "test_rail[3.3]"]
    assert [line.split(",")[0] for line in (folder / "readings.csv").read_text().splitlines()] == ["2.5", "3.3"]


def filled(text, settings):
    """Put the project's settings where GitHub would."""
    return re.sub(r"\$\{\{ (?:vars|secrets)\.(\w+) \}\}", lambda found: settings[found[1]], text)


def test_what_it_requires_is_pinned():
    required = (EXAMPLES / "bench" / "requirements.txt").read_text().split()
    assert [re.fullmatch(r"pytest==[\d.]+", one) is not None for one in required] == [True]


def test_the_job_for_github_does_what_it_says(job):
    settings, machine, folder = job
    (found,) = yaml.safe_load((EXAMPLES / "github.yml").read_text())["jobs"].values()
    env = machine | CHECKOUT | {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(folder)}
    env |= {name: filled(value, settings) for name, value in found["env"].items()}
    steps = [step["run"] for step in found["steps"] if "run" in step]
    installing, *doing = steps
    assert INSTALLS.search(installing)
    for step in doing:
        status, said = do([step], env, folder)
        assert status == 0, said
    has_results(folder)
    kept = next(step["with"]["path"] for step in found["steps"] if "upload-artifact" in step.get("uses", ""))
    assert all((folder / name).exists() for name in kept.split())


def test_the_job_for_gitlab_does_what_it_says(job):
    settings, machine, folder = job
    found = yaml.safe_load((EXAMPLES / "gitlab.yml").read_text())["bench"]
    env = machine | settings | found["variables"] | {"GITLAB_CI": "true", "CI_PROJECT_DIR": str(folder)}
    (installing,) = found["before_script"]
    assert INSTALLS.search(installing)
    status, said = do(found["script"], env, folder)
    assert status == 0, said
    has_results(folder)
    assert all((folder / name).exists() for name in found["artifacts"]["paths"])
    assert found["artifacts"]["reports"]["junit"] in found["artifacts"]["paths"]


def test_a_job_fails_with_a_failing_test_and_keeps_what_there_is(job):
    settings, machine, folder = job
    test = folder / "bench" / "test_rail.py"
    test.write_text(test.read_text().replace("abs=0.05", "abs=0.0", 1).replace("approx(volts", "approx(volts + 1"))
    script = yaml.safe_load((EXAMPLES / "gitlab.yml").read_text())["bench"]["script"]
    status, said = do(script, machine | settings, folder)
    assert status == 1, said
    assert "2 failed" in said
    has_results(folder)

"""A box in a container, by the Containerfile of this tree: built, run by somebody who is not root, used, stopped."""

import json
import re
import zipfile

import pytest
from containers import BOX, NoContainers, Podman, packages
from screens import plain

from lager import settings

STATE = "/var/lib/lager"
RUN = ["run", "--detach", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "all", "--security-opt", "no-new-privileges"]


@pytest.fixture(scope="module")
def podman(folder, wheels):
    try:
        one = Podman(folder / "podman", wheels.cache.parent / "containers")
    except NoContainers as exc:
        pytest.skip(str(exc))
    yield one
    one.close()


@pytest.fixture(scope="module")
def image(podman, folder, wheels):
    from boxmachine import provide

    root = provide() / "root"
    given = packages(root, wheels.current, wheels.cache / "lager" / "wheels", folder / "packages")
    with zipfile.ZipFile(next(given.glob("pip-*.whl"))) as pip:
        pip.extractall(folder / "pip")
    try:
        base = podman.base(root, folder / "pip" / "pip")
    except NoContainers as exc:
        pytest.skip(str(exc))
    podman.build(base, given)
    return BOX


class Contained:
    """A box in a container."""

    def __init__(self, podman, image, name, *options):
        self.podman, self.name = podman, name
        podman.call(*RUN, "--name", name, *options, image)
        for _ in range(200):  # each asks the box, and so takes its time
            if podman.call("healthcheck", "run", name, check=False).returncode == 0:
                break
        else:
            raise AssertionError(podman.call("logs", name, check=False))

    def inside(self, *words, check=True):
        return self.podman.call("exec", self.name, *words, check=check)

    def is_known_to(self, laptop, name):
        """Save it on a laptop, and make sure nobody else reads that."""
        address = self.inspected("{{.NetworkSettings.IPAddress}}")
        words = ["--ip", address, "--token", self.token, "--fingerprint", self.facts["fingerprint"], "--yes"]
        done = laptop.lager("boxes", "add", "--name", name, *words)
        assert done.returncode == 0, done.stderr

    def inspected(self, what):
        return self.podman.call("inspect", self.name, "--format", what).stdout.strip()

    @property
    def token(self):
        return self.inside("cat", f"{STATE}/token").stdout.strip()

    @property
    def facts(self):
        return json.loads(self.inside("lager", "box", "status", "--json").stdout)


@pytest.fixture(scope="module")
def contained(podman, image, laptop):
    one = Contained(podman, image, "box", "--volume", f"state:{STATE}")
    one.is_known_to(laptop, "contained")
    return one


def test_a_laptop_uses_it(contained, laptop):
    assert laptop.lager("hello", "--box", "contained").returncode == 0
    done = laptop.lager(
        "python", laptop.file("who.py", "import getpass\nprint(getpass.getuser())"), "--box", "contained"
    )
    assert (done.returncode, done.stdout) == (0, "lager\n")


def test_its_services_may_do_little(contained):
    done = contained.inside("sh", "-c", "id -un; touch /opt/x 2>&1; touch /x 2>&1; grep CapEff /proc/1/status")
    assert done.stdout.split("\n")[:3] == [
        "lager",
        "touch: cannot touch '/opt/x': Read-only file system",
        "touch: cannot touch '/x': Read-only file system",
    ]
    assert int(done.stdout.split()[-1], 16) == 0


def test_the_doctor_looks_at_it_from_outside_and_inside(contained, laptop, seen):
    def of_the_box(screen):
        told = plain(screen.partition("\n\n")[2]).replace(contained.inspected("{{.Config.Hostname}}"), "CONTAINER")
        return told.replace(contained.inspected("{{.NetworkSettings.IPAddress}}"), "10.88.0.2")

    seen("doctor-container", laptop.lager("doctor", "--box", "contained"), of_the_box)
    inside = contained.inside("lager", "doctor")
    assert "Box local\n  ok" in inside.stdout
    assert " problem " not in inside.stdout


def test_what_a_run_leaves_behind_is_taken_leave_of(contained, laptop):
    left = "import subprocess\nsubprocess.Popen(['sh', '-c', 'sleep 0 & sleep 0 & exit'], start_new_session=True)\n"
    assert laptop.lager("python", laptop.file("left.py", left), "--box", "contained").returncode == 0
    states = contained.inside("sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null || true").stdout
    assert not re.findall(r"\) Z ", states)


def test_a_full_disk_is_told(podman, image):
    state = "/small/state"
    room = ["--mount", "type=tmpfs,destination=/small,tmpfs-size=64m,tmpfs-mode=0777"]
    small = Contained(podman, image, "small", *room, "--env", f"LAGER_STATE_DIR={state}")
    done = small.inside("lager", "doctor", check=False)
    assert done.returncode == 1
    (line,) = re.findall(r"problem +disk +(.*)", done.stdout.partition("Its machine")[2])
    assert re.fullmatch(rf"\d+ MiB of 64 MiB are free where {state} is", line)
    podman.call("rm", "--force", "--time", "0", "small")


def test_a_folder_of_somebody_else_for_its_state_is_told(podman, image):
    done = podman.call("run", "--rm", "--mount", f"type=tmpfs,destination={STATE}", image, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(
        f"Error: {STATE} cannot be used: it belongs to another user (uid 0).\nTry: see who may write there, and what "
        "is there; LAGER_STATE_DIR and LAGER_CONFIG_FILE_DIR give other places.\n"
    )


def test_it_is_stopped_in_order_and_its_state_outlives_it(contained, podman, image, laptop):
    before = contained.token, contained.facts["fingerprint"]
    podman.call("stop", "--time", "20", contained.name)
    assert contained.inspected("{{.State.ExitCode}}") == "0"
    assert "Ending the box." in podman.call("logs", contained.name).stdout
    podman.call("rm", contained.name)
    again = Contained(podman, image, "again", "--volume", f"state:{STATE}")
    assert (again.token, again.facts["fingerprint"]) == before
    assert {again.facts[one] for one in ("runner", "hardware", "http")} == {
        settings.RUNNER_PORT, settings.HARDWARE_PORT, settings.HTTP_PORT
    }  # fmt: skip

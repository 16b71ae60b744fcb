"""Containers as tests run them: podman with a storage of its own, in a mount namespace of its own.

The kernel's control groups of version 2 are taken out of that namespace where those of version 1 are there, too: the
runtime refuses such a mixture. The limits of processes are those that this machine allows, for the same reason.
"""

import os
import resource
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from filelock import FileLock

from lager_cli.machine import wheels

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["podman", "crun", "containernetworking-plugins", "iptables"]
BOX = "localhost/lager-box"
_LIMIT = 8192
LEFT_OUT = {"./var/cache", "./var/lib/apt", "./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./boot"}


class NoContainers(Exception):
    """None can be run here; the text says why."""


class Podman:
    """Podman, until it is closed: then all its containers have ended.

    Args:
        folder: For what is only of this one.
        store: Where images are kept; one at a time uses it.
    """

    def __init__(self, folder, store):
        _have_podman()
        for one in (folder, store):
            one.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(store / "lock")
        self._lock.acquire()
        self._forget(store)
        limits = [_limit("nofile", resource.RLIMIT_NOFILE), _limit("nproc", resource.RLIMIT_NPROC)]
        (folder / "containers.conf").write_text(f"[containers]\ndefault_ulimits = [{', '.join(limits)}]\n")
        self.env = os.environ | {"CONTAINERS_CONF": str(folder / "containers.conf")}
        self._words = ["podman", "--root", store / "root", "--runroot", store / "run", "--tmpdir", store / "tmp"]
        mixed = "if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi; echo; exec cat"
        self._space = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", mixed], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.env
        )
        self._space.stdout.readline()
        self.call("rm", "--all", "--force", "--volumes")

    def _forget(self, store):
        """Forget what ran, where a test was killed: podman then takes it that the machine was started again."""
        for name in ("run", "tmp"):
            shutil.rmtree(store / name, ignore_errors=True)

    def call(self, *words, check=True, **options):
        """Run podman."""
        inside = ["nsenter", "-t", str(self._space.pid), "-m", "--wd=/", *map(str, [*self._words, *words])]
        done = subprocess.run(inside, capture_output=True, text=True, env=self.env, check=False, **options)
        if check and done.returncode:
            raise RuntimeError(f"podman {words[0]}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def base(self, root, pip):
        """Have an image of a Debian root with Python and pip in it; give its name."""
        name = f"localhost/lager-base:{root.parent.name[:12]}"
        if self.call("image", "exists", name, check=False).returncode:
            kept = pip.parent / "base.tar"
            with tarfile.open(kept, mode="w") as tar:
                tar.add(root, ".", filter=lambda one: None if one.name in LEFT_OUT else one)
                tar.add(pip, "./usr/lib/python3/dist-packages/pip")
            self.call("import", kept, name)
            kept.unlink()
        tried = self.call("run", "--rm", name, "true", check=False)
        if tried.returncode:
            raise NoContainers(f"podman runs no container on this machine: {tried.stderr.strip()}")
        return name

    def build(self, base, packages):
        """Build the image of a box from this tree; its packages come from a folder."""
        given = {"BASE": base, "PIP_NO_INDEX": 1, "PIP_FIND_LINKS": "/packages"}
        options = [word for name, value in given.items() for word in ("--build-arg", f"{name}={value}")]
        options += ["--network", "none", "--volume", f"{packages}:/packages:ro", "--format", "docker"]
        self.call("build", *options, "--tag", BOX, "--file", ROOT / "Containerfile", ROOT)
        self.call("image", "prune", "--force")

    def close(self):
        self.call("rm", "--all", "--force", "--time", "0", "--volumes", check=False)
        self._space.stdin.close()
        self._space.wait()
        self._space.stdout.close()
        self._lock.release()


def packages(root, wheel, cache, folder):
    """Gather what is installed into the image, for the Python in a root, and what builds the product."""
    said = subprocess.run(["chroot", root, "python3", "-V"], capture_output=True, text=True, check=True).stdout
    python = wheels.Python(said.split()[1], os.uname().machine, "2.36")
    folder.mkdir()
    for path in wheels.gathered(python, wheel, cache, lambda _: None).files:
        if path.name != wheel.name:  # that one is to be built from the tree
            shutil.copy(path, folder)
    words = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--only-binary=:all:",
        "--dest",
        str(folder),
        "hatchling",
    ]
    subprocess.run(words, capture_output=True, text=True, check=True)
    return folder


def _limit(name, number):
    """Give a limit that a process may set here whatever it is allowed: one that is lower."""
    hard = resource.getrlimit(number)[1]
    lower = _LIMIT if hard == resource.RLIM_INFINITY else min(_LIMIT, hard)
    return f'"{name}={lower}:{lower}"'


def _have_podman():
    if shutil.which("podman"):
        return
    if not shutil.which("apt-get"):
        raise NoContainers("there is no podman here, and no apt-get to install it")
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(["apt-get", "-q", *words], capture_output=True, text=True, env=env, check=False)
        if done.returncode:
            raise NoContainers(f"apt-get could not install podman: {done.stderr.strip()[-300:]}")

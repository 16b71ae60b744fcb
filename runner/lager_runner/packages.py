"""Installs the requirements.txt of a run's directory, once for all runs with the same one, and then becomes the script.

It runs in the script's own process, before the script: so an interrupt, a kill or the time limit end an installation as
they would end the script. Nothing but the standard library is imported. What is installed stands in

packages/KEY/site-packages  what pip has installed for one content of requirements.txt and one Python (`bin` is in it)
         KEY.new, KEY.old   the same, half done, and half removed
         KEY.making         locked by who installs it
         KEY.lock           locked by who uses it (shared), or removes it; its time is that of the last use
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import sys
from collections import deque
from typing import NoReturn

from lager_runner import requirements

PACKAGES = "LAGER_PACKAGES"  # tells the script's Python where they are (`startup/sitecustomize.py`)
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from lager_runner.packages import main; main(sys.argv[3:])"
PREPARED = "prepared"  # a file beside the run's own directory, made when all is there; the script comes next
FAILED = 1  # the exit status of a run whose packages cannot be installed
_LINES = 20  # of what pip said last
_NOT_FOR_PIP = ("PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
# The box's Lager is the one that scripts have, whatever a requirement brings.
_OURS = re.compile(r"lager(_cli|_runner|_debugbridge|_hwservice|_drivers|-.*\.dist-info)?")


def command(root: str, most: int, work: str, script: list[str]) -> list[str]:
    """Give the command line that installs what the directory `work` requires, and then runs the command `script`.

    Args:
        root: Where packages are kept.
        most: How much of them, bytes; beyond it, those go that nobody uses.
        work: The run's own directory.
        script: The script's command line.
    """
    path = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    own = [sys.executable, "-I", "-S", "-c", BOOT, path, "lager_runner.packages"]
    return [*own, root, str(most), work, "--", *script]


def main(argv: list[str]) -> NoReturn:
    """Install what is required, and become the script."""
    root, most, work, script = argv[0], int(argv[1]), argv[2], argv[4:]
    try:
        place = provide(root, most, work)
    except KeyboardInterrupt:
        _say("interrupted while requirements.txt was installed; the script was not started")
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        raise
    except OSError as exc:
        _say(f"requirements.txt could not be installed, so the script was not started: {exc}")
        sys.exit(FAILED)
    if place:
        os.environ[PACKAGES] = place
        os.environ["PATH"] = os.pathsep.join([os.path.join(place, "bin"), os.environ.get("PATH", os.defpath)])
    _note(os.path.join(os.path.dirname(work), PREPARED))
    os.execv(script[0], script)


def _note(path: str) -> None:
    """Make an empty file, where that can be: it only tells who waits for it."""
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def provide(root: str, most: int, work: str) -> str:
    """Give the directory where what is required is installed, and keep it in use as long as this process lives.

    Gives an empty text where nothing is required. Ends the process where pip fails.
    """
    key = requirements.key(work)
    if not key:
        return ""
    os.makedirs(root, mode=0o700, exist_ok=True)
    entry = os.path.join(root, key)
    lock = _lock_file(f"{entry}.lock")
    fcntl.flock(lock, fcntl.LOCK_SH)
    while not os.path.isdir(entry):
        fcntl.flock(lock, fcntl.LOCK_UN)
        _make(entry, work)
        fcntl.flock(lock, fcntl.LOCK_SH)
    os.utime(lock)
    os.set_inheritable(lock, True)  # the script holds it from here on
    _remove_unused(root, most)
    return os.path.join(entry, "site-packages")


def _lock_file(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _make(entry: str, work: str) -> None:
    """Install, unless somebody else has done so meanwhile."""
    making = _lock_file(f"{entry}.making")
    try:
        try:
            fcntl.flock(making, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another run is installing the same requirements.txt; waiting for it")
            fcntl.flock(making, fcntl.LOCK_EX)
        if not os.path.isdir(entry):
            _install(entry, work)
    finally:
        os.close(making)


def _install(entry: str, work: str) -> None:
    import shutil
    import time

    _say("installing requirements.txt, once; later runs with the same one find it done")
    started = time.monotonic()
    draft = f"{entry}.new"
    shutil.rmtree(draft, ignore_errors=True)  # of an installation that was killed
    try:
        target = os.path.join(draft, "site-packages")
        os.makedirs(target, mode=0o700)
        _run_pip(target, work)
        for name in os.listdir(target):
            if _OURS.fullmatch(name):
                shutil.rmtree(os.path.join(target, name), ignore_errors=True)
        os.rename(draft, entry)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _say(f"installed in {time.monotonic() - started:.1f}s")


def _run_pip(target: str, work: str) -> None:
    """Have pip install into a directory; where it fails, tell what it said, and end."""
    import subprocess

    words = [sys.executable, "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    words += ["--no-warn-script-location", "--progress-bar", "off", "--target", target, "-r", requirements.FILE]
    env = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_PIP}
    env["PIP_USER"] = "0"  # a setting that excludes --target
    last: deque[bytes] = deque(maxlen=_LINES)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=work, env=env) as pip:
        try:
            last.extend(pip.stdout or ())
            status = pip.wait()
        finally:
            pip.kill()  # only where an interrupt has come, which pip got, too
    if status:
        os.write(2, b"".join(last))
        _say(f"requirements.txt could not be installed, so the script was not started (pip ended with status {status})")
        sys.exit(FAILED)


def _remove_unused(root: str, most: int) -> None:
    """Remove what was not used for longest, as long as there is too much, but nothing that is in use."""
    names = [name for name in os.listdir(root) if os.path.exists(os.path.join(root, f"{name}.lock"))]
    if len(names) < 2:
        return
    sizes = {name: _size(os.path.join(root, name)) for name in names}
    total = sum(sizes.values())
    for name in sorted(names, key=lambda one: os.stat(os.path.join(root, f"{one}.lock")).st_mtime):
        if total <= most:
            return
        if _remove(os.path.join(root, name)):
            total -= sizes[name]


def _remove(entry: str) -> bool:
    """Remove what is installed, unless it is in use."""
    import shutil

    lock = _lock_file(f"{entry}.lock")
    try:
        shutil.rmtree(f"{entry}.old", ignore_errors=True)  # of a process that was killed at this
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.rename(entry, f"{entry}.old")  # at once: nobody shall find half of it
        shutil.rmtree(f"{entry}.old", ignore_errors=True)
    except (BlockingIOError, FileNotFoundError):  # in use; or another process has removed it
        return False
    finally:
        os.close(lock)
    return True


def _size(folder: str) -> int:
    total = 0
    for here, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(here, name)).st_size
            except FileNotFoundError:
                continue  # it is being removed
    return total


def _say(line: str) -> None:
    os.write(2, f"=== lager: {line}\n".encode())

"""Virtual environments with a released client in each: made once for a version, and kept in the user's cache.

The clients are black boxes: they are installed as anybody installs them, and run.
"""

import functools
import shutil
import subprocess
import sys

import filelock
import platformdirs
import pytest

CACHE = platformdirs.user_cache_path("lager") / "released-clients"
NO_INDEX = ("Retrying (", "(from versions: none)")  # what pip says, both, where it reached no index at all


@functools.cache
def installed(version):
    """Give the folder of the environment that has this version; make it if there is none. Skip where pip cannot.

    An environment has its name only once it is complete, so that a broken off attempt does not look like one.
    """
    folder = CACHE / f"{version}-py{sys.version_info.major}.{sys.version_info.minor}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            draft = folder.with_name(f"{folder.name}.draft")
            shutil.rmtree(draft, ignore_errors=True)
            _make(draft, version)
            draft.rename(folder)
    return folder


def _make(draft, version):
    subprocess.run([sys.executable, "-m", "venv", draft], check=True, capture_output=True, text=True)
    words = ["install", "--no-input", "--disable-pip-version-check", "--retries", "1", f"lager-cli=={version}"]
    done = subprocess.run([draft / "bin" / "python", "-m", "pip", *words], capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode and all(words in said for words in NO_INDEX):
        pytest.skip(f"lager-cli {version} is not in {CACHE}, and pip reaches no package index")
    assert done.returncode == 0, said

"""Who has a box's lock where this command or run takes it, and how long it waits for it: read from the environment.

A person is meant by name. A CI job is told from every other job, also of the same account, but not from another command
of the same job: so no process id is part of its name. What the lock does with these names, `lager.boxlock` decides.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from lager import errors, wire
from lager_cli.selection import user_name

LOCK_WAIT = "LAGER_LOCK_WAIT"  # s that commands and runs wait for a box that somebody else has
LOCK_HOLDER = "LAGER_LOCK_HOLDER"  # who is to have the box, instead of what else would be found; set for every run

_CI_WAIT = 1800.0  # s that a job waits where nothing is said: nobody is there to try again
_LONGEST_WAIT = 1e9  # s
_LONGEST_NAME = 200  # characters of a holder's that a box takes; paths of projects and branches have more
_DIGEST = 12  # characters that stand for the end of a longer one


def holder(environ: Mapping[str, str]) -> tuple[str, str]:
    """Give who holds the box's lock for what is done here, and the type of that holder (`wire.LockRequest`)."""
    chosen = environ.get(LOCK_HOLDER, "").strip()
    if chosen:
        return _fitting(chosen), wire.CI if chosen.startswith("ci:") else wire.EPHEMERAL
    if not in_ci(environ):
        return _fitting(user_name(environ)), wire.EPHEMERAL
    job = _github(environ) or _gitlab(environ) or _jenkins(environ) or user_name(environ).strip()
    return _fitting(f"ci:{job}"), wire.CI


def lock_wait(environ: Mapping[str, str]) -> float:
    """Give how long to wait for a box that somebody else has, s.

    Raises:
        UsageError: LAGER_LOCK_WAIT is no number of seconds.
    """
    given = environ.get(LOCK_WAIT, "").strip()
    if not given:
        return _CI_WAIT if in_ci(environ) else 0.0
    with contextlib.suppress(ValueError):  # said below
        if 0 <= float(given) < _LONGEST_WAIT:
            return float(given)
    raise errors.UsageError(f"{LOCK_WAIT} is {given!r}, which is no number of seconds", "set it to 60, or not at all")


def in_ci(environ: Mapping[str, str]) -> bool:
    """Whether this is a job of a CI system, and no person at a keyboard."""
    if environ.get("CI", "").strip().lower() not in ("", "0", "false", "no"):
        return True
    return bool(environ.get("GITHUB_ACTIONS") or environ.get("GITLAB_CI") or environ.get("JENKINS_URL"))


def _github(environ: Mapping[str, str]) -> str:
    """Name a job of GitHub Actions. The jobs of a matrix have one name; their runners have not."""
    repository, run = environ.get("GITHUB_REPOSITORY", ""), environ.get("GITHUB_RUN_ID", "")
    attempt, job = environ.get("GITHUB_RUN_ATTEMPT", "1"), environ.get("GITHUB_JOB", "")
    return _named("github", repository, f"{run}-{attempt}/{job}" if run else "", environ.get("RUNNER_NAME", ""))


def _gitlab(environ: Mapping[str, str]) -> str:
    return _named("gitlab", environ.get("CI_PROJECT_PATH", ""), environ.get("CI_JOB_ID", ""))


def _jenkins(environ: Mapping[str, str]) -> str:
    return _named("jenkins", environ.get("JOB_NAME", ""), environ.get("BUILD_NUMBER", ""), environ.get("NODE_NAME", ""))


def _named(system: str, project: str, job: str, runner: str = "") -> str:
    """Put a job's name together; empty where the system says too little to tell it from others."""
    if not (project and job):
        return ""
    return f"{system}:{_plain(project)}#{_plain(job)}" + (f"@{_plain(runner)}" if runner else "")


def _fitting(name: str) -> str:
    """Give a name as a box takes it; a long one is cut, and stays different from others."""
    name = name.strip()
    if len(name) <= _LONGEST_NAME:
        return name
    import hashlib

    return f"{name[: _LONGEST_NAME - _DIGEST - 1]}~{hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]}"


def _plain(text: str) -> str:
    """Give one word of printable text."""
    return "".join(one if one.isprintable() and not one.isspace() else "_" for one in text.strip())

"""Who has a box's lock, and how long it is waited for: read from an environment."""

import pytest

from lager import boxlock, errors
from lager.lockdesk import checked_holder
from lager_cli.holder import holder, lock_wait

GITHUB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "org/repo",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_JOB": "test",
    "RUNNER_NAME": "bench-1",
    "USER": "runner",
}
GITLAB = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_PATH": "group/project", "CI_JOB_ID": "123", "USER": "root"}
JENKINS = {"JENKINS_URL": "http://ci/", "JOB_NAME": "a/job", "BUILD_NUMBER": "9", "NODE_NAME": "node 1", "USER": "j"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LAGER_USER": "alice", "USER": "al"}, ("alice", "ephemeral")),
        ({"USER": "al"}, ("al", "ephemeral")),
        ({"USER": "al", "CI": "false"}, ("al", "ephemeral")),
        (GITHUB, ("ci:github:org/repo#77-2/test@bench-1", "ci")),
        (GITLAB, ("ci:gitlab:group/project#123", "ci")),
        (JENKINS, ("ci:jenkins:a/job#9@node_1", "ci")),
        ({"CI": "1", "USER": "al"}, ("ci:al", "ci")),
        ({"GITHUB_ACTIONS": "true", "USER": "al"}, ("ci:al", "ci")),
        ({"LAGER_LOCK_HOLDER": "night shift", "USER": "al"}, ("night shift", "ephemeral")),
        (GITHUB | {"LAGER_LOCK_HOLDER": "ci:github:org/repo#1-1/x"}, ("ci:github:org/repo#1-1/x", "ci")),
    ],
)
def test_holder(environ, expected):
    assert holder(environ) == expected


def test_a_name_fits_what_a_box_takes_and_stays_different_from_others():
    long = GITLAB | {"CI_PROJECT_PATH": "group/" * 60}
    names = {holder(long | {"CI_JOB_ID": job})[0] for job in ("1", "2")}
    assert len(names) == 2
    assert all(checked_holder(name) == name for name in names)
    assert holder({"LAGER_USER": " alice "})[0] == "alice", "as the box keeps it: else it would refuse its own holder"


def test_commands_of_one_job_are_one_holder_and_jobs_are_not():
    mine, _ = holder(GITHUB)
    assert boxlock.same(mine, holder(GITHUB)[0] + ":4711")  # as released clients call themselves
    assert not boxlock.same(mine, holder(GITHUB | {"RUNNER_NAME": "bench-2"})[0])
    assert not boxlock.same(holder(GITLAB)[0], holder(GITLAB | {"CI_JOB_ID": "124"})[0])


@pytest.mark.parametrize(
    ("environ", "expected"),
    [({}, 0.0), ({"LAGER_LOCK_WAIT": "60"}, 60.0), ({"CI": "true"}, 1800.0), (GITLAB | {"LAGER_LOCK_WAIT": "0"}, 0.0)],
)
def test_lock_wait(environ, expected):
    assert lock_wait(environ) == expected


@pytest.mark.parametrize("given", ["soon", "-1", "nan", "inf", "1e99"])
def test_a_wait_that_is_none_is_refused(given):
    with pytest.raises(errors.UsageError, match="LAGER_LOCK_WAIT"):
        lock_wait({"LAGER_LOCK_WAIT": given})

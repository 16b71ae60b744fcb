"""Who is notified: the file, and what may stand in it."""

import pytest

from lager import errors
from lager_runner.notifying import targets
from lager_runner.notifying.targets import Target


def add(*new):
    with targets.editing() as known:
        known.extend(new)


def test_what_is_written_is_read(state):
    assert targets.load() == []
    hook = Target(webhook="https://example.com/s3cret", events=("failed",), since=12.5)
    command = Target(command="cat", folder="/tmp")
    add(hook)
    add(command)
    assert targets.load() == [hook, command]
    assert (state / "notify.json").stat().st_mode & 0o777 == 0o600


def test_it_stays_the_users_alone(state):
    state.mkdir()
    (state / "notify.json").write_text("")
    (state / "notify.json").chmod(0o644)
    assert targets.load() == []
    add(Target(command="cat"))
    assert (state / "notify.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "Input data was truncated"),
        ('{"targets": [3]}', "Expected `object`"),
        ("\xff", "malformed"),
        ('{"targets": [{}]}', "either a webhook or a command"),
        ('{"targets": [{"webhook": "http://x", "command": "y"}]}', "either a webhook or a command"),
        ('{"targets": [{"command": "y", "events": ["no"]}]}', "there is no event 'no'"),
        ('{"targets": [{"webhook": "ftp://x"}]}', "that is no URL of a webhook"),
    ],
)
def test_a_file_that_is_none_is_said_and_left_alone(state, content, why):
    state.mkdir()
    path = state / "notify.json"
    path.write_bytes(content.encode("latin-1"))
    for use in (targets.load, lambda: add(Target(command="x"))):
        with pytest.raises(errors.UsageError) as told:
            use()
        assert str(path) in told.value.what
        assert why in told.value.what
    assert path.read_bytes() == content.encode("latin-1")


def test_a_change_that_fails_changes_nothing():
    add(Target(command="cat"))

    def change():
        with targets.editing() as known:
            known.clear()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert [one.command for one in targets.load()] == ["cat"]


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "example.com/hook", "ftp://example.com", "https://", "https:///path", "http://:80/", "http://x:0/"),
        *("http://x:secret/", "http://x:99999/", "http://[::1/", f"http://{'a' * 64}.example/", "http://.example/"),
        *("http://x/ y", "http://x/ä", "http://x/\n", "file:///etc/passwd"),
    ],
)
def test_urls_that_are_none(url):
    with pytest.raises(errors.UsageError) as told:
        targets.checked_url(url)
    assert "secret" not in told.value.what


@pytest.mark.parametrize("url", ["http://x", "https://me:pw@host:1/a?b=c#d", "http://[::1]:80/", "HTTP://127.0.0.1/"])
def test_urls(url):
    assert targets.checked_url(url) == url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pw@hooks.example.com:8443/services/s3cret?x=1", "https://hooks.example.com:8443/…"),
        ("https://hooks.example.com/?key=s3cret", "https://hooks.example.com/…"),
        ("https://hooks.example.com/", "https://hooks.example.com/"),
        ("http://[::1]:80", "http://[::1]:80/"),
    ],
)
def test_of_a_url_others_see_only_where_it_leads(url, shown):
    one = Target(webhook=url)
    assert one.words == one.log_words == f"webhook {shown}"


@pytest.mark.parametrize(
    ("command", "shown", "logged"),
    [
        ("curl -H s3cret\n https://x", "curl -H s3cret https://x", "curl…"),
        (" /usr/bin/notify-send hello", "/usr/bin/notify-send hello", "/usr/bin/notify-send…"),
        ("TOKEN=s3cret send", "TOKEN=s3cret send", "…"),
        ("'my program' x", "'my program' x", "…"),
        ("cat", "cat", "cat…"),
    ],
)
def test_of_a_command_a_log_has_the_program(command, shown, logged):
    one = Target(command=command)
    assert (one.words, one.log_words) == (f"command {shown}", f"command {logged}")


def test_events():
    one = Target(command="x", events=("paused", "finished"))
    assert one.event_for("failed", "finished") == "finished"
    assert one.event_for("failed") is None
    assert Target(command="x").events == ("paused", "resuming-soon", "failed", "finished")

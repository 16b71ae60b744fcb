"""What an admin has written down for scripts."""

import pytest

from lager_runner import boxfacts


@pytest.fixture
def where(tmp_path):
    places = [tmp_path / "state", tmp_path / "etc"]
    for one in places:
        one.mkdir()
    return places


def test_nothing_is_written_down(where):
    assert (boxfacts.box_id(where), boxfacts.secrets(where)) == ("unknown", {})


def test_the_users_own_come_before_the_machines(where):
    state, machine = where
    (machine / "box_id").write_text("b-17\n")
    (machine / "org_secrets.json").write_text('{"A": "1", "B": "2"}')
    (state / "org_secrets.json").write_text('{"B": "3"}')
    assert (boxfacts.box_id(where), boxfacts.secrets(where)) == ("b-17", {"A": "1", "B": "3"})
    (state / "box_id").write_text("mine")
    assert boxfacts.box_id(where) == "mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read"), ("[1]", "holds no object"), ("\udcff", "cannot be read"),
        ('{"A": "s3cret", "B=": "s3cret", "C": 1}', "2 secrets have"),
    ],
)  # fmt: skip
def test_secrets_that_cannot_be_used_are_told_of_and_never_shown(where, caplog, text, said):
    (where[0] / "org_secrets.json").write_text(text, errors="surrogateescape")
    assert set(boxfacts.secrets(where)) <= {"A"}
    assert said in caplog.text
    assert "s3cret" not in caplog.text


def test_what_is_not_for_us_is_as_if_it_were_not_there(where):
    (where[0] / "box_id").write_bytes(b"\xff")
    assert boxfacts.box_id(where) == "unknown"

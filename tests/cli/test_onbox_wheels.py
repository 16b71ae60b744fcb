"""Wheels on their way to a box: whole or not there, and sent once."""

import hashlib
import io

import pytest

from lager import errors
from lager_cli.machine.onbox import wheelsets
from lager_cli.machine.onbox.places import Places
from lager_cli.machine.onbox.telling import Teller

FILES = {"a-1-py3-none-any.whl": b"one", "b-2-py3-none-any.whl": b"two" * 10**5}
SUMS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


def asked(name):
    return {"name": name, "sha256": SUMS[name], "size": len(FILES[name])}


def send(places, hash8, name, content):
    return wheelsets._take(places, Teller(len), {"hash": hash8, "files": [asked(name)]}, io.BytesIO(content))


def missing(places, hash8):
    return wheelsets.have(places, None, {"hash": hash8, "files": SUMS})["missing"]


def test_the_name_of_a_set_says_what_is_in_it():
    assert wheelsets.set_hash(SUMS) == wheelsets.set_hash(dict(reversed(SUMS.items())))
    assert wheelsets.set_hash(SUMS) != wheelsets.set_hash(
        {**SUMS, "c-1-py3-none-any.whl": SUMS["a-1-py3-none-any.whl"]}
    )


def test_a_set_arrives_wheel_by_wheel(places):
    hash8 = wheelsets.set_hash(SUMS)
    assert missing(places, hash8) == list(FILES)
    for name, content in FILES.items():
        with pytest.raises(errors.LagerError, match="are not the set that was sent"):
            wheelsets.content(places, hash8)
        send(places, hash8, name, content + b"what follows is not read")
    assert missing(places, hash8) == []
    assert [path.name for path in wheelsets.content(places, hash8)] == list(FILES)


def test_wheels_that_come_one_behind_the_other_are_told_of_as_they_arrive(places):
    """The last of them was cut off: those before it stay, and are not sent again."""
    said, (one, two) = [], FILES
    stream = io.BytesIO(FILES[one] + FILES[two][:-1])
    with pytest.raises(errors.LagerError, match="did not arrive as it was sent"):
        wheelsets._take(places, Teller(said.append), {"hash": "00000000", "files": [asked(one), asked(two)]}, stream)
    assert said == [{"say": one}]
    assert missing(places, "00000000") == [two]


@pytest.mark.parametrize("content", [b"", b"tw", b"one"])
def test_what_does_not_arrive_whole_leaves_nothing(places, content):
    with pytest.raises(errors.LagerError, match=r"b-2-py3-none-any\.whl did not arrive as it was sent"):
        send(places, "00000000", "b-2-py3-none-any.whl", content)
    assert list(places.wheels("00000000").iterdir()) == []


def test_what_another_set_has_is_not_sent_again(places):
    send(places, "00000000", "a-1-py3-none-any.whl", b"one")
    assert missing(places, "11111111") == ["b-2-py3-none-any.whl"]
    assert (places.wheels("11111111") / "a-1-py3-none-any.whl").read_bytes() == b"one"


def test_a_broken_one_is_sent_again(places):
    send(places, "00000000", "a-1-py3-none-any.whl", b"one")
    (places.wheels("00000000") / "a-1-py3-none-any.whl").write_bytes(b"0ne")
    assert missing(places, "00000000") == list(FILES)

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lager_drivers.blocks import BadBlock, block, content, whole


@pytest.mark.parametrize(
    ("data", "digits", "written"),
    [
        (b"", 9, b"#9000000000"),
        (b"ab\n", 9, b"#9000000003ab\n"),
        (b"x" * 12, 2, b"#212" + b"x" * 12),
        (b"a", 1, b"#11a"),
    ],
)
def test_a_block_is_written_as_the_standard_has_it(data, digits, written):
    assert block(data, digits) == written
    assert content(written) == content(written + b"\n") == data
    assert whole(written) == len(written)


@given(some.binary(max_size=300), some.integers(3, 9))
def test_what_is_written_is_read(data, digits):
    assert content(bytearray(block(data, digits))) == data


def test_how_long_it_is_tells_its_header_only_when_it_is_there():
    written = block(b"x" * 1000)
    assert [whole(written[:n]) for n in range(13)] == [0] * 11 + [1011] * 2


@pytest.mark.parametrize("answer", [b"1000", b" #11a", b"#0", b"#a", b"#3a00", b"#3-01", b"#3 12"])
def test_something_else_is_known_by_its_beginning(answer):
    for look in (whole, content):
        with pytest.raises(BadBlock):
            look(answer)


@pytest.mark.parametrize("answer", [b"", b"#", b"#9", b"#900000", b"#9000000004abc"])
def test_a_block_that_is_cut_is_none(answer):
    with pytest.raises(BadBlock, match="bytes only"):
        content(answer)

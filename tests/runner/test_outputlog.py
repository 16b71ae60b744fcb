"""The form of the log: what is written comes back, in pieces of any size, and no character is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager_runner import outputlog

CHUNKS = st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(min_size=1, max_size=40)), max_size=20)


@given(CHUNKS, st.integers(1, 100))
def test_what_is_written_comes_back(tmp_path_factory, chunks, largest):
    path = tmp_path_factory.getbasetemp() / "round-trip.log"
    path.write_bytes(b"".join(outputlog.encode(stream, 1.5, data) for stream, data in chunks))
    reader = outputlog.Reader(path)
    found = []
    while chunk := reader.next(largest):
        found.append(chunk)
    reader.close()
    for stream in (1, 2):
        written = b"".join(data for of, data in chunks if of == stream)
        assert b"".join(chunk.data for chunk in found if chunk.stream == stream) == written
    assert all(len(chunk.data) <= max(largest, 40) for chunk in found)
    assert [chunk.end for chunk in found][-1:] == [path.stat().st_size] * bool(found)
    for chunk in found:  # every end is a place to go on from
        again = outputlog.Reader(path, chunk.end)
        again.next()
        again.close()


@given(st.text(), st.integers(0, 200))
def test_text_is_cut_between_characters_only(text, at):
    data = text.encode()[:at]
    kept = outputlog.whole(data)
    assert len(data) - kept <= 3
    assert text.startswith(data[:kept].decode())  # which would raise inside a character
    assert outputlog.whole(text.encode()) == len(text.encode())


@pytest.mark.parametrize("data", [b"\xff", b"a\xff\xfe", b"\x80\x80\x80\x80", b"\xc3\xa9\x80", b"", b"\xf8\x80"])
def test_what_is_no_utf8_is_not_held_back(data):
    assert outputlog.whole(data) == len(data)


def test_half_a_chunk_is_not_there_yet_and_may_be_taken_back(tmp_path):
    path = tmp_path / "log"
    first, second = outputlog.encode(1, 0, b"first"), outputlog.encode(2, 0, b"second")
    path.write_bytes(first + second[:-3])
    reader = outputlog.Reader(path)
    assert reader.next().data == b"first"
    assert reader.next() is None
    path.write_bytes(first + outputlog.encode(1, 0, b"other"))
    assert reader.next()[1:] == (1, 0, b"other")
    reader.close()


@pytest.mark.parametrize("offset", [-1, 1, 5, 1000])
def test_an_offset_where_no_chunk_begins(tmp_path, offset):
    path = tmp_path / "log"
    path.write_bytes(outputlog.encode(1, 0, b"something or other"))
    with pytest.raises(outputlog.NotAChunk):
        outputlog.Reader(path, offset).next()

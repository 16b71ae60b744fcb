"""What a statement writes is shown up to a limit, and then kept in a file."""

import pytest

from lager_debugbridge import overflow
from lager_debugbridge.output import LAST_LIMIT, STATEMENT_LIMIT, Sink
from lager_debugbridge.overflow import OverflowFiles


@pytest.fixture
def files(tmp_path):
    (tmp_path / "work").mkdir()
    return OverflowFiles(str(tmp_path / "work"))


def test_there_is_no_file_where_all_is_shown(files, tmp_path):
    shown = []
    rest = files.of("c", 1)
    sink = Sink(lambda stream, text: shown.append(text), rest)
    sink.write(1, "x" * STATEMENT_LIMIT)
    rest.close()
    assert "".join(shown) == "x" * STATEMENT_LIMIT
    assert (rest.name, (tmp_path / "console").exists()) == ("", False)


def test_the_file_has_all_of_it(files, tmp_path):
    shown = []
    rest = files.of("../../evil/ä-0123456789abcdefXYZ", 7)
    sink = Sink(lambda stream, text: shown.append((stream, text)), rest)
    text = "".join(f"{number} ä\udc80\n" for number in range(20_000))
    for begin in range(0, len(text), 999):
        sink.write(1, text[begin : begin + 999])
    sink.write(2, "end")
    sink.last_word("Traceback\n")
    rest.close()
    assert rest.name == "evil0123456789ab-7.txt"
    whole = text.replace("\udc80", "\\udc80")
    assert (tmp_path / "console" / rest.name).read_text() == whole + "endTraceback\n"
    assert "".join(text for stream, text in shown if stream == 1) == whole[:STATEMENT_LIMIT]
    assert [text for stream, text in shown if stream == 2] == [
        f"\n[the output of this statement is cut here: {STATEMENT_LIMIT} characters are shown; "
        f"all of it is kept for `:full FILE` ({rest.name})]\n",
        "Traceback\n",
    ]


def test_a_last_word_is_bounded():
    shown = []
    Sink(lambda _, text: shown.append(text)).last_word("a" * 10**6 + "KeyError: 1\n")
    assert len(shown[0]) < LAST_LIMIT + 100
    assert shown[0].endswith("aKeyError: 1\n")


def test_where_nothing_can_be_kept_that_is_said_and_nothing_fails(tmp_path):
    (tmp_path / "console").write_text("a file is in the way")
    for root in ("", str(tmp_path / "work")):
        shown = []
        rest = OverflowFiles(root).of("c", 1)
        sink = Sink(lambda _, text, shown=shown: shown.append(text), rest)
        for _ in range(3):
            sink.write(1, "x" * STATEMENT_LIMIT)
        rest.close()
        assert shown[1:] == [f"\n[the output of this statement is cut here: {STATEMENT_LIMIT} characters are shown]\n"]


def test_files_are_bounded_each_and_together(files, tmp_path, monkeypatch):
    monkeypatch.setattr(overflow, "FILE_LIMIT", 100)
    for statement in range(5):
        rest = files.of("c", statement)
        for _ in range(5):
            rest.write("x" * 30)
        rest.close()
        text = (tmp_path / "console" / rest.name).read_text()
        assert text == "x" * 100 + "\n[cut here: more than 100 characters]\n"
    assert [path.name for path in (tmp_path / "console").iterdir()] == ["c-4.txt"]

"""The writer of a run's log: its limit, and Lager's own lines."""

from lager_runner import outputlog
from lager_runner.logwriter import LogWriter
from lager_runner.outputlog import CHANNEL, STDERR, STDOUT


def chunks(path):
    reader = outputlog.Reader(path)
    found = []
    while chunk := reader.next():
        found.append((chunk.stream, chunk.data))
    reader.close()
    return found


def made(tmp_path, **more):
    path = tmp_path / "output.log"
    path.touch()
    return path, LogWriter(str(path), **more)


def test_streams_are_kept_apart(tmp_path):
    path, log = made(tmp_path)
    for stream in (STDOUT, STDERR, CHANNEL):
        assert log.append(stream, b"%d" % stream)
    assert not log.append(STDOUT, b"")
    assert chunks(path) == [(STDOUT, b"1"), (STDERR, b"2"), (CHANNEL, b"3")]


def test_beyond_its_limit_nothing_is_kept_but_what_is_missing(tmp_path):
    path, log = made(tmp_path, limit=100)
    assert log.append(STDOUT, b"a" * 80)
    assert log.append(STDOUT, b"b" * 80), "something was written: that the limit is reached"
    assert not log.append(STDERR, b"c"), "also what would fit"
    assert (log.missing, log.lost) == (81, 81)
    assert log.say("=== lager: stopping it\n")
    assert log.mark_gap()
    assert (log.missing, log.lost) == (0, 81)
    (first, notes) = chunks(path)
    assert first == (STDOUT, b"a" * 80)
    reached, own, gap = notes[1].decode().replace("\n\n", "\n").strip().split("\n")
    assert notes[0] == STDERR
    assert reached.startswith("=== lager: from here on no output is kept: this box keeps 100 bytes of a run's output")
    assert own == "=== lager: stopping it"
    assert gap.startswith("=== lager: 81 bytes of output are missing here: this box keeps 100 bytes")


def test_of_one_stream_lagers_own_lines_are_a_part(tmp_path):
    path, log = made(tmp_path, notes=STDOUT)
    log.say("note\n")
    assert chunks(path) == [(STDOUT, b"note\n")]

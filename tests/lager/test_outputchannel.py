"""`lager.output`: whole records, whoever writes at the same time, and whatever interrupts."""

import datetime
import os
import subprocess
import sys
import threading

import pytest

import lager
from lager import OutputEncoders, errors, roles
from lager.outputrecords import Record, Records


@pytest.fixture
def channel(tmp_path, monkeypatch):
    """A box's end of the output channel."""
    path = tmp_path / "channel"
    os.mkfifo(path)
    monkeypatch.setenv("LAGER_OUTPUT_CHANNEL", str(path))
    return path


class Reader(threading.Thread):
    """Takes what comes, until told."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.held = os.open(path, os.O_WRONLY)
        os.set_blocking(self.descriptor, True)
        self.records, self.found = Records(), []
        self.start()

    def run(self):
        while data := os.read(self.descriptor, 65536):
            self.found += self.records.feed(data)
        self.found += self.records.end()
        os.close(self.descriptor)

    def all(self):
        os.close(self.held)
        self.join(20)
        return self.found


@pytest.mark.parametrize("value", [{"a": 1}, lambda: None])
def test_outside_a_run_it_does_nothing(monkeypatch, capfd, value):
    monkeypatch.delenv("LAGER_OUTPUT_CHANNEL", raising=False)
    assert lager.output(value, encoder=OutputEncoders.JSON) is None
    assert capfd.readouterr() == ("", "")


def test_where_nobody_reads_any_more_it_says_so(channel):
    with pytest.raises(errors.LagerError, match="nobody takes this run's results any more"):
        lager.output(1)
    with pytest.raises(errors.LagerError, match="nobody takes this run's results any more"):
        lager.output("x" * 100_000)


def test_a_pickle_unless_asked_otherwise(channel):
    reader = Reader(channel)
    lager.output({"a": 1})
    lager.output("text", encoder=OutputEncoders.Raw)
    lager.output([1], OutputEncoders.JSON)
    assert reader.all() == [Record(2, {"a": 1}), Record(1, b"text"), Record(3, [1])]


@pytest.mark.parametrize(
    "value", [bytearray(b"x"), datetime.timedelta(1), [datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)]]
)
def test_what_a_released_client_cannot_read_is_refused_where_one_has_started_the_run(channel, monkeypatch, value):
    reader = Reader(channel)
    lager.output(value)
    monkeypatch.setenv("LAGER_RELEASED_CLIENT", "0.21.0")
    kind = r"a (builtins|datetime)\.(bytearray|timedelta|timezone), which the client of this run does not take"
    with pytest.raises(errors.UsageError, match=kind) as refused:
        lager.output(value)
    assert "OutputEncoders" in refused.value.hint
    plain = [range(3), 1j, {1}, frozenset({2}), slice(1), b"x", datetime.date(2026, 1, 2), datetime.time(3)]
    lager.output(plain)
    assert [one.value for one in reader.all()] == [value, plain]


@pytest.mark.parametrize("encoder", [OutputEncoders.Pickle, OutputEncoders.JSON, OutputEncoders.YAML])
def test_what_an_instrument_says_of_itself_is_a_dict(channel, encoder):
    model = roles.BatteryModel(slot=5)
    reader = Reader(channel)
    for value in (model, [model, 1], {"model": model, "volts": 3.3}):
        lager.output(value, encoder)
    plain = {"slot": 5, "name": ""}
    assert [one.value for one in reader.all()] == [plain, [plain, 1], {"model": plain, "volts": 3.3}]


def test_threads_and_children_do_not_come_between_each_other(channel):
    reader = Reader(channel)
    code = "import lager\nfor n in range(5): lager.output('c' * 200_000)\n"
    child = subprocess.Popen([sys.executable, "-c", code])
    threads = [threading.Thread(target=lambda n=n: lager.output(str(n) * 150_000)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert child.wait(20) == 0
    found = [one.value for one in reader.all()]
    assert sorted(found) == sorted([str(n) * 150_000 for n in range(4)] + ["c" * 200_000] * 5)


def test_an_interrupt_leaves_no_half_record_behind(channel):
    code = (
        "import lager, sys\nprint('ready', flush=True)\n"
        "try: lager.output('x' * 1_000_000)\n"
        "except KeyboardInterrupt: lager.output('cleaned up')\n"
    )
    reader = os.open(channel, os.O_RDONLY | os.O_NONBLOCK)
    held = os.open(channel, os.O_WRONLY)
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    child.stdout.readline()
    os.set_blocking(reader, True)
    first = os.read(reader, 100)  # so it is in the middle of it
    child.send_signal(2)
    records = Records()
    found = records.feed(first)
    while len(found) < 2:  # as long as somebody holds it, there is no end between the two
        found += records.feed(os.read(reader, 65536))
    os.close(held)
    assert os.read(reader, 1) == b""
    os.close(reader)
    assert child.wait(20) == 0
    child.stdout.close()
    assert sorted(one.value for one in found) == ["cleaned up", "x" * 1_000_000]


def test_importing_lager_does_not_import_it():
    code = "import lager, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"lager.outputchannel", "lager.outputrecords", "lager.outputencoders", "pickle", "yaml"} & set(loaded)
    again = "import lager; a, b = lager.output, lager.output; assert a is b and callable(b); lager.OutputEncoders.YAML"
    subprocess.run([sys.executable, "-c", again], check=True)

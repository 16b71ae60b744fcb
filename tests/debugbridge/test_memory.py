"""A statement that fills the memory is stopped before the script has none, whether or not it can be looked at."""

import pytest

from lager import wire
from lager_debugbridge import memory

PAUSED = """
import itertools, resource, threading
import lager
from lager_debugbridge import memory
memory.available = lambda: 400_000_000
lager.pause(timeout=0, interactive=True)
print(bytes(300_000_000)[-1])
"""
SAID = "a statement here may take 200 MB: half of what was free when it began]\n"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("list(itertools.count())", "MemoryError\n["),  # one call into C, in which nobody can look
        ("x = 'a' * 10 ** 10", "MemoryError\n["),
        ("x = []\nwhile True: x.append([0])", ""),  # mostly it is seen in time
    ],
)
def test_a_statement_takes_no_more_memory_than_it_may(box, script, statement, said):
    running = script(PAUSED)
    box.paused()
    with box.console() as console:
        assert isinstance(console.next(), wire.ConsoleReady)
        assert console.run(statement).endswith(said + SAID)
        assert console.run("resource.getrlimit(resource.RLIMIT_DATA)[0] < 10 ** 10") == "True\n"
        assert console.run("len(bytes(100_000_000))") == "100000000\n"
        box.resume()
        console.closed()
    assert running.end()[:2] == (0, "0\n")  # the limit was the statement's, and the memory is the script's again


def test_another_thread_of_the_script_has_no_limit_and_the_statement_is_looked_at(box, script):
    script(
        PAUSED.replace(
            "lager.pause", "threading.Thread(target=threading.Event().wait, daemon=True).start()\nlager.pause"
        )
    )
    box.paused()
    with box.console() as console:
        assert isinstance(console.next(), wire.ConsoleReady)
        assert console.run("resource.getrlimit(resource.RLIMIT_DATA)[0]") == "-1\n"
        assert console.run("x = []\nwhile True: x.append([0])").endswith(f"KeyboardInterrupt\n[stopped: {SAID}")


def test_what_is_free():
    assert 0 < memory.available() < 1 << 62
    assert not memory.Allowance().exceeded()

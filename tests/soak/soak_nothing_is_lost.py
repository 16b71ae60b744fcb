"""A hundred deaths of the runner, of supervisors, and of clients, at moments drawn by lot."""

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from losing import VICTIMS, lose
from ownrunner import OwnRunner

pytestmark = pytest.mark.timeout(7200)


@pytest.mark.parametrize("victim", VICTIMS)
def test_nothing_is_lost(tmp_path, seed, victim, pytestconfig, tell):
    box, failures, ends = OwnRunner(tmp_path), [], Counter()
    try:
        for number in range(pytestconfig.getoption("run_kills")):
            try:
                said = lose(box, victim, seed + number)
                ends[said.rpartition(": ")[2].partition(",")[0]] += 1
            except AssertionError as exc:
                failures.append(str(exc))
                tell(failures[-1])
        assert box.end() == 0
        assert box.ends() == []
    finally:
        box.close()
    tell(f"{victim}: {dict(ends)}, {len(failures)} failures")
    assert not failures, "\n\n".join(failures)

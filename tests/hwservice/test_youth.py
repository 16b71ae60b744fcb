"""How soon a process is started again after it died."""

import pytest

from lager_hwservice.youth import Youth, restart_delay


@pytest.mark.parametrize(
    ("deaths", "was_ready", "delay"),
    [(0, False, 0), (3, False, 0), (4, False, 0.2), (6, False, 0.8), (50, False, 5), (4, True, 0.2), (50, True, 0.4)],
)
def test_how_long_the_next_start_waits(deaths, was_ready, delay):
    assert restart_delay(deaths, was_ready) == pytest.approx(delay)


def test_only_short_lives_in_a_row_count():
    now = [0.0]
    youth = Youth(lambda: now[0])

    def live(seconds, was_ready=False):
        youth.begin()
        now[0] += seconds
        return youth.end(was_ready)

    assert [live(0.1) for _ in range(5)] == [0, 0, 0, 0.2, 0.4]
    assert live(3) == 0
    assert [live(0.1, was_ready=True) for _ in range(5)] == [0, 0, 0, 0.2, 0.4]
    assert live(1, was_ready=True) == 0

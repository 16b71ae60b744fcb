"""What stops a statement while the script itself is interrupted."""

import signal

import pytest

from lager_debugbridge.interrupts import STOP, Interrupts


class ToldMeanwhile(Interrupts):
    """Is told to stop just while the run's SIGINT is being dealt with."""

    def running(self):
        token = super().running()
        self._wanted = token
        signal.raise_signal(STOP)
        return token


def test_a_sigint_of_the_run_is_not_lost_where_the_statement_is_told_to_stop_just_then():
    stopping = ToldMeanwhile()
    stopping.install()
    try:
        with pytest.raises(KeyboardInterrupt) as told:
            stopping.guarded("statement", lambda: signal.raise_signal(signal.SIGINT))
    finally:
        stopping.restore()
    assert told.type is KeyboardInterrupt  # the script's own handler had it

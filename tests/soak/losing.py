"""Kills the runner, a run's supervisor, or its client at moments drawn by lot, and sees that nothing is lost.

A moment is drawn as what has been seen of the run by then: files, bytes, its pause, its end.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import counting
from ownrunner import LAGER

from lager import errors, wire

RUNNER, SUPERVISOR, CLIENT = "runner", "supervisor", "client"
VICTIMS = (RUNNER, SUPERVISOR, CLIENT)
_PIECES = 2000
_WITHIN = 60.0  # s for anything; the client gives up after 30 s without contact
_LOOK_EVERY = 0.001  # s
_BEGINNING, _SAID, _SHOWN, _PAUSED, _GOING_ON, _ENDING = "beginning", "said", "shown", "paused", "going on", "ending"
_FIRST_HALF = (_BEGINNING, _SAID, _SHOWN, _PAUSED)
_PIECE = re.compile(rb"<\d+\.\d+:[^>]*>[\n ]?")


def lose(box, victim, seed):
    """Run one script, kill somebody, and check what is left; says what happened, for people.

    Raises:
        AssertionError: Something was lost; it names victim and seed.
    """
    rng = random.Random(f"{victim} {seed}")
    phase, share = rng.choice((*_FIRST_HALF, _GOING_ON, _ENDING)), rng.random()
    what = f"{victim} killed at {share:.3f} of {phase!r}, seed {seed}"
    run = _Run(box, seed)
    try:
        if phase not in _FIRST_HALF:
            run.go_on_once_paused()
        run.wait(phase, share)
        over = run.kill(victim)
        run.go_on_once_paused()
        return f"{what}: {run.judge(victim, over)}"
    except (AssertionError, subprocess.TimeoutExpired) as exc:
        raise AssertionError(f"{what}: {exc}\n{run.told()}") from exc
    finally:
        run.close()


class _Run:
    """One run of the counting script, followed by a client."""

    def __init__(self, box, seed):
        self._box, self._seed = box, seed
        said = counting.pieces(seed, _PIECES)
        self._expected = {n: "".join(text for stream, text in said if stream == n).encode() for n in (1, 2)}
        known = self._directories()
        self._files = [box.folder / name for name in ("shown.out", "shown.err")]
        words = [LAGER, "python", Path(counting.__file__), str(seed), str(_PIECES)]
        with self._files[0].open("wb") as out, self._files[1].open("wb") as err:
            self._client = subprocess.Popen(
                words, cwd=box.folder, env=box.env, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        self._wait(lambda: self._directories() - known or self._client.poll() is not None, "a directory of the run")
        (self.id,) = self._directories() - known
        self._directory = box.runs / self.id

    def _directories(self):
        return set(os.listdir(self._box.runs))

    # Moments ----------------------------------------------------------------------------------------------------------

    def wait(self, phase, share):
        """Wait until so much of a phase has been seen."""
        half = sum(map(len, self._expected.values())) / 2
        log, shown = self._directory / "output.log", self._files[0]
        reached = {
            _BEGINNING: lambda: len(os.listdir(self._directory)) >= int(share * 8),
            _SAID: lambda: _size(log) >= share * half,
            _SHOWN: lambda: shown.stat().st_size >= share * len(self._expected[1]) / 2,
            _PAUSED: self._paused,
            _GOING_ON: lambda: _size(log) >= (1 + share) * half,
            _ENDING: self._over,
        }[phase]
        self._wait(lambda: reached() or self._over() or (phase in _FIRST_HALF and self._paused()), phase)

    def _wait(self, condition, what):
        until, rest = time.monotonic() + _WITHIN, threading.Event()
        while not condition():
            assert time.monotonic() < until, f"{what}: not within {_WITHIN:g} s"
            rest.wait(_LOOK_EVERY)

    def _over(self):
        return (self._directory / "exit.json").exists()

    def _paused(self):
        return b"=== lager breakpoint" in self._log()

    def _log(self):
        with contextlib.suppress(FileNotFoundError):
            return (self._directory / "output.log").read_bytes()
        return b""

    # Deeds ------------------------------------------------------------------------------------------------------------

    def kill(self, victim):
        """Kill somebody; whether the run was over before, or nobody knows: it ended just then."""
        over = self._over()
        if victim == RUNNER:
            _kill(self._box.pid)
        elif victim == CLIENT:
            self._client.kill()
        else:
            self._wait(lambda: over or self._supervisors() or self._over(), "a supervisor")
            over = over or self._over()
            for pid in self._supervisors():
                _kill(pid)
        return over

    def _supervisors(self):
        found = self._box.processes(str(self._directory))
        return [pid for pid, words in found.items() if "lager_runner.supervisor" in words]

    def go_on_once_paused(self):
        """Wait for the pause, unless the run ends before, and resume it; also where the box is away meanwhile."""
        self._wait(lambda: self._paused() or self._over(), "the pause")
        while not (self._over() or b"=== resumed" in self._log()):
            with contextlib.suppress(errors.ServiceUnreachable, errors.NothingPaused):  # a runner has just begun
                self._box.http.post(f"/runs/{self.id}/continue", wire.ContinueRequest("the test"), wire.Resumed)
                self._wait(lambda: self._over() or b"=== resumed" in self._log(), "the pause's end")

    # The judgement ----------------------------------------------------------------------------------------------------

    def judge(self, victim, over):
        """See that nothing is lost, and nothing left; say how the run ended."""
        status = self._client.wait(_WITHIN)
        self._wait(self._over, "the run's end")
        again = self._box.lager("python", "--reattach", self.id)
        lost = b"its exit status is lost" in again.stderr
        if lost:
            assert victim == SUPERVISOR, "the run was lost, and its supervisor was not killed"
            assert not over, "a run was lost that had ended"
        self._check("the reattached client", (again.returncode, again.stdout, again.stderr), lost)
        if victim != CLIENT:
            shown = [file.read_bytes() for file in self._files]
            self._check("the first client", (status, *shown), lost)
        state = self._box.http.get(f"/runs/{self.id}", wire.RunInfo).state
        assert state == ("lost" if lost else "finished"), f"the run is {state}"
        left = lambda: self._box.processes(self.id)  # noqa: E731
        with contextlib.suppress(AssertionError):
            self._wait(lambda: not left(), "the end of all processes")
        assert not left(), f"processes are left: {left()}"
        return f"{state}, {len(again.stdout)} bytes of {len(self._expected[1])}"

    def _check(self, who, end, lost):
        """Check what a client got: all, or of a lost run its beginning."""
        status, out, err = end
        told = b"".join(_PIECE.findall(err))
        for stream, got in ((1, out), (2, told)):
            expected = self._expected[stream]
            if lost:
                expected = expected[: len(got)]
            assert got == expected, f"{who} got of stream {stream} {_difference(got, expected)}"
        assert status == (1 if lost else counting.STATUS), f"{who} ended with status {status}: {err[-600:]!r}"
        assert not lost or b"its exit status is lost" in err, f"{who} was told {err[-600:]!r}"

    def told(self):
        """What the first client said, for who looks into a failure."""
        words = self._files[1].read_bytes()
        kept = {one.name: one.lstat().st_size for one in self._directory.iterdir()} if self._directory.exists() else {}
        return f"the client said: {_PIECE.sub(b'', words)[-1500:].decode(errors='replace')}\nits directory: {kept}"

    def close(self):
        if self._client.poll() is None:
            self._client.kill()
            self._client.wait()


def _size(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _difference(got, expected):
    at = next((n for n, (one, other) in enumerate(zip(got, expected, strict=False)) if one != other), None)
    at = min(len(got), len(expected)) if at is None else at
    near = slice(max(at - 30, 0), at + 60)
    return f"{len(got)} bytes of {len(expected)}; from byte {at} on {got[near]!r} and not {expected[near]!r}"

"""How soon a paused script goes on after it was told to, and what a pause costs that is switched off."""

import os
import subprocess
import time

from benchmarks.timing import LAGER, compare, private_home
from lager.breakpoint import pause

ROUNDS = 20
PAUSES = 10_000  # switched off, in one round
SCRIPT = """
import lager, time
for n in range({rounds}):
    lager.pause(timeout=0)
    print(time.time(), flush=True)
"""


def main() -> None:
    with private_home() as (folder, env):
        script = folder / "pausing.py"
        script.write_text(SCRIPT.format(rounds=ROUNDS))
        run = subprocess.Popen(
            [LAGER, "python", str(script)], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

        def resume() -> None:
            banner = next(line for line in run.stderr if "(id " in line)
            subprocess.run(
                [LAGER, "python", "--continue", banner.split("(id ")[1].rstrip(")\n")],
                env=env,
                check=True,
                capture_output=True,
            )
            told = time.time()
            went_on = float(run.stdout.readline())
            lags.append(went_on - told)

        lags: list[float] = []
        compare(
            "--continue, from command to script going on",
            resume,
            lambda: subprocess.run([LAGER, "--version"], check=True, capture_output=True),
            rounds=ROUNDS - 1,
        )
        run.wait()
        print(f"{'script goes on after --continue has ended':52s} {max(lags) * 1000:8.2f} ms at most of {ROUNDS}")
    _switched_off()


def _switched_off() -> None:
    os.environ["LAGER_BREAKPOINTS"] = "off"

    def pauses() -> None:
        for _ in range(PAUSES):
            pause("label")

    def lookups() -> None:
        for _ in range(PAUSES):
            os.environ.get("LAGER_BREAKPOINTS")

    compare(f"{PAUSES} pauses switched off, against looking it up", pauses, lookups, rounds=ROUNDS)

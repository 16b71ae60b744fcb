"""Bring up a new board rail by rail, with a stop after each: a folder, because the rails are a module of their own.

    lager python examples/board_bringup
    lager python examples/board_bringup -- --no-stops

Nets: supply3 and supply2, with adc5 and adc3 on the rails. The pauses are in rails.py; Enter goes on.
"""

import argparse
from contextlib import ExitStack

import rails

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--no-stops", action="store_true", help="do not stop after each rail")
args = parser.parse_args()

board = [rails.Rail("core", "supply3", "adc5", 1.2, 1.0), rails.Rail("I/O", "supply2", "adc3", 3.3, 0.2)]

with ExitStack() as at_the_end:  # the last rail goes first
    for rail in board:
        at_the_end.callback(rail.shut_down)
        rail.bring_up(stop=not args.no_stops)
    print("the board is up:", ", ".join(f"{rail.name} {rail.seen_v():.2f} V" for rail in board))

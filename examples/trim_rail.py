"""Trim a rail until the board sees what it should, and stop after each step for a look, if you want to.

    lager python examples/trim_rail.py
    lager python examples/trim_rail.py -- --wanted-v 1.5 --look

Nets: supply1 feeds the board, adc2 is the point that counts. With --look it pauses in trim(): Enter goes on, and
`lager python --console ID` looks at `asked_v`, `seen_v` and the supply itself.
"""

import argparse

from lager import Net, NetType, pause

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--wanted-v", type=float, default=1.2, help="at adc2")
parser.add_argument("--within-mv", type=float, default=2.0)
parser.add_argument("--most-v", type=float, default=5.0, help="what the supply may be set to")
parser.add_argument("--look", action="store_true", help="pause after each step")
args = parser.parse_args()

psu = Net.get("supply1", type=NetType.PowerSupply)
point = Net.get("adc2", type=NetType.ADC)


def trim(wanted_v, asked_v):
    """Set the supply so that the point is at `wanted_v`; give what it is set to then."""
    for step in range(1, 11):
        psu.set_voltage(asked_v)
        seen_v = point.input()
        print(f"step {step}: {asked_v:.3f} V gives {seen_v:.4f} V")
        if args.look:
            pause(f"step {step}", interactive=True)
        if abs(seen_v - wanted_v) * 1000 <= args.within_mv:
            return asked_v
        asked_v = round(asked_v * wanted_v / max(seen_v, 0.01), 3)
        if asked_v > args.most_v:
            raise SystemExit(f"that would take {asked_v:.2f} V: is the point connected?")
    raise SystemExit("it does not settle")


try:
    psu.set_current(0.5)
    psu.set_voltage(1.0)
    psu.enable()
    print(f"trimmed: supply1 at {trim(args.wanted_v, 1.0):.3f} V")
finally:
    psu.disable()

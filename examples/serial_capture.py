"""Capture what the board sends on its serial line, without a serial port: read the bits of an oscilloscope's trace.

    lager python examples/serial_capture.py
    lager python examples/serial_capture.py -- --baud 115200 --expect "hello lager"

Nets: scope3, with its probe on the line (8 data bits, no parity, idle high). The box needs numpy.
"""

import argparse
import math
import sys

import numpy as np

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--baud", type=float, default=115200.0)
parser.add_argument("--level-v", type=float, default=1.65, help="what is above it is a 1")
parser.add_argument("--expect", metavar="TEXT", help="end with status 1 unless that was sent")
args = parser.parse_args()

bit_s = 1 / args.baud
longest = 100 * bit_s  # of a division: a hundred characters on the screen
decade = 10.0 ** math.floor(math.log10(longest))

line = Net.get("scope3", type=NetType.Analog)
line.enable()
line.start_capture()  # its memory is changed while it runs
line.memory_depth(100_000)  # about a hundred points of each bit
line.trace_settings.set_volts_per_div(1.0)
line.trace_settings.set_volt_offset(-args.level_v)
line.trace_settings.set_time_per_div(max(step * decade for step in (1, 2, 5) if step * decade <= longest))
line.trigger_settings.set_type("edge")
line.trigger_settings.edge.set_source(line)
line.trigger_settings.edge.set_slope_falling()
line.trigger_settings.edge.set_level(args.level_v)
line.start_single_capture()
line.wait_for_capture(timeout=5)
trace = line.waveform("memory")  # with more points than the screen has
high = trace.volts > args.level_v


def is_high(seconds):
    """Give the level on the line at some times."""
    return high[np.searchsorted(trace.time, seconds)]


sent, free_at = bytearray(), None
for start in np.flatnonzero(high[:-1] & ~high[1:]) + 1:  # where the line falls
    start_s = trace.time[start]
    before = high[(trace.time > start_s - 9.5 * bit_s) & (trace.time < start_s)]
    if free_at is None and len(before) > 0 and before.all() and start_s - 9.5 * bit_s > trace.time[0]:
        free_at = start_s  # idle for a whole character: this begins one
    if free_at is None or start_s < free_at or start_s + 10 * bit_s > trace.time[-1]:
        continue
    bits = is_high(start_s + (np.arange(8) + 1.5) * bit_s)
    sent.append(sum(int(bit) << place for place, bit in enumerate(bits)))
    free_at = start_s + 9.5 * bit_s  # in the middle of its stop bit

print(f"{len(sent)} characters at {args.baud:g} baud: {bytes(sent)!r}")
if not sent:
    print("FAIL: no characters: is that the baud rate, and does anything come?")
    sys.exit(1)
if args.expect is not None and args.expect.encode() not in sent:
    print(f"FAIL: {args.expect!r} was not sent")
    sys.exit(1)

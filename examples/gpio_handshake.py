"""Handshake with the board over two lines: REQUEST up, ACKNOWLEDGE up, REQUEST down, ACKNOWLEDGE down; and time it.

    lager python examples/gpio_handshake.py -- --loopback    # no board: lines are tied two and two, we play it as well
    lager python examples/gpio_handshake.py -- --rounds 100

Nets: gpio1 drives REQUEST, gpio4 reads ACKNOWLEDGE. With --loopback, gpio2 sees REQUEST and gpio3 drives ACKNOWLEDGE.
"""

import argparse
import statistics
import sys
import threading

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--timeout-s", type=float, default=2.0)
parser.add_argument("--loopback", action="store_true", help="play the board, too")
args = parser.parse_args()
if args.rounds < 1:
    parser.error("--rounds is 1 at least")

request = Net.get("gpio1", type=NetType.GPIO)
acknowledge = Net.get("gpio4", type=NetType.GPIO)


def play_the_board():
    """Answer each request, as the firmware would."""
    request_seen = Net.get("gpio2", type=NetType.GPIO)
    acknowledging = Net.get("gpio3", type=NetType.GPIO)
    acknowledging.output(0)
    ready.set()
    try:
        for _ in range(args.rounds):
            request_seen.wait_for_level(1, timeout=args.timeout_s)
            acknowledging.output(1)
            request_seen.wait_for_level(0, timeout=args.timeout_s)
            acknowledging.output(0)
    except TimeoutError:
        return  # who asks has given up, and says why


ready = threading.Event()
request.output("low")
if args.loopback:
    threading.Thread(target=play_the_board, daemon=True).start()
    ready.wait()

up_ms, down_ms = [], []
try:
    for number in range(1, args.rounds + 1):
        request.output("high")
        up_ms.append(acknowledge.wait_for_level("high", timeout=args.timeout_s) * 1000)
        request.output("low")
        down_ms.append(acknowledge.wait_for_level("low", timeout=args.timeout_s) * 1000)
        print(f"round {number}: up after {up_ms[-1]:.1f} ms, down after {down_ms[-1]:.1f} ms")
except TimeoutError as exc:
    print(f"FAIL in round {number}: {exc}")
    sys.exit(1)
finally:
    request.output("low")

print(f"PASS: {args.rounds} rounds, {statistics.fmean(up_ms):.1f} ms up, {statistics.fmean(down_ms):.1f} ms down")

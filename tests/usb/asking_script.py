"""What a user's script does all day: ask an instrument, and now and then set it. `asking_script.py NET SEED PAUSE`.

Tells of what is not as usual, in lines of JSON; times are monotonic, s: one clock for all processes of a machine.

    good     an answer: the first one after an error or a long wait, and otherwise twenty a second
    error    a call that ended in an error
    wrong    an answer that is not what the instrument was set to
"""

import json
import random
import sys
import threading
import time

from lager import Net, NetType, errors

LONG = 0.2  # s
TELL_EVERY = 0.05  # s


class Asking:
    """The net, and what is known of it."""

    def __init__(self, name, seed):
        self.is_input = name.startswith("adc")
        self.net = Net.get(name, type=NetType.ADC if self.is_input else NetType.PowerSupply)
        self.rng = random.Random(seed)
        self.setpoint = None  # V; None where it is not known

    def call(self):
        """Do one thing; give what it was, and what the instrument said if that is wrong."""
        if self.is_input:
            self.net.input()
            return "read", None
        if self.setpoint is not None and self.rng.random() < 0.2:
            wanted, self.setpoint = round(self.rng.uniform(0.5, 5), 2), None
            self.net.set_voltage(wanted)
            self.setpoint = wanted
            return "write", None
        found = self.net.get_voltage_setpoint()
        wrong = self.setpoint is not None and found != self.setpoint
        said = {"wanted": self.setpoint, "found": found} if wrong else None
        self.setpoint = found
        return "read", said


def tell(**said):
    print(json.dumps(said), flush=True)


def main():
    asking, pause = Asking(sys.argv[1], int(sys.argv[2])), float(sys.argv[3])
    idle = threading.Event()
    counts = {"read": 0, "write": 0}
    told, trouble = 0.0, True
    while True:
        begun = time.monotonic()
        try:
            did, wrong = asking.call()
        except errors.LagerError as exc:
            tell(event="error", code=exc.code, what=exc.what, begun=begun, ended=time.monotonic())
            trouble = True
            continue
        ended = time.monotonic()
        counts[did] += 1
        if wrong:
            tell(event="wrong", **wrong)
        if trouble or ended - begun > LONG or ended - told > TELL_EVERY:
            tell(event="good", begun=begun, ended=ended, **counts)
            told, trouble = ended, False
        idle.wait(pause)


if __name__ == "__main__":
    main()

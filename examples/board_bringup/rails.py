"""The rails of a board: each with its supply, where it is seen, and what it may draw."""

from lager import Net, NetType, pause


class Rail:
    """A rail.

    Args:
        name: What the schematic calls it.
        supply: The net that feeds it.
        sense: The net that sees it.
        volts: V.
        limit_a: What it may draw, A.
    """

    def __init__(self, name, supply, sense, volts, limit_a):
        self.name, self.volts, self.limit_a = name, volts, limit_a
        self.supply = Net.get(supply, type=NetType.PowerSupply)
        self.sense = Net.get(sense, type=NetType.ADC)

    def seen_v(self):
        """Measure it at the board, V."""
        return self.sense.input()

    def bring_up(self, stop):
        """Switch it on; then stop for a look with the thermal camera, if so wanted."""
        self.supply.set_current(self.limit_a)
        self.supply.set_voltage(self.volts)
        self.supply.enable()
        print(f"{self.name}: {self.seen_v():.2f} V, {self.supply.current() * 1000:.0f} mA")
        if stop:
            pause(f"{self.name} is up: anything warm?", interactive=True)

    def shut_down(self):
        """Switch it off."""
        self.supply.disable()
        print(f"{self.name} is off")

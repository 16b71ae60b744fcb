import math
import random

import pytest

from lager_drivers.simulated.circuit import Circuit, Probe, Rail, Source, Wires
from lager_drivers.simulated.signals import signal
from lager_drivers.simulated.wiring import Wiring


def test_a_rail_without_a_live_source_is_at_ground():
    assert Rail(load=100.0).point() == (0.0, 0.0, False)


def test_a_source_drives_its_load():
    assert Rail(10.0, Source(emf=5.0, on=True)).point() == (5.0, 0.5, False)


def test_an_internal_resistance_drops_some_of_it():
    volts, amps, limited = Rail(9.0, Source(emf=5.0, resistance=1.0, on=True)).point()
    assert (volts, amps, limited) == (4.5, 0.5, False)


def test_a_limit_holds_the_current():
    assert Rail(10.0, Source(emf=5.0, limit=0.1, on=True)).point() == (1.0, 0.1, True)


def test_a_source_sinks_what_pushes_back():
    volts, amps, _ = Rail(10.0, Source(emf=3.0, on=True), back_emf=5.0).point()
    assert (volts, amps) == (3.0, -0.2)


@pytest.fixture
def wired():
    """A circuit with a source at `psu.1`, a load at `load.1`, and everything there is at the inputs of `daq`."""
    wires = Wires(
        outputs={"psu.1": "A"},
        loads={"load.1": "A"},
        probes={
            "daq.0": Probe("A"),
            "daq.1": Probe("A", 0.5),
            "daq.2": Probe("daq.DAC0", 0.25),
            "daq.3": Probe("clock", 0.1),
        },
        ties={"daq.F0": "daq.F1", "daq.F1": "daq.F0", "daq.F2": "other.F0"},
        temperatures={"daq.8": 23.5},
    )
    clock = signal({"shape": "square", "frequency": 1e3, "low": 0, "high": 3.3})
    return Circuit(random.Random(3), {"A": Rail(load=10.0)}, {"clock": clock}, wires)


def test_inputs_see_what_they_are_wired_to(wired):
    source = wired.output("psu.1").source
    source.emf, source.on = 4.0, True
    wired.drive("daq.DAC0", 2.0)
    assert [wired.seen(f"daq.{n}") for n in range(4)] == [4.0, 2.0, 0.5, None]
    assert wired.driven("daq.DAC0") == 2.0
    assert wired.driven("daq.DAC1") == 0.0
    assert wired.seen("daq.9") is None
    found = wired.signal("daq.3")
    assert (found[0].period, found[1]) == (1e-3, 0.1)
    assert wired.signal("daq.0") is None
    assert wired.signal("daq.9") is None


def test_an_output_and_a_load_share_the_rail_they_are_wired_to(wired):
    assert wired.output("psu.1") is wired.across("load.1") is wired.rails["A"]


def test_what_is_wired_to_nothing_has_a_rail_of_its_own(wired):
    alone = wired.output("psu.2")
    assert alone is wired.output("psu.2")
    assert alone is not wired.across("load.2")
    assert math.isinf(alone.load)


def test_an_instrument_sees_its_own_terminals_only(wired):
    mine = Wiring(wired, "daq")
    assert mine.tied("F0") == "F1"
    assert mine.tied("F2") is None
    assert mine.tied("F3") is None
    assert mine.celsius("8") == 23.5
    assert mine.celsius("9") is None
    assert Wiring(wired, "psu").celsius("8") is None


def test_settling_brings_every_instrument_up_to_now(wired):
    seen = []
    wired.follow(lambda: seen.append("one"))
    wired.follow(lambda: seen.append("two"))
    wired.settle()
    assert seen == ["one", "two"]


def test_the_same_seed_gives_the_same_noise():
    one, other = (Circuit(random.Random(3), {}, {}, Wires()) for _ in range(2))
    assert [one.noisy(1, 0.1) for _ in range(9)] == [other.noisy(1, 0.1) for _ in range(9)]


def test_noise_is_as_large_as_it_is_said_to_be():
    circuit = Circuit(random.Random(3), {}, {}, Wires())
    values = [circuit.noisy(0.0, 36e-6) for _ in range(4000)]
    rms = (sum(value**2 for value in values) / len(values)) ** 0.5
    assert rms == pytest.approx(36e-6, rel=0.1)

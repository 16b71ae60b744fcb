import random

import pytest

from lager_drivers.simulated.circuit import PROBES, Circuit, Rail, Source


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


def test_the_same_seed_gives_the_same_noise():
    one, other = (Circuit(random.Random(3)) for _ in range(2))
    assert [one.seen(pin) for pin in PROBES] == [other.seen(pin) for pin in PROBES]


def test_noise_is_as_large_as_it_is_said_to_be():
    circuit = Circuit(random.Random(3))
    values = [circuit.seen("AIN0") for _ in range(4000)]
    rms = (sum(value**2 for value in values) / len(values)) ** 0.5
    assert rms == pytest.approx(36e-6, rel=0.1)


def test_an_open_input_drifts():
    circuit = Circuit(random.Random(3))
    assert circuit.seen("AIN12") != circuit.seen("AIN12")

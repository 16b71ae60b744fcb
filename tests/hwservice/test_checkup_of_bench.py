"""A checkup through a real service: honest simulated instruments pass and are not changed, a lying one does not."""

import pytest
from writtenbench import NET, ROLE, WrittenBench

from lager import checkup, errors, roles


def examined(bench, name, role):
    return checkup.examine(role, lambda method, args: bench.hardware.call(name, role, method, args))


def wrong(found, role):
    assert not [(one.name, one.error.what) for one in found.readings if one.error]
    return {one.rule: one.wrong for one in checkup.checks(role, found.values) if one.wrong}


def test_every_net_of_the_simulated_bench_passes(simulated):
    nets = simulated.service.nets()
    assert {net.role for net in nets} <= set(roles.CONTRACTS)
    for net in nets:
        assert wrong(examined(simulated, net.name, net.role), net.role) == {}, net.name


@pytest.fixture
def written(tmp_path):
    one = WrittenBench(tmp_path)
    yield one
    one.close()


def lie(supply, about, answer):
    """Have the instrument answer one query with something else."""
    honest = supply.handle
    supply.handle = lambda line: answer if line.startswith(about) else honest(line)


@pytest.mark.parametrize(
    ("about", "answer", "rule"),
    [
        (":MEAS:VOLT? CH1", "7.5", "voltage is what state says"),
        (":SOUR1:VOLT?", "70", "the setpoints can be set"),
        (":MEAS:ALL? CH1", "5.0,0.1,9.0", "power is voltage times current"),
    ],
)
def test_a_lying_supply_is_found_out_on_the_wire(written, about, answer, rule):
    assert wrong(examined(written.bench, NET, ROLE), ROLE) == {}
    lie(written.supply, about, answer)
    assert rule in wrong(examined(written.bench, NET, ROLE), ROLE)
    assert written.supply.log == []  # nothing was set


def test_nonsense_on_the_wire_is_a_read_that_failed(written):
    lie(written.supply, ":MEAS", "OVERLOAD")
    found = examined(written.bench, NET, ROLE)
    failed = [one.name for one in found.readings if one.error]
    assert failed[:3] == ["state", "voltage", "current"]


def test_an_instrument_that_is_gone_is_said_to_be(written):
    written.happens("unplug")
    with pytest.raises(errors.InstrumentGone):
        examined(written.bench, NET, ROLE)

"""The triggers on serial buses of a script's oscilloscope: what their methods set is what drivers know."""

import pytest

from lager import wire
from lager.proxies.scope import Scope
from lager_drivers.rigol_mso5000.triggers import PARAMETERS

NETS = [wire.NetRecord(f"scope{n}", "scope", "Rigol_MS05204", "USB0::1", str(n)) for n in range(1, 5)]


class Keeping:
    """The way to a bench whose trigger keeps what it is given."""

    def __init__(self):
        self.kept = {}

    def net(self, name, role):
        return next(net for net in NETS if net.name == name)

    def ask(self, name, role, method, args=()):
        if method == "trigger_get":
            return wire.Answer(1, self.kept[args[0]])
        for name, value in ({args[0]: args[1]} if method == "trigger_set" else args[0]).items():
            assert PARAMETERS[name].is_word is isinstance(value, str)
            assert PARAMETERS[name].kind.render(value), args
            self.kept[name] = value
        return wire.Answer(1, None)


@pytest.fixture
def bench():
    return Keeping()


@pytest.fixture
def trigger(bench):
    return Scope(NETS[0], bench).trigger_settings


SET = [
    (lambda t: t.uart.set_source("scope3"), {"uart.source": "CHAN3"}),
    (lambda t: t.uart.set_level(1.5), {"uart.level": 1.5}),
    (
        lambda t: t.uart.set_uart_params(parity="even", stopbits=1.5, baud=115200, bits=7),
        {"uart.parity": "even", "uart.stop_bits": "1.5", "uart.baud": 115200.0, "uart.data_bits": 7.0},
    ),
    (lambda t: t.uart.set_trigger_on_start(), {"uart.when": "start"}),
    (lambda t: t.uart.set_trigger_on_frame_error(), {"uart.when": "frame_error"}),
    (lambda t: t.uart.set_trigger_on_check_error(), {"uart.when": "check_error"}),
    (lambda t: t.uart.set_trigger_on_data(0x42), {"uart.data": 66.0, "uart.when": "data"}),
    (lambda t: t.i2c.set_source(net_scl="scope1", net_sda="D3"), {"i2c.source_scl": "CHAN1", "i2c.source_sda": "D3"}),
    (lambda t: t.i2c.set_source(net_sda="scope2"), {"i2c.source_sda": "CHAN2"}),
    (lambda t: t.i2c.set_scl_trigger_level(1), {"i2c.level_scl": 1.0}),
    (lambda t: t.i2c.set_sda_trigger_level(2), {"i2c.level_sda": 2.0}),
    (lambda t: t.i2c.set_trigger_on_start(), {"i2c.when": "start"}),
    (lambda t: t.i2c.set_trigger_on_restart(), {"i2c.when": "restart"}),
    (lambda t: t.i2c.set_trigger_on_stop(), {"i2c.when": "stop"}),
    (lambda t: t.i2c.set_trigger_on_nack(), {"i2c.when": "nack"}),
    (
        lambda t: t.i2c.set_trigger_on_address(7, "read", 0x50),
        {"i2c.address_bits": "7", "i2c.direction": "read", "i2c.address": 80.0, "i2c.when": "address"},
    ),
    (lambda t: t.i2c.set_trigger_on_data(9), {"i2c.data": 9.0, "i2c.when": "data"}),
    (
        lambda t: t.i2c.set_trigger_on_addr_data(address=3, data=4),
        {
            "i2c.address_bits": "7",
            "i2c.direction": "read_write",
            "i2c.address": 3.0,
            "i2c.data": 4.0,
            "i2c.when": "addr_data",
        },
    ),
    (
        lambda t: t.spi.set_source("scope1", "scope2", "scope3"),
        {"spi.source_sck": "CHAN1", "spi.source_data": "CHAN2", "spi.source_cs": "CHAN3"},
    ),
    (lambda t: t.spi.set_sck_trigger_level(1), {"spi.level_sck": 1.0}),
    (lambda t: t.spi.set_mosi_miso_trigger_level(1), {"spi.level_data": 1.0}),
    (lambda t: t.spi.set_cs_trigger_level(1), {"spi.level_cs": 1.0}),
    (lambda t: t.spi.set_trigger_data(16, 0xBEEF), {"spi.data_bits": 16.0, "spi.data": 48879.0}),
    (lambda t: t.spi.set_clk_edge_positive(), {"spi.slope": "rising"}),
    (lambda t: t.spi.set_clk_edge_negative(), {"spi.slope": "falling"}),
    (lambda t: t.spi.set_trigger_on_cs_low(), {"spi.cs_active": "low", "spi.when": "cs"}),
    (lambda t: t.spi.set_trigger_on_cs_high(), {"spi.cs_active": "high", "spi.when": "cs"}),
    (lambda t: t.spi.set_trigger_on_timeout(1e-3), {"spi.timeout": 1e-3, "spi.when": "timeout"}),
    (lambda t: t.can.set_baud(500_000), {"can.baud": 500_000.0}),
    (lambda t: t.can.set_line("differential"), {"can.line": "differential"}),
    (lambda t: t.can.set_trigger_on("data_frame"), {"can.when": "data_frame"}),
]


@pytest.mark.parametrize(("use", "kept"), SET)
def test_what_is_set_is_what_drivers_know(trigger, bench, use, kept):
    use(trigger)
    assert bench.kept == kept


@pytest.mark.parametrize("bus", ["uart", "i2c", "spi", "can"])
def test_what_it_looks_for_can_be_asked(trigger, bench, bus):
    bench.kept[f"{bus}.when"] = "start"
    assert getattr(trigger, bus).get_when() == "start"

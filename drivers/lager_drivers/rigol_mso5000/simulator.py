"""A simulated Rigol MSO5000: what it sees on the circuit, and what it answers. Knows no USB and no socket.

Four channels' inputs are the pins 1 to 4; nothing is on the digital ones. It is written from the programming guide and
from field reports. Where these disagree, or say nothing, options of the bench's description choose:

- `numbers`: "long", `2.000000E-1`, as the guide has them (usual); "brief", `2E-1`, as in field traces.
- `depth_in_words`: whether `:ACQuire:MDEPth?` answers `AUTO` or `1M` (guide) and not `4.0000E+06` (trace; usual).
- `bare_measure`: whether `:MEASure:VPP?` is answered, which is not in the guide; usually it is not.
- `percent`: whether duty cycles, over- and preshoot are in percent; usually they are parts of one.
- `raw_running`: what the memory reads as while it runs: "empty", an empty block (usual), or "silent", no answer.
- `opc`: "done", always 1 (usual), or "poll": 0 while an automatic setup or a reset takes `busy` s (2).
- `timed`: whether an acquisition takes its time while it runs, too: until one is complete after a change of a setting,
  measurements give the old values, or 9.9E37. Usually there is one at once. A single one always takes its time.
- `probe`: the ratio of the probes that are there, such as 10; a wrong `:CHANnel:PROBe` then shows. Usually they are as
  the scope is told.
- `noise`: how much there is; 1 is usual, 0 is none.
- `licences`: what of COMP, EMBD, AUTO, FLEX, AUDIO and AERO is there; usually all.
- `firmware`: its version.

Not confirmed by pages of the guide that were seen: the texts of errors and the depth of their queue, that numbers out
of range are clamped in silence, the ranges of offsets, how measurements find top and base, all values after `*RST`.
Not simulated: buses and their decoders, counter, meter, logic analyzer, network, jitter, mask, recording, references,
saving and loading, search, waveform sources, power analysis, keys.

The memory is simulated up to 10 million points: a deeper one is accepted, and taken as that. Digital and math channels
have no data. Averages only quieten the noise, and peak detection is ordinary sampling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from lager_drivers.blocks import block
from lager_drivers.rigol_mso5000.simulated_acquisition import Acquisition, Record
from lager_drivers.rigol_mso5000.simulated_channel import Channel
from lager_drivers.rigol_mso5000.simulated_measure import Measure
from lager_drivers.rigol_mso5000.simulated_screen import Cursors, picture
from lager_drivers.rigol_mso5000.simulated_settings import (
    Setting,
    Switch,
    Text,
    Word,
    brief,
    nearest_step,
    only,
    real,
    whole,
)
from lager_drivers.rigol_mso5000.simulated_timebase import DIVISIONS, Timebase
from lager_drivers.rigol_mso5000.simulated_trigger import Fronts, Trigger
from lager_drivers.rigol_mso5000.simulated_waveform import Waveform
from lager_drivers.simulated.scpi_parser import Command, Do, Interpreter, ScpiError, as_bits
from lager_drivers.simulated.simulation import Simulation

_LICENCES = ("COMP", "EMBD", "AUTO", "FLEX", "AUDIO", "AERO")
_SHOWN_PERIODS = 4  # by an automatic setup
_LEAST_SIGNAL = 10e-3  # V; less is no signal to an automatic setup


class Model(NamedTuple):
    """One model: analog channels on its front, bandwidth (Hz), least time base (s/div)."""

    channels: int
    bandwidth: float
    fastest: float


MODELS = {
    "MSO5072": Model(2, 70e6, 5e-9),
    "MSO5074": Model(4, 70e6, 5e-9),
    "MSO5102": Model(2, 100e6, 5e-9),
    "MSO5104": Model(4, 100e6, 5e-9),
    "MSO5204": Model(4, 200e6, 2e-9),
    "MSO5354": Model(4, 350e6, 1e-9),
}
_SPELLED = {"MS05204": "MSO5204"}  # with a zero, in released bench files


def simulate(simulation: Simulation) -> SimulatedMSO5000:
    """Simulate one."""
    return SimulatedMSO5000(simulation)


class SimulatedMSO5000:
    """An MSO5000.

    Args:
        simulation: What is to be simulated.
    """

    vendor, product = 0x1AB1, 0x0515

    def __init__(self, simulation: Simulation) -> None:
        serial, options = simulation.serial, simulation.options
        named = simulation.model.removeprefix("Rigol_")
        name = _SPELLED.get(named, named)
        self._model, self._options = MODELS[name], options
        busy = float(options.get("busy", 2.0))
        self._busy_for = busy if options.get("opc") == "poll" else 0.0  # s
        self.strings = ("RIGOL TECHNOLOGIES", f"{name} Oscilloscope", serial)
        self._idn = f"RIGOL TECHNOLOGIES,{name},{serial},{options.get('firmware', '00.01.03.02.02')}"
        self._clock, self._wiring = simulation.clock, simulation.wiring
        form: Callable[[float], str] = brief if options.get("numbers") == "brief" else real
        noise, probe = float(options.get("noise", 1.0)), options.get("probe")
        self._channels = {
            f"CHAN{number}": Channel(number, self._model.bandwidth, noise, probe, form) for number in range(1, 5)
        }
        self._licences = options.get("licences", _LICENCES)
        self._trigger = Trigger(self._level_bounds, self._licences, form)
        self._timebase = Timebase(
            self._model.fastest,
            lambda: sum(channel.display.value for channel in self._channels.values()),
            lambda: self._acquisition.running,
            form,
            depth_in_words=bool(options.get("depth_in_words")),
        )
        timed = bool(options.get("timed"))
        self._acquisition = Acquisition(self._clock, self._timebase, self._trigger, self._fronts, timed=timed)
        self._measure, self._waveform = self._made_measure(form), self._made_waveform(form)
        self._cursors = Cursors(self._timebase.view, self._vertical, form)
        self._busy_until = self._clock()
        self._settings = _other_settings()
        self._interpreter = Interpreter(self._commands())
        self._wiring.circuit.follow(self._follow)
        self._follow()

    def _made_measure(self, form: Callable[[float], str]) -> Measure:
        bare, percent = (bool(self._options.get(habit)) for habit in ("bare_measure", "percent"))
        return Measure(self._record, self._timebase.view, form, bare=bare, percent=percent)

    def _made_waveform(self, form: Callable[[float], str]) -> Waveform:
        return Waveform(
            self._record,
            lambda: self._acquisition.running,
            self._timebase.view,
            lambda: self._timebase.window().depth,
            form,
            raw_running=str(self._options.get("raw_running", "empty")),
        )

    def handle(self, line: str) -> str | None:
        """Do one program message; give its answer, without line end, None where there is none."""
        self._wiring.circuit.settle()
        return self._interpreter.handle(line)

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power; it starts with its defaults."""
        self._reset()
        self._interpreter.power_on()

    def _follow(self) -> None:
        """Look at what is at the probes."""
        now = self._clock()
        for pin, channel in enumerate(self._channels.values(), start=1):
            signal = self._wiring.signal(str(pin))
            channel.input.note(now, signal, None if signal else self._wiring.seen(str(pin)))

    # What its parts ask for -------------------------------------------------------------------------------------------

    def _record(self) -> Record | None:
        self._acquisition.look()
        return self._acquisition.record

    def _fronts(self) -> tuple[Fronts, set[str]]:
        """Give what the channels see, and which are on."""
        fronts = {name: channel.front() for name, channel in self._channels.items()}
        return fronts, {name for name, channel in self._channels.items() if channel.display.value}

    def _level_bounds(self, source: str) -> tuple[float, float]:
        return self._channels[source].levels() if source in self._channels else (-20.0, 20.0)

    def _vertical(self, source: str) -> tuple[float, float]:
        channel = self._channels.get(source)
        return (1.0, 0.0) if channel is None else (channel.scale.value, channel.offset.value)

    # Commands ---------------------------------------------------------------------------------------------------------

    def _commands(self) -> list[Command]:
        setup = [*self._timebase.commands(), *self._trigger.commands()]
        for channel in self._channels.values():
            setup += channel.commands()
        return [
            *self._changing(setup),
            *self._general(),
            *self._running(),
            *self._measure.commands(),
            *self._waveform.commands(),
            *self._cursors.commands(),
            *(Command(name, setting.ask, setting.do) for name, setting in self._settings.items()),
        ]

    def _changing(self, found: Iterable[Command]) -> list[Command]:
        """Have each command that sets something begin the acquisition anew."""

        def anew(do: Do) -> Do:
            def all_of_it(arguments: list[str]) -> None:
                self._acquisition.look()  # what was acquired until now stays
                do(arguments)
                self._acquisition.rearm()

            return all_of_it

        return [one if one.do is None else replace(one, do=anew(one.do)) for one in found]

    def _general(self) -> list[Command]:
        return [
            Command("*IDN", ask=lambda _: self._idn),
            Command("*RST", do=lambda _: self._reset()),
            Command("*OPC", ask=lambda _: self._done(), do=lambda _: self._interpreter.status.completed()),
            Command("*TST", ask=lambda _: "0"),
            Command("*WAI", do=lambda _: None),
            Command("*SAV", do=_numbered),
            Command("*RCL", do=_numbered),
            Command(":SYSTem:VERSion", ask=lambda _: "1999.0"),
            Command(":SYSTem:RAMount", ask=lambda _: str(self._model.channels)),
            Command(":SYSTem:GAMount", ask=lambda _: str(DIVISIONS)),
            Command(":SYSTem:MODules", ask=lambda _: "0,0,0,0,0"),
            Command(":SYSTem:OPTion:STATus", ask=self._option),
            Command(":SYSTem:RESet", do=lambda _: self._reset()),
            Command(":DISPlay:CLEar", do=lambda _: self._clear()),
            Command(":DISPlay:DATA", ask=lambda _: self._picture()),
        ]

    def _running(self) -> list[Command]:
        acquisition = self._acquisition
        return [
            Command(":RUN", do=lambda _: acquisition.run()),
            Command(":STOP", do=lambda _: acquisition.stop()),
            Command(":SINGle", do=lambda _: acquisition.single()),
            Command(":TFORce", do=lambda _: acquisition.force()),
            Command(":CLEar", do=lambda _: self._clear()),
            Command(":AUToscale", do=lambda _: self._autoscale()),
            Command(":TRIGger:STATus", ask=lambda _: acquisition.status()),
            Command(":TRIGger:POSition", ask=lambda _: self._position()),
        ]

    def _position(self) -> str:
        record = self._record()
        return "-1" if record is None else str(round(-record.window.start * record.window.rate))

    def _option(self, arguments: list[str]) -> str:
        return f"{only(arguments).upper() in self._licences:d}"

    def _picture(self) -> str:
        return block(picture(self._record(), self._timebase.view())).decode("latin-1")

    def _clear(self) -> None:
        self._acquisition.forget()
        self._measure.reset_statistics()

    def _done(self) -> str:
        return f"{self._clock() >= self._busy_until:d}"

    def _busy(self) -> None:
        self._busy_until = self._clock() + self._busy_for

    def _reset(self) -> None:
        for channel in self._channels.values():
            channel.reset()
        for part in (self._timebase, self._trigger, self._measure, self._waveform, self._cursors):
            part.reset()
        for setting in self._settings.values():
            setting.reset()
        self._acquisition.reset()
        self._busy()

    def _autoscale(self) -> None:
        """Show what there is: channels with a voltage, some periods of the first one that changes, triggered."""
        if not self._settings[_AUTOSCALE].ask([]) == "1":
            raise ScpiError(-200, "Execution error")
        changing: list[Channel] = []
        for channel in self._channels.values():
            channel.coupling.reset()
            low, high = channel.front().extremes()
            channel.display.value = max(abs(low), abs(high)) > _LEAST_SIGNAL
            if channel.display.value:
                channel.show(low, high)
                changing += [channel] if high - low > _LEAST_SIGNAL else []
        self._trigger.mode.reset()
        self._trigger.sweep.reset()
        self._timebase.mode.reset()
        self._timebase.offset.reset()
        if changing:
            self._show_periods(changing[0])
        self._acquisition.run()
        self._busy()

    def _show_periods(self, channel: Channel) -> None:
        low, high = channel.front().extremes()
        piece = channel.input.pieces[-1]
        self._timebase.scale.value = max(
            nearest_step(_SHOWN_PERIODS * piece.signal.period / DIVISIONS), self._model.fastest
        )
        edge = self._trigger.types["EDGE"]
        edge["SOURce"].value, edge["SLOPe"].value, edge["LEVel"].value = channel.name, "POS", (low + high) / 2


_AUTOSCALE = ":SYSTem:AUToscale"


def _numbered(arguments: list[str]) -> None:
    """Take a place for a setup, 0 to 49; setups are not kept."""
    if not 0 <= as_bits(only(arguments)) <= 49:
        raise ScpiError(-222, "Data out of range")


def _other_settings() -> dict[str, Setting]:
    """Make what can be set and changes nothing here, but for the switch of the automatic setup."""
    return {
        _AUTOSCALE: Switch(True),
        ":SYSTem:BEEPer": Switch(True),
        ":SYSTem:LOCKed": Switch(),
        ":SYSTem:PON": Word("LATest DEFault"),
        ":SYSTem:LANGuage": Text("ENGL"),
        ":SYSTem:DATE": Text("2024,1,1"),
        ":SYSTem:TIME": Text("0,0,0"),
        ":SYSTem:AOUTput": Word("TOUT PFAil"),
        ":SYSTem:SSAVer:TIME": Text("OFF"),
        ":SYSTem:GPIB": whole(1, 1, 30),
        ":DISPlay:TYPE": Word("VECTors DOTS"),
        ":DISPlay:GRID": Word("FULL HALF NONE"),
        ":DISPlay:GRADing:TIME": Text("MIN"),
        ":DISPlay:WBRightness": whole(50, 0, 100),
        ":DISPlay:GBRightness": whole(50, 0, 100),
        ":DISPlay:RULers": Switch(),
        "*SRE": whole(0, 0, 255),
    }

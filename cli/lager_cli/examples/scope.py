"""Examples of the commands of an oscilloscope."""

from __future__ import annotations

from lager_cli.examples import Examples

_ITEMS = {
    "vpp": "from its lowest to its highest voltage",
    "vmax": "its highest voltage",
    "vmin": "its lowest voltage",
    "vavg": "its mean voltage",
    "vrms": "its effective voltage",
    "freq": "its frequency",
    "period": "how long one period takes",
    "pulse-width-pos": "how long it is high",
    "pulse-width-neg": "how long it is low",
    "duty-cycle-pos": "which part of the time it is high",
    "duty-cycle-neg": "which part of the time it is low",
    "rise-time": "how long its edges take to rise",
    "fall-time": "how long its edges take to fall",
    "overshoot": "how far it goes too far, behind an edge",
    "preshoot": "how far it goes the wrong way, before an edge",
    "slew-rate-pos": "how steep it rises",
    "slew-rate-neg": "how steep it falls",
    "vtop": "its upper level, flat",
    "vbase": "its lower level, flat",
    "vamp": "from its lower level to its upper",
    "vupper": "where an edge counts as up",
    "vmid": "where an edge counts as half up",
    "vlower": "where an edge counts as down",
    "vrms-period": "its effective voltage in one period",
    "variance": "how much it varies",
    "area": "its area above zero volts",
    "period-area": "its area in one period",
    "edges-rising": "how many edges rise",
    "edges-falling": "how many edges fall",
    "pulses-pos": "how many pulses are high",
    "pulses-neg": "how many pulses are low",
    "time-at-vmax": "when it is highest",
    "time-at-vmin": "when it is lowest",
}
EXAMPLES: dict[str, Examples] = {
    "scope": (
        ("lager scope", "the channels of the bench's oscilloscopes"),
        ("lager scope scope1 enable", "show a channel"),
        ("lager scope scope1 measure freq", "measure it"),
        ("lager scope scope1 waveform -o wave.png", "its picture"),
    ),
    "scope enable": (("lager scope scope1 enable", "show a channel"),),
    "scope disable": (("lager scope scope1 disable", "hide it"),),
    "scope start": (
        ("lager scope scope1 start", "capture, again and again"),
        ("lager scope scope1 start --single", "once, at the next trigger"),
    ),
    "scope single": (("lager scope scope1 single", "capture once, at the next trigger"),),
    "scope capture": (("lager scope scope1 capture --wait 5s", "the same, and see that it has come"),),
    "scope stop": (("lager scope scope1 stop", "keep what is on its screen"),),
    "scope force": (("lager scope scope1 force", "capture now, trigger or not"),),
    "scope autoscale": (("lager scope scope1 autoscale", "let it find a fitting picture"),),
    "scope scale": (("lager scope scope1 scale 0.5", "V per division"),),
    "scope offset": (("lager scope scope1 offset 1.5", "move the trace, V"),),
    "scope coupling": (("lager scope scope1 coupling dc", "dc, ac or gnd"),),
    "scope probe": (("lager scope scope1 probe 10", "a probe that divides by 10"),),
    "scope bandwidth": (("lager scope scope1 bandwidth 20M", "leave faster things out"),),
    "scope timebase": (("lager scope scope1 timebase 0.001", "s per division"),),
    "scope time-offset": (("lager scope scope1 time-offset 0.002", "look 2 ms later"),),
    "scope memory-depth": (("lager scope scope1 memory-depth 100k", "how many points a capture has"),),
    "scope state": (("lager scope scope1 state", "how it is set up"),),
    "scope waveform": (
        ("lager scope scope1 waveform -o wave.csv", "its points, for a spreadsheet"),
        ("lager scope scope1 waveform -o wave.npy", "for numpy"),
        ("lager scope scope1 waveform -o wave.png", "a picture"),
    ),
    "scope fft": (("lager scope scope2 fft", "which frequencies are in it"),),
    "scope trigger get": (("lager scope scope1 trigger get holdoff", "any parameter of the trigger"),),
    "scope trigger set": (
        ("lager scope scope1 trigger set type runt", "types that have no command of their own"),
        ("lager scope scope1 trigger set runt.upper_level 2V", "and what they look for"),
    ),
    "scope measure": (("lager scope scope1 measure vpp", "its swing"), ("lager scope scope1 measure freq", "")),
    **{f"scope measure {one}": ((f"lager scope scope1 measure {one}", what),) for one, what in _ITEMS.items()},
    **{
        f"scope measure {what}-{one}-{other}": (
            (f"lager scope scope1 measure {what}-{one}-{other} --to scope2", f"from where it is {one}"),
        )
        for what in ("delay", "phase")
        for one in ("rising", "falling")
        for other in ("rising", "falling")
    },
    "scope trigger": (("lager scope scope1 trigger edge --level 1.65", "at a rising edge through 1.65 V"),),
    "scope trigger edge": (
        ("lager scope scope1 trigger edge --slope falling --level 1.65", "at a falling edge"),
        ("lager scope scope1 trigger edge --mode single --level 1.65", "once"),
    ),
    "scope trigger pulse": (
        ("lager scope scope1 trigger pulse --level 1.65 --trigger-on positive_greater", "a long pulse"),
    ),
    "scope trigger uart": (("lager scope scope3 trigger uart --baud 115200 --level 1.65", "at a start bit"),),
    "scope trigger i2c": (("lager scope scope1 trigger i2c --source-scl 1 --source-sda 2", "at a start"),),
    "scope trigger spi": (("lager scope scope1 trigger spi --source-sck 1 --source-mosi-miso 2", "when selected"),),
    "scope trigger can": (("lager scope scope1 trigger can --level 2.5", "at the start of a frame"),),
    "scope cursor": (("lager scope scope1 cursor set-a --x 100 --y 100", "put the first cursor there"),),
    "scope cursor set-a": (("lager scope scope1 cursor set-a --x 100 --y 100", "put the first cursor there"),),
    "scope cursor set-b": (("lager scope scope1 cursor set-b --x 300 --y 100", "put the second there"),),
    "scope cursor move-a": (("lager scope scope1 cursor move-a --x 10", "further to the right"),),
    "scope cursor move-b": (("lager scope scope1 cursor move-b --x -10", "further to the left"),),
    "scope cursor hide": (("lager scope scope1 cursor hide", "no cursors any more"),),
}

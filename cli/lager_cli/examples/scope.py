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
    "scope start-single": (("lager scope scope1 start-single", "capture once, at the next trigger"),),
    "scope stop": (("lager scope scope1 stop", "keep what is on its screen"),),
    "scope force": (("lager scope scope1 force", "capture now, trigger or not"),),
    "scope autoscale": (("lager scope scope1 autoscale", "let it find a fitting picture"),),
    "scope scale": (("lager scope scope1 scale 0.5", "V per division"),),
    "scope offset": (("lager scope scope1 offset 1.5", "move the trace, V"),),
    "scope coupling": (("lager scope scope1 coupling dc", "dc, ac or gnd"),),
    "scope probe": (("lager scope scope1 probe 10", "a probe that divides by 10"),),
    "scope bandwidth": (("lager scope scope1 bandwidth 20M", "leave faster things out"),),
    "scope timebase": (("lager scope scope1 timebase 0.001", "s per division"),),
    "scope memory-depth": (("lager scope scope1 memory-depth 100k", "how many points a capture has"),),
    "scope state": (("lager scope scope1 state", "how it is set up"),),
    "scope status": (("lager scope scope1 status", "does it wait, or has it triggered?"),),
    "scope capture": (("lager scope scope1 capture", "once, and wait for it"),),
    "scope waveform": (
        ("lager scope scope1 waveform -o wave.csv", "its points, for a spreadsheet"),
        ("lager scope scope1 waveform -o wave.npy", "for numpy"),
        ("lager scope scope1 waveform -o wave.png", "a picture"),
    ),
    "scope screenshot": (("lager scope scope1 screenshot -o screen.png", "what is on its screen"),),
    "scope fft": (("lager scope scope2 fft", "which frequencies are in it"),),
    "scope measure": (("lager scope scope1 measure vpp", "its swing"), ("lager scope scope1 measure freq", "")),
    **{f"scope measure {one}": ((f"lager scope scope1 measure {one}", what),) for one, what in _ITEMS.items()},
    "scope trigger": (("lager scope scope1 trigger edge --level 1.65", "at a rising edge through 1.65 V"),),
    "scope trigger edge": (
        ("lager scope scope1 trigger edge --slope falling --level 1.65", "at a falling edge"),
        ("lager scope scope1 trigger edge --mode single --level 1.65", "once"),
    ),
    "scope trigger pulse": (
        ("lager scope scope1 trigger pulse --level 1.65 --trigger-on gt --lower 0.001", "high for over 1 ms"),
    ),
    "scope trigger uart": (("lager scope scope3 trigger uart --baud 115200 --level 1.65", "at a start bit"),),
    "scope trigger i2c": (
        ("lager scope scope1 trigger i2c --source-scl 1 --source-sda 2 --trigger-on start", "at a start"),
    ),
    "scope trigger spi": (
        ("lager scope scope1 trigger spi --source-sck 1 --source-mosi-miso 2 --source-cs 3", "when selected"),
    ),
    "scope trigger can": (("lager scope scope1 trigger can --level 2.5", "at the start of a frame"),),
    "scope cursor": (("lager scope scope1 cursor set-a --x 100 --y 100", "put the first cursor there"),),
    "scope cursor set-a": (("lager scope scope1 cursor set-a --x 100 --y 100", "put the first cursor there"),),
    "scope cursor set-b": (("lager scope scope1 cursor set-b --x 300 --y 100", "put the second there"),),
    "scope cursor move-a": (("lager scope scope1 cursor move-a --x 10", "further to the right"),),
    "scope cursor move-b": (("lager scope scope1 cursor move-b --x -10", "further to the left"),),
    "scope cursor hide": (("lager scope scope1 cursor hide", "no cursors any more"),),
}

"""Examples of the commands of nets; those of the oscilloscope have a file of their own."""

from __future__ import annotations

from lager_cli.examples import Examples

_SUPPLY: dict[str, Examples] = {
    "supply": (
        ("lager supply", "the supplies of the bench"),
        ("lager supply supply1 voltage 3.3", "set one"),
        ("lager supply supply1 enable", "switch it on"),
        ("lager supply supply1 state", "what it does now"),
    ),
    "supply voltage": (
        ("lager supply supply1 voltage", "what is set"),
        ("lager supply supply1 voltage 3.3", "set it; 3300mV is the same"),
        ("lager supply supply1 voltage 3.3 --ovp 3.6 --yes", "with a protection, and without a question"),
    ),
    "supply current": (
        ("lager supply supply1 current", "what is set"),
        ("lager supply supply1 current 500mA", "set the limit; 0.5 and 0.5A are the same"),
        ("lager supply supply1 current 0.5 --ocp 0.6 --yes", "with a protection, and without a question"),
    ),
    "supply ovp": (
        ("lager supply supply1 ovp", "at which voltage it switches off"),
        ("lager supply supply1 ovp 3.6", "set that"),
    ),
    "supply ocp": (
        ("lager supply supply1 ocp", "at which current it switches off"),
        ("lager supply supply1 ocp 600mA", "set that"),
    ),
    "supply enable": (
        ("lager supply supply1 enable", "switch it on"),
        ("lager supply supply1 enable --yes", "without a question"),
    ),
    "supply disable": (("lager supply supply1 disable", "switch it off; nobody is asked"),),
    "supply state": (
        ("lager supply supply1 state", "all that it says of itself"),
        ("lager supply supply1 state --json", "for a script"),
        ("lager supply supply1 state --watch --interval 500ms", "again and again, until Ctrl-C"),
    ),
    "supply set": (("lager supply supply1 set", "make the instrument a supply, where it can be another thing, too"),),
    "supply clear-ovp": (("lager supply supply1 clear-ovp", "after the over-voltage protection tripped"),),
    "supply clear-ocp": (("lager supply supply1 clear-ocp", "after the over-current protection tripped"),),
    "supply tui": (("lager supply supply1 tui", "see it live, and control it"),),
}
_BATTERY: dict[str, Examples] = {
    "battery": (
        ("lager battery", "the battery simulators of the bench"),
        ("lager battery battery1 soc 80", "charged to 80 %"),
        ("lager battery battery1 enable", "switch it on"),
        ("lager battery battery1 state", "what it does now"),
    ),
    "battery set": (("lager battery battery1 set", "make the instrument a battery simulator"),),
    "battery mode": (
        ("lager battery battery1 mode", "static or dynamic"),
        ("lager battery battery1 mode dynamic", "it discharges, as a battery does"),
    ),
    "battery soc": (
        ("lager battery battery1 soc", "its state of charge"),
        ("lager battery battery1 soc 80", "charged to 80 %"),
    ),
    "battery voc": (
        ("lager battery battery1 voc", "its open-circuit voltage"),
        ("lager battery battery1 voc 3.7", "set that"),
    ),
    "battery batt-full": (("lager battery battery1 batt-full 4.2", "the voltage of the full battery"),),
    "battery batt-empty": (("lager battery battery1 batt-empty 3.0", "the voltage of the empty one"),),
    "battery capacity": (("lager battery battery1 capacity 2.2", "in Ah"),),
    "battery current-limit": (("lager battery battery1 current-limit 1A", "it gives no more"),),
    "battery ovp": (("lager battery battery1 ovp 4.5", "at which voltage it switches off"),),
    "battery ocp": (("lager battery battery1 ocp 1.2A", "at which current it switches off"),),
    "battery model": (
        ("lager battery battery1 model", "which kind of battery it is"),
        ("lager battery battery1 model 4", "take the model in its memory 4"),
    ),
    "battery models": (("lager battery battery1 models", "the models it has"),),
    "battery model-export": (("lager battery battery1 model-export 4 -o cell.csv", "what a model is made of"),),
    "battery model-create": (("lager battery battery1 model-create 5 cell.csv", "put one into its memory 5"),),
    "battery state": (
        ("lager battery battery1 state", "all that it says of itself"),
        ("lager battery battery1 state --watch --json", "again and again, a line each"),
    ),
    "battery enable": (("lager battery battery1 enable --yes", "switch it on, without a question"),),
    "battery disable": (("lager battery battery1 disable", "switch it off"),),
    "battery clear": (("lager battery battery1 clear", "after a protection tripped"),),
    "battery clear-ovp": (("lager battery battery1 clear-ovp", "after the over-voltage protection tripped"),),
    "battery clear-ocp": (("lager battery battery1 clear-ocp", "after the over-current protection tripped"),),
    "battery tui": (("lager battery battery1 tui", "see it live, and control it"),),
}
_ELOAD: dict[str, Examples] = {
    "eload": (
        ("lager eload", "the electronic loads of the bench"),
        ("lager eload eload1 cc 0.5", "draw 0.5 A"),
        ("lager eload eload1 enable", "switch it on"),
    ),
    "eload cc": (("lager eload eload1 cc 500mA", "draw a constant current"),),
    "eload cv": (("lager eload eload1 cv 3.3", "hold a constant voltage"),),
    "eload cr": (("lager eload eload1 cr 100", "be a resistor of 100 ohms"),),
    "eload cp": (("lager eload eload1 cp 2.5", "draw a constant power, W"),),
    "eload enable": (("lager eload eload1 enable", "switch its input on"),),
    "eload disable": (("lager eload eload1 disable", "switch its input off"),),
    "eload state": (("lager eload eload1 state", "mode, setpoint and what it measures"),),
}
EXAMPLES: dict[str, Examples] = {
    **_SUPPLY,
    **_BATTERY,
    **_ELOAD,
    "adc": (("lager adc adc1", "what it reads"), ("lager adc adc1 --json", "for a script")),
    "dac": (
        ("lager dac dac1", "what is set"),
        ("lager dac dac1 1.8", "set it; 1800mV is the same"),
    ),
    "gpi": (
        ("lager gpi gpio2", "0 or 1"),
        ("lager gpi gpio2 --wait-for high --timeout 5", "wait until it is high, 5 s at most"),
    ),
    "gpo": (
        ("lager gpo gpio1 high", "also on, 1; low, off, 0"),
        ("lager gpo gpio1 toggle", "whichever it was"),
    ),
    "thermocouple": (("lager thermocouple thermocouple1", "how warm it is"),),
    "watt": (("lager watt supply1", "how much power flows; any net that measures it"),),
    "watt power": (("lager watt supply1 power --duration 2", "its mean over two seconds"),),
    "watt voltage": (("lager watt supply1 voltage", "only the voltage"),),
    "watt current": (("lager watt supply1 current", "only the current"),),
    "watt all": (("lager watt supply1 all --json", "voltage, current and power, for a script"),),
    "energy": (("lager energy supply1 read --duration 10", "what flows in ten seconds"),),
    "energy read": (("lager energy supply1 read --duration 10", "what flows in ten seconds"),),
    "energy stats": (("lager energy supply1 stats --duration 1", "mean, least, most and spread in a second"),),
}

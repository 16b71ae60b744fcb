"""What there is to do, and with which command: the table behind `lager --help` and the manual. Imports nothing."""

from __future__ import annotations

# By task: name, and the line `lager --help` shows; the module is lager_cli.commands.NAME.
TASKS: dict[str, dict[str, str]] = {
    "Set up a bench": {
        "boxes": "The boxes you know: add, list, lock them.",
        "nets": "The nets of a bench: list, add, change, name.",
        "instruments": "What is plugged in; test the instrument of a net.",
        "defaults": "What is used where nothing else is asked for.",
        "hello": "See whether a box answers.",
        "status": "How a box is: services, nets, runs, lock.",
        "completion": "Complete commands, boxes and nets in your shell.",
    },
    "Use a net": {
        "supply": "Control a power supply.",
        "battery": "Control a battery simulator.",
        "eload": "Control an electronic load.",
        "scope": "Control an oscilloscope.",
        "adc": "Read an analog input.",
        "dac": "Read or set an analog output.",
        "gpi": "Read a digital input, or wait for it.",
        "gpo": "Set a digital output.",
        "thermocouple": "Read a temperature.",
        "watt": "Measure power.",
        "energy": "Measure energy over some time.",
    },
    "Run scripts, and look into them": {
        "python": "Run a Python script; pause it, continue it, look into it.",
        "runs": "What runs on a box, and what is paused where.",
        "logs": "What a run has written, while it runs and after.",
        "console": "Open a Python console on a box, to try nets by hand.",
        "snapshot": "Look into what was saved of a paused script.",
    },
    "When something is wrong": {
        "diagnose": "What is wrong with a net, and what to do.",
        "doctor": "Check this machine, and the boxes it knows.",
    },
    "Keep a bench": {
        "bench": "The whole bench: put it in its safe state.",
        "box": "Run a box on this machine; look at it, stop it.",
        "sim": "Break the simulated bench on purpose.",
    },
    "Make a machine a box": {
        "install": "Set up a box on a Linux machine, over ssh.",
        "update": "Bring a box to this version, or back.",
        "uninstall": "Take everything of Lager off a box.",
        "ssh": "Run a command on a box's machine.",
    },
}
COMMANDS = {name: line for commands in TASKS.values() for name, line in commands.items()}
FIRST_STEPS = (
    ("lager nets", "what the bench has (the first box is a simulated one)"),
    ("lager supply supply1 voltage 3.3", "set a supply"),
    ("lager supply supply1 state", "what it does now"),
    ("lager python test.py", "run a script on the bench"),
    ("lager supply --help", "more of one command, with examples"),
)

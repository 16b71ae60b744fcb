"""Examples of the commands that keep a bench, and that break a simulated one."""

from __future__ import annotations

from lager_cli.examples import Examples

EXAMPLES: dict[str, Examples] = {
    "bench": (
        ("lager bench safe", "put the whole bench in its safe state"),
        ("lager bench log", "when that was done last, and why"),
    ),
    "bench safe": (
        ("lager bench safe", "each net that has a safe state, in order, and read back"),
        ("lager bench safe supply1 supply2", "only these"),
    ),
    "bench log": (("lager bench log", "when nets were put in their safe state, and why"),),
    "box": (
        ("lager box serve --bench saved_nets.json", "serve the instruments of this machine"),
        ("lager box status", "is one running, and where?"),
    ),
    "box serve": (
        ("lager box serve --sim", "the simulated bench"),
        ("lager box serve --bench saved_nets.json", "a real bench, for this machine only"),
        ("lager box serve --bench saved_nets.json --bind 0.0.0.0 --tls", "for the network"),
        ("lager box serve --simulated mine.toml", "a simulated bench of your own"),
        ("lager box serve --sim --allow-legacy-clients", "for released clients of this machine, too"),
    ),
    "box update": (("lager box update --box bench7", "the same as `lager update --box bench7`"),),
    "box status": (("lager box status --json", "its address and ports, for a script"),),
    "box stop": (
        ("lager box stop", "when nothing runs on it"),
        ("lager box stop --force", "whatever runs on it ends, too"),
    ),
    "box notify": (
        ("lager box notify --webhook https://chat.example/hook", "be told when a script pauses"),
        ("lager box notify --test", "try it"),
    ),
    "box limits": (("lager box limits", "what scripts may use"),),
    "sim": (
        ("lager sim unplug supply1", "as if somebody pulled its cable"),
        ("lager sim replug supply1", "and put it back"),
        ("lager sim list", "what is broken now"),
    ),
    "sim list": (("lager sim list", "the simulated instruments and their faults"),),
    "sim unplug": (("lager sim unplug supply1", "pull its cable"),),
    "sim replug": (("lager sim replug supply1", "plug it in again, at another port"),),
    "sim power-cycle": (("lager sim power-cycle supply1", "switch it off and on: its settings are gone"),),
    "sim hold": (("lager sim hold supply1", "let another process have it"),),
    "sim release": (("lager sim release supply1", "that process gives it back"),),
    "sim wedge": (("lager sim wedge supply1", "it takes commands, and answers none"),),
    "sim dead": (("lager sim dead supply1", "it answers nothing at all"),),
    "sim stall": (("lager sim stall supply1 3", "it refuses the next three transfers"),),
    "sim garble": (("lager sim garble supply1", "its next answer is nonsense"),),
    "sim delay": (("lager sim delay supply1 0.5", "each answer takes half a second longer"),),
    "sim clear": (("lager sim clear supply1", "it is well again"),),
    "sim plug": (
        ("lager sim plug", "give the simulated USB instruments to this machine's kernel (root)"),
        ("lager sim plug --off", "take them out again"),
    ),
    "sim describe": (("lager sim describe > mine.toml", "the file to begin a bench of your own with"),),
}

"""Examples of the commands that say what is wrong."""

from __future__ import annotations

from lager_cli.examples import Examples

EXAMPLES: dict[str, Examples] = {
    "diagnose": (
        ("lager diagnose supply1", "what is wrong with it, and what to do next"),
        ("lager diagnose supply1 --watch", "again and again, while you plug and switch"),
        ("lager diagnose vbat --type adc --box lab --json", "of one box, for a script"),
    ),
    "doctor": (
        ("lager doctor", "this machine, and all boxes it knows"),
        ("lager doctor --box lab", "what that box finds out about its own machine, too"),
        ("lager doctor --json", "for a script; status 1: there is a problem"),
    ),
}

"""Examples of the commands that run scripts and look into them."""

from __future__ import annotations

from lager_cli.examples import Examples

EXAMPLES: dict[str, Examples] = {
    "python": (
        ("lager python test.py --volts 3.3", "a file; what follows it is the script's"),
        ('lager python -c "print(6 * 7)"', "a line"),
        ("lager python --detach burn_in.py", "leave it to itself; `--reattach ID` is back"),
        ("lager python test.py --download result.csv", "fetch a file it wrote"),
        ("lager python --on-exception pause test.py", "stop where it fails, and look around"),
        ("lager python --console ff15", "look into a paused script; ff15 is its ID"),
        ("lager python --continue ff15 --set volts=3.6", "let it go on, with another value"),
        ("lager python --kill ff15", "end it"),
    ),
    "runs": (
        ("lager runs", "what runs, and what is paused where"),
        ("lager runs --paused --all-boxes", "what waits for you, wherever"),
        ("lager runs --ended", "what has ended, and how"),
    ),
    "runs show": (("lager runs show ff15", "all that is known of one run"),),
    "runs files": (("lager runs files ff15", "what it has written"),),
    "runs download": (("lager runs download ff15 result.csv -o /tmp/result.csv", "fetch one of them"),),
    "runs transcript": (("lager runs transcript ff15", "what was done in its consoles"),),
    "runs prune": (
        ("lager runs prune --older 7d --dry-run", "what would go"),
        ("lager runs prune --older 7d --yes", "remove runs that ended a week ago or before"),
    ),
    "logs": (
        ("lager logs ff15", "all that a run has written"),
        ("lager logs ff15 -f --since 5m", "its last five minutes, and go on"),
    ),
    "console": (
        ("lager console", "try nets by hand"),
        ("lager console -c \"Net.get('adc1', type=NetType.ADC).input()\"", "evaluate one statement"),
    ),
    "snapshot": (("lager snapshot open run.snapshot", "look into what `lager python --snapshot` saved"),),
    "snapshot open": (
        ("lager snapshot open run.snapshot", "a console on it"),
        ('lager snapshot open run.snapshot -c "sorted(globals())"', "one statement"),
    ),
}

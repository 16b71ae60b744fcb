"""Examples of the commands that make a machine a box, and keep it one."""

from __future__ import annotations

from lager_cli.examples import Examples

EXAMPLES: dict[str, Examples] = {
    "install": (
        ("lager install --ip 192.168.1.7 --user pi", "a Raspberry Pi becomes a box; it is called as it calls itself"),
        ("lager install --ip 192.168.1.7 --user root --box bench7", "as root, and under a name of its own"),
        ("lager install --ip bench.lab --ssh-port 2222 --user root", "by another port of ssh"),
        ("lager install --ip 192.168.1.7 --user pi --box-port 5005", "where another program has port 5000"),
    ),
    "update": (
        ("lager update --box bench7", "to the version that runs here; nets and runs stay"),
        ("lager update --box bench7 --check --verbose", "only look: is it due (status 10), and how is the machine?"),
        ("lager update --box bench7 --wheel lager-0.1.0-py3-none-any.whl", "to that version: also the way back"),
    ),
    "uninstall": (
        ("lager uninstall --box bench7", "take Lager off it; nets, runs and token stay there"),
        ("lager uninstall --box bench7 --data --yes", "those, too; nobody is asked"),
    ),
    "ssh": (
        ("lager ssh --box bench7", "a shell there"),
        ("lager ssh --box bench7 -- journalctl -u lager-box -n 50", "what its service has said of late"),
    ),
}

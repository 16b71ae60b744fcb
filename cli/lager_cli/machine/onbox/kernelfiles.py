"""The steps `rules` and `modprobe`: who may open the instruments, and which kernel module keeps away from them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lager import shipped
from lager_cli.machine.onbox import environments, keeping, programs
from lager_cli.machine.onbox.places import Places
from lager_cli.machine.onbox.telling import Teller

MODULE = "usbtmc"
_OTHERS = (shipped.RULES, shipped.MODPROBE)  # files that may have that name without being the box's
_OURS = b"# Installed by Lager"


def rules(places: Places, teller: Teller, asked: dict[str, Any]) -> dict[str, Any]:
    """Install the udev rules, and apply them to what is plugged in.

    Raises:
        LagerError: They cannot be written.
    """
    return {"changed": install(places, places.environment(asked["name"]), shipped.RULES) | apply_rules(places, teller)}


def modprobe(places: Places, teller: Teller, asked: dict[str, Any]) -> dict[str, Any]:
    """Keep the module usbtmc from being loaded, and unload it.

    Raises:
        LagerError: The file cannot be written.
    """
    changed = install(places, places.environment(asked["name"]), shipped.MODPROBE)
    if places["/run/udev/control"].exists():  # udev looks for news every 3 s; a plug within them would load it again
        programs.ran("udevadm", "control", "--reload", within=20)
    unload(places, teller)
    return {"changed": changed, "loaded": is_loaded(places)}


def install(places: Places, environment: Path, one: shipped.Shipped) -> bool:
    """Install a file that a version brings; gives whether it was missing, or another one.

    One that a version is too old for goes; but the units are needed.
    """
    if not one.name.endswith(".service") and environments.carried(environment, one) is None:
        return keeping.remove(places[one.path])
    there = keeping.content(places[one.path])
    kept = places.before / one.name
    if one in _OTHERS and there is not None and not there.startswith(_OURS) and not kept.exists():
        keeping.write(kept, there, 0o600)
    return keeping.write(places[one.path], environments.needed(environment, one))


def uninstall(places: Places, one: shipped.Shipped) -> bool:
    """Remove a file; one that was there before the box comes back. Gives whether there was one of the box's."""
    path, before = places[one.path], keeping.content(places.before / one.name)
    if before is not None:
        return keeping.write(path, before)
    if one in _OTHERS and not (keeping.content(path) or b"").startswith(_OURS):
        return False
    return keeping.remove(path)


def has_udev(places: Places) -> bool:
    """Whether udev runs here."""
    return places["/run/udev/control"].exists()


def apply_rules(places: Places, teller: Teller) -> bool:
    """Have udev read its rules again, and apply them. It is done each time: udev says not what it has read."""
    if not has_udev(places):
        teller.warn("udev does not run here (a container?): the rules are in place, and nothing applies them")
        return False
    for words in (("control", "--reload"), ("trigger", "--subsystem-match=usb", "--action=change")):
        ended = programs.ran("udevadm", *words, within=20)
        if ended.status:
            teller.warn(f"`udevadm {' '.join(words)}` failed: {ended.said}; the rules count from the next start on")
            return False
    programs.ran("udevadm", "settle", "--timeout=10", within=20)  # in vain where something else keeps udev busy
    return False


def is_loaded(places: Places) -> bool | None:
    """Tell whether the module is loaded; None where that cannot be told."""
    text = keeping.content(places["/proc/modules"])
    return None if text is None else _users(text.decode()) is not None


def unload(places: Places, teller: Teller) -> None:
    """Unload the module, or say why it stays."""
    users = _users((keeping.content(places["/proc/modules"]) or b"").decode())
    if users is None:
        return
    ended = programs.ran("modprobe", "-r", MODULE, within=20)
    if not ended.status and not is_loaded(places):
        teller.say(f"unloaded the kernel module {MODULE}")
        return
    why = f"a program has an instrument open through it ({users} uses)" if users else ended.said or "it stays"
    teller.warn(
        f"the kernel module {MODULE} is loaded, and could not be unloaded: {why}. It holds instruments until then: end "
        f"that program (`fuser -v /dev/usbtmc*`) and `modprobe -r {MODULE}`, or start the machine anew"
    )


def _users(modules: str) -> int | None:
    """Give how often the module is in use, from /proc/modules; None where it is not loaded."""
    found = re.search(rf"^{MODULE} \d+ (\d+|-)", modules, re.MULTILINE)
    return None if found is None else int(found[1].replace("-", "0"))

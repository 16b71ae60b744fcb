"""What a run's Python does when something is imported: Lager is the box's own, and tracebacks name files as users do.

`sitecustomize` puts it first among the finders, in a run. It imports nothing that Python has not loaded by then.
"""

import os
import sys
from _frozen_importlib_external import PathFinder

import lager_tracebacks  # type: ignore[import-not-found]  # beside this file

TYPE_CHECKING = False  # typing's own takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

_OURS = frozenset(("lager", "lager_debugbridge"))  # what a script uses of Lager, itself or at a pause
# Rooms of the released Lager that are not here, and what it had in each.
_INTERNALS = {
    "automation": "USB hubs, arms, cameras and Wi-Fi",
    "debug": "debug probes",
    "dispatchers": "its commands",
    "instrument_wrappers": "instruments",
    "io": "ADCs, DACs and GPIO",
    "measurement": "thermocouples, watt meters and oscilloscopes",
    "power": "supplies, batteries and loads",
    "protocols": "UART, BLE, Wi-Fi, I2C and SPI",
}


class Finder:
    """Finds what is not to be as ever; else it says nothing.

    Args:
        root: The run's own directory, with a slash at its end.
        tracebacks: Whether they name files as users do.
    """

    def __init__(self, root: str, tracebacks: bool) -> None:
        self._root = root
        self._tracebacks = tracebacks

    def find_spec(self, name: str, _path: "Any" = None, target: "Any" = None) -> "Any":
        """Find Lager, though a folder of that name lies beside the script; look on when `traceback` is imported."""
        if name in _OURS:
            return PathFinder.find_spec(name, [one for one in sys.path if not self._is_inside(one)], target)
        if name == "traceback" and self._tracebacks:
            return self._traceback()
        if name.startswith("lager.") and (room := name.split(".")[1]) in _INTERNALS:
            raise ModuleNotFoundError(
                f"no module named {name!r} on this box: there the released Lager had its code for {_INTERNALS[room]}\n"
                "  Try: lager.Net.get('adc1', lager.NetType.ADC): it gives what is on the bench, and of types that are "
                "not served here it says what there is instead",
                name=name,
            )
        return None

    def _is_inside(self, entry: str) -> bool:
        return (os.path.realpath(entry) + "/").startswith(self._root)

    def _traceback(self) -> "Any":
        found: Any = PathFinder.find_spec("traceback")
        if found is not None and not self._is_inside(os.path.dirname(found.origin or "")):
            load, shorten = found.loader.exec_module, lager_tracebacks.Shortening(self._root).begin

            def exec_module(module: "Any") -> None:
                load(module)
                shorten(module)

            found.loader.exec_module = exec_module
        return found


def install(root: str, tracebacks: bool) -> None:
    """Begin.

    Args:
        root: The run's own directory.
        tracebacks: Whether they name files as users do.
    """
    root = os.path.realpath(root) + "/"
    sys.meta_path.insert(0, Finder(root, tracebacks))
    if tracebacks:
        lager_tracebacks.install()
        if "traceback" in sys.modules:
            lager_tracebacks.Shortening(root).begin(sys.modules["traceback"])

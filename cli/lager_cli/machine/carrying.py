"""What is sent to a machine that becomes a box: the program of its steps, in one file that its own Python runs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from lager_cli.machine.onbox.wheelsets import set_hash

__all__ = ["name", "onbox", "set_hash"]

_MAIN = "import sys\n\nfrom lager_cli.machine.onbox.steps import main\n\nsys.exit(main(sys.argv[1:]))\n"
_PACKAGES = ("lager_cli", "lager_cli/machine")
_MOMENT = (2020, 1, 1, 0, 0, 0)  # the same file every time, whenever it is made


def onbox() -> bytes:
    """Give the program, as `python3 onbox.pyz STEP JSON` runs it."""
    import lager
    from lager import shipped
    from lager_cli.machine import onbox as room

    product = Path(lager.__file__).parent
    files = {"__main__.py": _MAIN.encode()}
    files |= {f"lager/{one}": (product / one).read_bytes() for one in ("__init__.py", "errors.py")}
    files["lager/shipped/__init__.py"] = Path(shipped.__file__).read_bytes()
    files |= {f"{one}/__init__.py": b"" for one in _PACKAGES}
    steps = sorted(Path(room.__file__).parent.glob("*.py"))
    files |= {f"lager_cli/machine/onbox/{path.name}": path.read_bytes() for path in steps}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in files.items():
            packed.writestr(zipfile.ZipInfo(path, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def name(version: str, hash8: str) -> str:
    """Give the name of the environment that a version has on a box, when it is made of a certain set of wheels."""
    return f"{version}-{hash8}"

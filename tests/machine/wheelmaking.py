"""The product as wheels: as it is, as another version, and as one that does not come up."""

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

from lager import __version__

ROOT = Path(__file__).resolve().parents[2]
_MAJOR, _, _PATCH = __version__.rpartition(".")
NEWER, SICK = f"{_MAJOR}.{int(_PATCH) + 1}", f"{_MAJOR}.{int(_PATCH) + 2}"
# Importing it tells nothing of that.
UNWELL = {"lager_runner/__main__.py": b'if __name__ == "__main__":\n    raise SystemExit("this version is sick")\n'}


def built(folder):
    """Build the wheel of this tree; give its path."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def changed(wheel, folder, version, files=()):
    """Give a wheel like `wheel` that is another version, with other contents of some files."""
    old, new = f"lager-{__version__}.dist-info/", f"lager-{version}.dist-info/"
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / wheel.name.replace(f"-{__version__}-", f"-{version}-")
    recorded = []
    with zipfile.ZipFile(wheel) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for one in before.infolist():
            if one.filename == f"{old}RECORD":
                continue
            content = _of_version(one.filename, before.read(one), version)
            one.filename = one.filename.replace(old, new)
            content = dict(files).get(one.filename, content)
            after.writestr(one, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            recorded.append(f"{one.filename},sha256={digest},{len(content)}\n")
        after.writestr(f"{new}RECORD", "".join([*recorded, f"{new}RECORD,,\n"]))
    return made


def _of_version(name, content, version):
    if name == "lager/__init__.py":
        return content.replace(f'__version__ = "{__version__}"'.encode(), f'__version__ = "{version}"'.encode())
    if name.endswith(".dist-info/METADATA"):
        return content.replace(f"\nVersion: {__version__}\n".encode(), f"\nVersion: {version}\n".encode())
    return content

"""The box's end of `pytest --lager-box`: `python -m lager.testing ARGS` in the folder that the laptop sent."""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lager.testing import events


def main() -> int:
    """Run pytest as the laptop's would have run; give its exit status."""
    settings = _settings()
    if find_spec("pytest") is None:
        sys.stderr.write(
            "the box has no pytest for this Python\n"
            "  Try: name pytest in a requirements.txt in your root folder, or install it on the box\n"
        )
        return 4
    if not settings["path"]:  # `pytest` alone does not look for modules where it stands; `python -m` does
        sys.path.pop(0)
    os.chdir(settings["folder"])

    import pytest

    from lager.testing.sending import Sender

    return int(pytest.main(sys.argv[1:], plugins=[Sender()]))


def _settings() -> dict[str, Any]:
    """Take what the laptop has decided; lay its pytest's memory of failures where this one looks."""
    file = Path(events.SETTINGS)
    settings: dict[str, Any] = json.loads(file.read_bytes())
    file.unlink()
    for name, value in settings["cache"].items():
        path = Path(events.CACHE, "v", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value), encoding="utf-8")
    return settings


if __name__ == "__main__":
    sys.exit(main())

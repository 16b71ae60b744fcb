"""For all tests: the environment of a user's shell, where a build machine's settings would hide what users see."""

import os

for name in ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS"):
    os.environ.pop(name, None)

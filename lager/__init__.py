"""Lager, as a test script sees it: nets of the bench, and pauses.

Nothing heavy is imported here: a script that imports lager starts at once.
"""

__version__ = "0.1.0"

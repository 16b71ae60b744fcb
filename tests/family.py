"""The processes that a process has started, as long as they live.

One that has ended, and was not waited for, has no command line any more: asked for it, psutil fails. Such a one may be
there at any time, also one of another test's.
"""

import contextlib

import psutil


def living(pid=None, recursive=False):
    """Give each living child of a process (this one if none is said), with the words of its command line."""
    found = []
    for one in psutil.Process(pid).children(recursive=recursive):
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is one, too
            found.append((one, one.cmdline()))
    return found


def running(module, pid):
    """Give the only child of a process that runs this module."""
    (found,) = [one for one, words in living(pid) if module in words]
    return found

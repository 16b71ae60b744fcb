"""The process that workers are forked from: it has imported all they need, and opened nothing.

`python -m lager_hwservice.zygote`, started by the hardware service (`starter.py`) and ended with it. It has one thread
and no use of any bus: a fork would break the one, and share the other. So each worker has a fresh libusb, and does not
take the time of a start.

Its standard input is a socket. An assignment comes with a worker's standard input and output, and the worker's process
id goes back. The worker is forked twice, and so becomes a child of the service: it outlives this process, and the
service sees its end at once.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

import msgspec
from setproctitle import setproctitle

from lager_hwservice.assignment import LARGEST, Assignment, Begun

# Imported by pyvisa and pyvisa-py where they are installed, for what is not used here: a third of the memory and time.
_UNUSED = ("numpy", "psutil")
_ENDS = 2  # descriptors that come with an assignment: a worker's standard input and output

Work = Callable[[Assignment], int]


def main() -> int:
    """Fork workers until the service ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a box's terminal: the box ends its services in order
    for name in _UNUSED:
        sys.modules[name] = None  # type: ignore[assignment]  # so `import` says it is not installed
    from lager_hwservice import links, worker

    links.warm()
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as control:
        serve(control, worker.serve)
    return 0


def serve(control: socket.socket, work: Work) -> None:
    """Fork a process for each assignment, until the other end is closed.

    Args:
        control: Where assignments come from.
        work: What a process does; gives its exit status.
    """
    gc.collect()
    gc.freeze()  # else the first collection in each worker would copy most of the memory they share
    while True:
        try:
            message, ends, _, _ = socket.recv_fds(control, LARGEST, _ENDS)
        except ConnectionResetError:  # the service was killed before it took an answer
            return
        if not message:
            return
        answer = _begin(message, ends, work)
        for one in ends:
            os.close(one)
        with contextlib.suppress(ConnectionError):  # the service has gone: the next look at the socket tells, too
            control.send(msgspec.json.encode(answer))


def _begin(message: bytes, ends: list[int], work: Work) -> Begun:
    try:
        given = msgspec.json.decode(message, type=Assignment)
    except msgspec.DecodeError:  # its end was cut off
        return Begun(errno=errno.EMSGSIZE)
    if len(ends) != _ENDS:  # the kernel leaves out those for which we have no room
        return Begun(errno=errno.EMFILE)
    try:
        return Begun(_forked(given, ends, work))
    except OSError as exc:
        return Begun(errno=exc.errno or errno.EAGAIN)


def _forked(given: Assignment, ends: list[int], work: Work) -> int:
    """Fork a process that works, and give its id, once it is a child of the service.

    Raises:
        OSError: There is no room for one more.
    """
    reading, writing = os.pipe()
    try:
        between = os.fork()
        if not between:
            _fork_again(given, ends, work, writing)
    finally:
        os.close(writing)
    with open(reading, "rb") as said:
        pid = said.read()
    os.waitpid(between, 0)  # from then on it is the service's
    if not pid:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return int(pid)


def _fork_again(given: Assignment, ends: list[int], work: Work, writing: int) -> NoReturn:
    """Be the process between: fork, tell of it, end. Whatever happens, it does not go on as a second zygote."""
    try:
        pid = os.fork()
        if not pid:
            _work(given, ends, work)
        os.write(writing, b"%d" % pid)
    finally:
        os._exit(0)


def _work(given: Assignment, ends: list[int], work: Work) -> NoReturn:
    """Be the process that works: with these ends, and nothing else that was open."""
    status = 1
    try:
        setproctitle(f"lager_hwservice.worker {given.instrument} {given.address}")
        for number, end in enumerate(ends):
            os.dup2(end, number)
        os.closerange(3, max(map(int, os.listdir("/proc/self/fd"))) + 1)
        os.chdir(os.path.dirname(given.socket))  # the one we have may have been removed, and made again
        status = work(given)
    except Exception:  # a process' top
        logging.exception("worker %s", given.instrument)
    finally:
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main())

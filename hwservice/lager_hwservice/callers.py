"""Those who are connected to a worker: a thread for each. Knows how to send them all away without leaving one in doubt.

Whoever is sent away must know whether its request was read. So nothing more is taken from it first; what it had sent
by then is answered; only then does its connection end. A request that was left unread (`Lines.look`) is known to its
sender by the kernel's word, ECONNRESET.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable

from lager import errors
from lager.lines import Lines
from lager_hwservice.listening import accepted

log = logging.getLogger(__name__)


class Callers:
    """The connections of one worker.

    Args:
        answer: Takes and answers one request; gives whether there may be another. An OSError ends the connection.
    """

    def __init__(self, answer: Callable[[Lines], bool]) -> None:
        self._answer = answer
        self._listener: socket.socket | None = None
        self._change = threading.Condition()
        self._open: set[socket.socket] = set()
        self._dismissed = False

    def serve(self, listener: socket.socket) -> None:
        """Take whoever connects, until they are dismissed."""
        self._listener = listener
        for connected in accepted(listener):
            with self._change:
                if self._dismissed:
                    connected.close()
                    return
                self._open.add(connected)
            threading.Thread(target=self._serve_one, args=(connected,), name="caller", daemon=True).start()

    def _serve_one(self, connected: socket.socket) -> None:
        link = Lines.over(connected)
        try:
            while self._answer(link):
                pass
        except OSError:
            return  # the caller has gone
        except errors.UsageError as exc:
            log.warning("%s", exc)  # no request at all: there is nothing to answer to
        finally:
            with self._change:
                self._open.discard(connected)
                self._change.notify_all()
            link.close()

    def dismiss(self, within: float, but: int = 0) -> None:
        """Take no more requests, and wait until all that came are answered.

        Args:
            within: How long to wait, s.
            but: How many are known to be stuck.
        """
        with self._change:
            self._dismissed = True
            if self._listener is not None:
                with contextlib.suppress(OSError):  # it was shut down before
                    self._listener.shutdown(socket.SHUT_RDWR)
            for connected in self._open:
                with contextlib.suppress(OSError):  # the caller has gone
                    connected.shutdown(socket.SHUT_RD)
            self._change.wait_for(lambda: len(self._open) <= but, within)

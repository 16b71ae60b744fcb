"""A cable between a client and a box, that can be pulled out and put back in: one TCP port for another."""

import contextlib
import socket
import threading


class Cable:
    """Carries every connection to its `port` on to the box's, as long as it is plugged in."""

    def __init__(self, box_port):
        self._box = ("127.0.0.1", box_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._plugged = True
        self._left = None  # bytes of the box that get through, before it is pulled
        self._lock = threading.Lock()
        self._ends = []
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def pull(self):
        """Break every connection, and let nobody in."""
        with self._lock:
            self._plugged = False
            for end in self._ends:
                with contextlib.suppress(OSError):  # it is broken already
                    end.shutdown(socket.SHUT_RDWR)

    def pull_after(self, size):
        """Pull it when so many more bytes of the box have got through: in the middle of a message, perhaps."""
        self._left = size

    def put_back(self):
        with self._lock:
            self._plugged = True

    def close(self):
        self.pull()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(20)
        for end in (self._listener, *self._ends):
            end.close()

    def _serve(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:  # closed
                return
            with self._lock:
                if not self._plugged:
                    near.close()
                    continue
                far = socket.create_connection(self._box)
                self._ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    thread = threading.Thread(target=self._carry, args=(source, sink, source is far))
                    self._threads.append(thread)
                    thread.start()

    def _carry(self, source, sink, counted):
        with contextlib.suppress(OSError):  # the cable was pulled
            while part := source.recv(65536):
                if counted and self._left is not None:
                    part, self._left = part[: self._left], self._left - len(part)
                sink.sendall(part)
                if counted and self._left is not None and self._left <= 0:
                    self._left = None
                    self.pull()
            sink.shutdown(socket.SHUT_WR)

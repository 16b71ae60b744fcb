"""Where notifications arrive in tests: a named pipe for commands, an HTTP server for webhooks."""

import http.server
import json
import os
import queue
import select
import threading
import time

WITHIN = 20  # s


class Mailbox:
    """A named pipe: each line that is written to it is one notification."""

    def __init__(self, folder, name="mailbox"):
        self.path = folder / name
        os.mkfifo(self.path)
        self._end = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)  # writers never find it closed
        self._rest = b""

    @property
    def command(self):
        return f"cat > {self.path}"

    def next(self):
        deadline = time.monotonic() + WITHIN
        while b"\n" not in self._rest:
            assert select.select([self._end], [], [], deadline - time.monotonic())[0], "nothing came"
            self._rest += os.read(self._end, 65536)
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line)

    def empty(self):
        return not self._rest and not select.select([self._end], [], [], 0)[0]

    def close(self):
        os.close(self._end)


class Receiver:
    """An HTTP server that answers with the statuses it is told, and then with 204."""

    def __init__(self, *statuses, secure=None):
        self.statuses = list(statuses)
        self.got = queue.Queue()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if secure:
            self._server.socket = secure.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook/s3cret"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def _handler(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.put((self.path, dict(self.headers), json.loads(body)))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                return

        return Handler

    def next(self):
        return self.got.get(timeout=WITHIN)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(WITHIN)

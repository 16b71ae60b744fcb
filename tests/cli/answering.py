"""A box that answers HTTP as a test says."""

import contextlib
import http.server
import threading
from dataclasses import dataclass

from lager import errors, wire


@dataclass
class Raw:
    """An answer of something that is no box of this version."""

    status: int
    body: bytes


@contextlib.contextmanager
def answering(answer, port=0, headers=None):
    """Serve `answer(verb, path, body)`, which gives a message, a `Raw`, or raises a LagerError; give the port.

    Each answer has the `headers`, too.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, told = 200, answer(self.command, self.path, body)
            except errors.LagerError as error:
                status, told = error.http_status, wire.ErrorBody.of(error)
            if isinstance(told, Raw):
                status, content = told.status, told.body
            else:
                content = wire.to_json(told)
            with contextlib.suppress(ConnectionError):  # whoever asked does not wait any longer
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815  # http.server's names

        def log_message(self, *_):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(10)

"""A released client as it is on the wire: its forms and its frames, made by hand."""

import http.client
import json
import re
import uuid

BOUNDARY = "5a2f1c"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(parts):
    """Give the bytes of a form, of `(name, value)` or `(name, file name, value)`, as `requests` writes it."""
    pieces = []
    for name, *filename, value in parts:
        disposition = f'form-data; name="{name}"; filename="{filename[0] if filename else name}"'
        data = value if isinstance(value, bytes) else str(value).encode()
        pieces.append(f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + data + b"\r\n")
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()


class Wire:
    """One process of a client: all it asks has one invocation id.

    Args:
        runner: The runner (tests/runner/conftest.py).
        token: Whether it has the box's token.
    """

    def __init__(self, runner, token=True):
        self.runner = runner
        self.headers = {"Lager-Version": "0.21.0", "Lager-Invocation-Id": str(uuid.uuid4())}
        self.headers |= runner.headers if token else {}

    def ask(self, method, path, body=None, headers=(), timeout=20):
        connection = http.client.HTTPConnection(self.runner.host, self.runner.port, timeout=timeout)
        connection.request(method, path, body, self.headers | {"Connection": "close"} | dict(headers))
        return connection.getresponse()

    def post(self, path, **fields):
        """Ask with JSON; gives the status and the answer."""
        reply = self.ask("POST", path, json.dumps(fields))
        return reply.status, json.loads(reply.read())

    def python(self, *parts, script=None, module=None, run=None, **fields):
        """Start a run; gives the answer as it comes."""
        parts = [*parts, *((name, value) for name, value in fields.items())]
        if run:
            parts.append(("env", f"LAGER_PROCESS_ID={run}"))
        if script is not None:
            parts.append(("script", "t.py", script))
        if module is not None:
            parts.append(("module", module))
        return self.ask("POST", "/python", form(parts), FORM)

    def result(self, *parts, **more):
        """Run to the end; gives what came on each stream, and the exit code."""
        reply = self.python(*parts, **more)
        content = reply.read()
        assert reply.status == 200, content
        assert reply.getheader("Lager-Output-Version") == "1"
        assert reply.getheader("Content-Type") == "text/plain"
        return streams(frames(content))

    def refusal(self, *parts, **more):
        """Ask for a run that cannot be; gives the status and the text of the error."""
        reply = self.python(*parts, **more)
        said = json.loads(reply.read())
        assert said["status"] == "error"
        return reply.status, said["error"]


def frames(content):
    """Take a stream apart as those clients do: `[(stream, bytes)]`."""
    found = []
    while content:
        header = re.match(rb"([0-3-]) (\d+) ", content)
        assert header, content[:40]
        end = header.end() + int(header[2])
        assert len(content) >= end, "the last frame is cut off"
        found.append((header[1].decode(), content[header.end() : end]))
        content = content[end:]
    return found


def streams(found):
    """Give `(stdout, stderr, channel, exit code)`; the exit frame is the last one, and the only one."""
    assert [name for name, _ in found].count("-") == 1
    assert found[-1][0] == "-"
    joined = {key: b"".join(data for name, data in found if name == key) for key in "123"}
    return joined["1"], joined["2"], joined["3"], int(found[-1][1])


class Following:
    """Reads an answer frame by frame."""

    def __init__(self, reply):
        self.reply = reply
        self.seen = b""

    def until(self, words):
        """Read until something has come."""
        while words not in self.seen:
            piece = self.reply.read1(65536)
            assert piece, self.seen
            self.seen += piece

    def rest(self):
        """Read to the end; gives as `streams`."""
        return streams(frames(self.seen + self.reply.read()))

    def hang_up(self):
        """Close the connection."""
        self.reply.close()

"""A scripted IDE: it speaks the debug adapter protocol as the specification has it, over one TCP connection."""

import contextlib
import json
import socket

PATIENCE = 30  # s


class Closed(Exception):
    """The other end has closed the connection."""


class Ide:
    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.file = self.connection.makefile("rb")
        self.count = 0
        self.events = []
        self.answers = {}

    def close(self):
        self.file.close()
        self.connection.close()

    def send(self, command, **arguments):
        self.count += 1
        body = json.dumps({"seq": self.count, "type": "request", "command": command, "arguments": arguments}).encode()
        self.connection.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return self.count

    def read(self):
        size = 0
        while line := self.file.readline().strip():
            size = int(line.removeprefix(b"Content-Length: "))
        if not size:
            raise Closed
        message = json.loads(self.file.read(size))
        if message["type"] == "event":
            self.events.append((message["event"], message.get("body", {})))
        elif message["type"] == "response":
            self.answers[message["request_seq"]] = message

    def until_closed(self):
        with contextlib.suppress(Closed, ConnectionResetError):
            while True:
                self.read()

    def answer(self, number):
        while number not in self.answers:
            self.read()
        return self.answers.pop(number)

    def ask(self, command, **arguments):
        answer = self.answer(self.send(command, **arguments))
        assert answer["success"], answer
        return answer.get("body", {})

    def event(self, name):
        """Give the next event of that name; what came before it is forgotten."""
        while not any(kind == name for kind, _ in self.events):
            self.read()
        while True:
            kind, body = self.events.pop(0)
            if kind == name:
                return body

    def attach(self, configuration, breakpoints=None):
        """Do what an IDE does until it sees a thread that stands still; give that thread."""
        self.ask("initialize", clientID="test", adapterID="debugpy", pathFormat="path", linesStartAt1=True)
        attaching = self.send("attach", **configuration)
        self.event("initialized")
        for file, lines in (breakpoints or {}).items():
            points = [{"line": line} for line in lines]
            set_ones = self.ask("setBreakpoints", source={"path": file}, breakpoints=points)["breakpoints"]
            assert all(one["verified"] for one in set_ones), set_ones
        self.ask("configurationDone")
        assert self.answer(attaching)["success"]
        return self.event("stopped")["threadId"]

    def stack(self, thread):
        return [
            (one["source"]["path"], one["line"], one["name"], one["id"])
            for one in self.ask("stackTrace", threadId=thread)["stackFrames"]
        ]

    def variables(self, frame):
        scope = self.ask("scopes", frameId=frame)["scopes"][0]
        found = self.ask("variables", variablesReference=scope["variablesReference"])["variables"]
        return {one["name"]: one["value"] for one in found}

"""A WebSocket server that plays one scene after the other: one for each connection."""

import contextlib
import socket
import threading

import websockets.exceptions
from websockets.sync.server import serve

from lager import wire


class Scene:
    """What a scene has in hand: the connection's path, sending, receiving."""

    def __init__(self, connection):
        self._connection = connection
        self.path = connection.request.path
        self.token = connection.request.headers["Authorization"]

    def say(self, *messages):
        for one in messages:
            self._connection.send(wire.to_msgpack(one))

    def hear(self, kind):
        return wire.from_msgpack(self._connection.recv(20), kind)

    def join(self, ready):
        """Take a console in; give what it said of itself."""
        join = self.hear(wire.ToConsole)
        assert isinstance(join, wire.Join), join
        self.say(ready)
        return join

    def until(self, kind, pong=True):
        """Hear until a console says something of that kind; meanwhile answer its pings."""
        while True:
            message = self.hear(wire.ToConsole)
            if isinstance(message, wire.Ping) and pong:
                with contextlib.suppress(websockets.exceptions.ConnectionClosed):  # hear its last words
                    self.say(wire.Pong(message.number))
            if isinstance(message, kind):
                return message

    def break_off(self):
        """End the connection without a word, as a cable does that is pulled."""
        self._connection.socket.shutdown(socket.SHUT_RDWR)

    def rest(self, kind):
        """Everything the other side says until it leaves."""
        with contextlib.suppress(websockets.exceptions.ConnectionClosedOK):
            return [wire.from_msgpack(one, kind) for one in self._connection]
        return []


@contextlib.contextmanager
def playing(*scenes):
    """Serve the scenes; give the port and what went wrong in them."""
    left, troubles, players = list(scenes), [], []

    def handle(connection):
        players.append(threading.current_thread())
        scene = left.pop(0) if left else None
        if scene is None:
            return
        try:
            scene(Scene(connection))
        except websockets.exceptions.ConnectionClosed:
            return
        except AssertionError as exc:
            troubles.append(exc)

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join(10)
            for one in players:  # the last words of a scene may still be read
                one.join(10)
    assert troubles == []

"""A box that goes without a word, as seen by who waits for it on a WebSocket."""

import socket
import threading

import pytest
from websockets.server import ServerProtocol

from lager import client, stream, wire


def serve(listener, answers, over):
    """Shake hands; then answer so many pings, and read nothing any more."""
    connection, _ = listener.accept()
    with connection:
        protocol = ServerProtocol()
        while not over.is_set():
            protocol.receive_data(connection.recv(65536))
            for event in protocol.events_received():
                if hasattr(event, "headers"):
                    protocol.send_response(protocol.accept(event))
                    continue
                answers -= 1
            if answers < 0:
                break
            for data in protocol.data_to_send():
                connection.sendall(data)
        over.wait(60)


@pytest.mark.parametrize("answers", [0, 3])
def test_a_silent_box_is_asked_for_a_sign_of_life(monkeypatch, answers):
    monkeypatch.setattr(stream, "SILENCE", 0.05)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        box = threading.Thread(target=serve, args=(listener, answers, over))
        box.start()
        try:
            service = client.Service("", "127.0.0.1", listener.getsockname()[1], "token")
            with service.connect("/x") as opened, pytest.raises(stream.Dropped):
                opened.receive(wire.FromRun)
        finally:
            over.set()
            box.join(20)

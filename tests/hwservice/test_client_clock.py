"""An action that takes some time ends with the client that asked for it, and the instrument is let be."""

import json
import socket

import pytest

from lager import errors
from lager_hwservice.clientclock import ClientClock


def test_time_ends_with_the_client():
    clock = ClientClock()
    before = clock.now()
    clock.sleep(0.001)
    assert clock.now() > before
    clock.end()
    with pytest.raises(errors.LagerError):
        clock.sleep(60)


def test_who_has_gone_is_waited_for_no_longer(bench):
    body = json.dumps({"netname": "gpio1", "action": "wait_for_level", "params": {"level": 1, "timeout": 300}})
    with socket.create_connection(("127.0.0.1", bench.ready["http_port"])) as asking:
        head = f"POST /net/command HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {bench.token}\r\n"
        asking.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        for _ in range(5):  # it looks at the line again and again
            bench.t7.reached.clear()
            assert bench.t7.reached.wait(30)
    for _ in range(100):
        bench.t7.reached.clear()
        if not bench.t7.reached.wait(0.3):
            return
    raise AssertionError("it goes on")

"""What a released client finds on the wire: a script's first byte, and much output; against bare Python in a pipe."""

import hashlib
import http.client
import re
import subprocess
import sys
import time
from contextlib import contextmanager

from benchmarks import scripts
from benchmarks.timing import first_byte, percentiles, private_home

SOON = 80e-3  # s from the request to the first byte of output
LEAST = 30.0  # MB/s
ROUNDS = 20
MEGABYTES = 100
PART = 1 << 16
BOUNDARY = "a1b2c3"
TYPE = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
HELLO = "print('hello')\n"
# Lines of text with characters of one to three bytes.
FLOOD = f"""
import sys
block = ("0123456789 äöü €\\n" * 50_000).encode()
left = {MEGABYTES * 1_000_000}
while left > 0:
    left -= sys.stdout.buffer.write(block[:left])
sys.stdout.flush()
"""
FRAME = re.compile(rb"([-\d]) (\d+) ")


def main() -> None:
    with private_home() as (folder, env):
        for name, text in (("hello", HELLO), ("flood", FLOOD)):
            (folder / f"{name}.py").write_text(text)
        service = scripts.runner(env)
        _first_byte(service, [sys.executable, "-u", folder / "hello.py"])
        _much(service, [sys.executable, "-u", folder / "flood.py"])


def _first_byte(service, bare):
    """From the request to the first byte of a one-line script; against a bare one's through a pipe."""

    def asked():
        begin = time.perf_counter()
        with _started(service, HELLO) as answer:
            assert answer.read(1) == b"1"
            took = time.perf_counter() - begin
            assert answer.read().endswith(b"- 1 0")
            return took

    asked(), first_byte(bare)  # warm
    mine, theirs = zip(*((asked(), first_byte(bare)) for _ in range(ROUNDS)), strict=True)
    print(f"{'released: first byte of a one-line script':52s} {percentiles(mine)}   (budget {SOON * 1000:g} ms)")
    ratio = percentiles(mine).median / percentiles(theirs).median
    print(f"{'  baseline: without lager':52s} {percentiles(theirs)}   ratio {ratio:6.2f}")


def _much(service, bare):
    """Much output, byte for byte; against a bare script's through a pipe."""
    begin = time.perf_counter()
    with _started(service, FLOOD) as answer:
        mine, code = _unframed(answer)
    took = time.perf_counter() - begin
    begin = time.perf_counter()
    with subprocess.Popen(bare, stdout=subprocess.PIPE) as process:
        theirs = hashlib.sha256()
        for part in iter(lambda: process.stdout.read(PART), b""):
            theirs.update(part)
    without = time.perf_counter() - begin
    assert (mine, code) == (theirs.hexdigest(), b"0")
    rate, baseline = MEGABYTES / took, MEGABYTES / without
    print(
        f"{f'released: {MEGABYTES} MB of output, byte for byte':52s} {rate:8.1f} MB/s   baseline {baseline:8.1f} MB/s"
        f"   ratio {rate / baseline:6.2f}   (budget {LEAST:g} MB/s)"
    )


def _unframed(answer):
    """Take a stream's frames apart as they come; the digest of its output, and the exit frame's payload."""
    digest, unread = hashlib.sha256(), b""
    while True:
        header = FRAME.match(unread)
        size = header.end() + int(header[2]) if header else len(unread) + 1
        if len(unread) < size:
            piece = answer.read(max(PART, size - len(unread)))
            assert piece, "the stream ends without an exit frame"
            unread += piece
            continue
        payload, unread = unread[header.end() : size], unread[size:]
        if header[1] == b"-":
            return digest.hexdigest(), payload
        digest.update(payload)


@contextmanager
def _started(service, script):
    """Send a script as a released client does; gives the answer as it comes."""
    connection = http.client.HTTPConnection(service.host, service.port)
    headers = {"Authorization": f"Bearer {service.token}", "Connection": "close", **TYPE}
    try:
        connection.request("POST", "/python", _form(timeout="0", script=script), headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        yield answer
    finally:
        connection.close()


def _form(**fields):
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.py"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


if __name__ == "__main__":
    main()

"""A bad network: two network namespaces, and between them packets that are late, or lost. No root is needed, nor netem.

Each end is a TUN device. This process carries the packets from one to the other, each `delay` s late, and some not at
all: what the kernel makes of it (retransmissions, back-off, the order of segments) is TCP's own. Linux only.
"""

import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

ENDS = ("10.77.0.1", "10.77.0.2")
_TUNSETIFF, _TUN_NO_HEADER = 0x400454CA, 0x1001
_SIOCSIFADDR, _SIOCSIFDSTADDR, _SIOCSIFFLAGS, _UP = 0x8916, 0x8918, 0x8914, 0x1
_PACKET = 65536  # bytes; none is longer


class Network:
    """The way between two ends.

    Args:
        ends: The devices.
        delay: How late each packet is, either way, s.
        loss: What part of them is lost, either way.
    """

    def __init__(self, ends, delay, loss):
        self.delay, self.loss = delay, loss
        self.is_cut = False
        self.carried = self.lost = 0
        self._ends, self._chance = ends, random.Random(6)
        self._bell, self._button = os.pipe()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def close(self):
        os.close(self._button)
        self._thread.join()
        os.close(self._bell)

    def _carry(self):
        first, second = self._ends
        other = {first: second, second: first}
        due, count = [], 0
        while True:
            patience = max(0.0, due[0][0] - time.monotonic()) if due else None
            ready, _, _ = select.select([*other, self._bell], [], [], patience)
            if self._bell in ready:
                return
            for end in ready:
                packet, count = os.read(end, _PACKET), count + 1
                if self.is_cut or self._chance.random() < self.loss:
                    self.lost += 1
                else:
                    heapq.heappush(due, (time.monotonic() + self.delay, count, other[end], packet))
            while due and due[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(due)
                os.write(end, packet)
                self.carried += 1


class End:
    """One end: a namespace of its own, whose only way out is a device of that address."""

    def __init__(self, number):
        self.address, peer = ENDS[number], ENDS[1 - number]
        ours, theirs = socket.socketpair()
        words = [sys.executable, "-m", "benchmarks.network", self.address, peer, str(theirs.fileno())]
        self._holder = subprocess.Popen(["unshare", "-rn", *words], stdin=subprocess.PIPE, pass_fds=[theirs.fileno()])
        theirs.close()
        with ours:
            said, found, _, _ = socket.recv_fds(ours, 1, 1)
        if not said:
            sys.exit("no network namespaces here: a user must be allowed `unshare -rn`, and to open /dev/net/tun")
        self.device = found[0]

    def inside(self, *words):
        """Give the words of a command that runs there."""
        return ["nsenter", f"--target={self._holder.pid}", "--user", "--net", "--preserve-credentials", *words]

    def close(self):
        os.close(self.device)
        self._holder.communicate()


@contextmanager
def network(delay, loss):
    """Two ends, and the way between them."""
    with ExitStack() as opened:
        ends = [End(number) for number in range(2)]
        for one in ends:
            opened.callback(one.close)
        way = Network([one.device for one in ends], delay, loss)
        opened.callback(way.close)
        yield ends, way


def _hold(address, peer, descriptor):
    """In the namespace: make its device, hand it out, and be there until the other side goes."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", b"far0", _TUN_NO_HEADER))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for request, value in ((_SIOCSIFADDR, address), (_SIOCSIFDSTADDR, peer)):
            place = struct.pack("H2x4s8x", socket.AF_INET, socket.inet_aton(value))
            fcntl.ioctl(asked, request, struct.pack("16s16s8x", b"far0", place))
        for name in (b"far0", b"lo"):
            fcntl.ioctl(asked, _SIOCSIFFLAGS, struct.pack("16sH22x", name, _UP))
    with socket.socket(fileno=descriptor) as theirs:
        socket.send_fds(theirs, [b"!"], [device])
    os.close(device)
    sys.stdin.read()


if __name__ == "__main__":
    _hold(sys.argv[1], sys.argv[2], int(sys.argv[3]))

"""What this machine knows of a host on the network: its addresses, the way to it, and how a connection ends."""

import asyncio
import errno
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lager_hwservice.diagnosis import lanlook, reaching

IN_A_NETWORK_OF_ITS_OWN = """
import asyncio, json, subprocess
from lager_hwservice.diagnosis import lanlook, reaching
def ip(words): subprocess.run(["ip", *words.split()], check=True)
ip("link set lo up")
name = asyncio.run(lanlook.resolved("scope.example"))
before = [lanlook.route("10.7.0.9"), lanlook.route("2001:db8::9"), reaching.connect("10.7.0.9", 5025, 5)]
ip("link add bench0 type veth peer name bench1")
ip("link set bench1 up")
ip("addr add 10.7.0.1/24 dev bench0")
ip("addr add 2001:db8:1::1/64 dev bench0 nodad")
ip("link set bench0 up")
ip("route add 10.8.0.0/16 via 10.7.0.254")
ip("-6 route add 2001:db8:2::/64 via 2001:db8:1::fe")
ip("route add unreachable 10.9.0.0/16")
after = [lanlook.route(one) for one in ("10.7.0.9", "10.8.1.1", "2001:db8:1::9", "2001:db8:2::9", "10.9.0.1")]
print(json.dumps([before, after, name]))
"""


def in_a_network_of_its_own(code, *words):
    alone = ["unshare", "--net", "--map-root-user"]
    if shutil.which("ip") is None or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("no network namespaces here, or no iproute2")
    command = [*alone, sys.executable, "-c", code, *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=100)
    return json.loads(done.stdout)


def test_the_kernel_is_asked_for_the_way_to_an_address():
    before, after, (found, unasked) = in_a_network_of_its_own(IN_A_NETWORK_OF_ITS_OWN)
    assert found == []
    assert unasked  # no name server could be asked
    assert before == [None, None, "unreachable"]
    assert after == [
        "bench0 direct",
        "bench0 via 10.7.0.254",
        "bench0 direct",
        "bench0 via 2001:db8:1::fe",
        None,
    ]


ON_A_NETWORK_OF_ITS_OWN = """
import json, subprocess, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from ownbench import Bench
from test_asked_instruments import ask
from lager import wire
def ip(words): subprocess.run(["ip", *words.split()], check=True)
ip("link set lo up")
ip("link add bench0 type veth peer name bench1")
ip("link set bench1 up")
ip("link set bench0 up")
ip("addr add 10.7.0.1/24 dev bench0")
hosts = ("10.7.0.9", "10.99.0.1", "scope.example")
addresses = [f"TCPIP0::{host}::5025::SOCKET" for host in hosts]
nets = [wire.NetRecord(f"s{n}", "power-supply", "Rigol_DP832", address, "1") for n, address in enumerate(addresses)]
bench = Bench(Path(sys.argv[2]), nets)
print(json.dumps([ask(bench, "lan", address) for address in addresses]))
bench.close()
"""


def test_a_host_that_is_off_one_without_a_way_and_one_without_a_name_are_told_apart(tmp_path):
    off, away, unnamed = in_a_network_of_its_own(ON_A_NETWORK_OF_ITS_OWN, Path(__file__).parent, tmp_path)
    keys = ("resolved", "route", "connect", "error_class", "via")
    assert [off[key] for key in keys] == [["10.7.0.9"], "bench0 direct", "unreachable", "timeout", "fresh"]
    assert [away[key] for key in keys] == [["10.99.0.1"], None, "unreachable", "nodev", "fresh"]
    assert [unnamed[key] for key in keys] == [None, None, None, "nodev", "fresh"]
    assert (off["could_not_look"], away["could_not_look"], away["errno"]) == ({}, {}, errno.ENETUNREACH)
    assert sorted(unnamed["could_not_look"]) == ["resolved", "route"]


@pytest.mark.parametrize(
    ("flags", "nobody"), [("0x0", True), ("0x2", False), ("0x6", False), ("", False)], ids=["none", "one", "fixed", "-"]
)
def test_only_an_address_that_was_asked_for_in_vain_is_nobodys(tmp_path, flags, nobody):
    table = tmp_path / "arp"
    head = "IP address       HW type     Flags       HW address            Mask     Device\n"
    other = "10.7.0.99        0x1         0x0         00:00:00:00:00:00     *        bench0\n"
    table.write_text(head + other + (f"10.7.0.9 0x1 {flags} 00:00:00:00:00:00 * bench0\n" if flags else ""))
    assert lanlook.nobody_has("10.7.0.9", table) is nobody
    assert lanlook.nobody_has("10.7.0.9", tmp_path / "none") is False


def test_this_machine_is_reached_without_a_gateway():
    assert lanlook.route("127.0.0.1") == "lo direct"


def test_what_is_no_address_cannot_be_looked_up():
    with pytest.raises(lanlook.CouldNotLook):
        lanlook.route("supply1")


def resolved(host, **more):
    return asyncio.run(lanlook.resolved(host, **more))


def test_names_are_looked_up_once_for_each_address():
    assert resolved("127.0.0.1") == (["127.0.0.1"], "")
    assert "127.0.0.1" in resolved("localhost").addresses


@pytest.mark.parametrize("host", ["a..b", "x" * 70, "1.2.3.4.5.6"])
def test_a_name_that_no_host_can_have_is_nobodys(host):
    assert resolved(host).addresses == []


def test_a_name_server_that_takes_too_long_is_not_waited_for():
    found = resolved("127.0.0.1", within=0.0)
    assert found in (([], "no answer about that name within 0 s"), (["127.0.0.1"], ""))


def test_how_a_connection_ends():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert reaching.connect("127.0.0.1", port, 5) == "open"
    assert reaching.connect("127.0.0.1", port, 5) == "refused"
    assert reaching.connect("a..b", port, 5) == ""
    assert reaching.said_by(TimeoutError()) == "timeout"


def test_a_port_that_answers_neither_yes_nor_no_is_one_that_takes_too_long():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        others = [socket.socket() for _ in range(4)]
        for one in others:
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        assert reaching.connect(*server.getsockname(), 0.05) == "timeout"
        for one in others:
            one.close()

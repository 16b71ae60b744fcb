"""What a box says of itself, its nets and its programs to released clients, on the wire of :5000, :8080 and :9000."""

import http.client
import io
import json
import os
import re
import socket
import sys
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "security"))
from ownserved import PATIENCE, Served

from lager import __version__
from lager_runner.released import piproutes

BOUNDARY = "a1b2"
TYPE = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


class Box(Served):
    """A box, asked as released clients ask: without a token."""

    def ask(self, method, path, body=None, headers=None, port="runner"):
        connection = http.client.HTTPConnection("127.0.0.1", getattr(self.info, port), timeout=PATIENCE)
        try:
            body = json.dumps(body) if isinstance(body, dict | list) else body
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def json(self, method, path, body=None, port="runner"):
        status, _, said = self.ask(method, path, body, port=port)
        return status, json.loads(said)

    def form(self, path, port="runner", **fields):
        """Send a form as released clients do: every part has a file name."""
        written = io.BytesIO()
        for name, value in fields.items():
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
            written.write(head.encode() + value + b"\r\n")
        written.write(f"--{BOUNDARY}--\r\n".encode())
        status, _, said = self.ask("POST", path, written.getvalue(), TYPE, port)
        return status, json.loads(said)


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    one = Box(tmp_path_factory.mktemp("home"), "--allow-legacy-clients")
    yield one
    one.stop()


def test_health_hello_version(box):
    expected = {"status": "healthy", "service": "lager-python-box", "version": "1.0.0"}
    status, headers, body = box.ask("GET", "/health")
    assert (status, json.loads(body)) == (200, expected)
    assert body.startswith(b'{\n  "status"')
    assert ("content-type", "application/json") in [(name.lower(), value) for name, value in headers]
    assert box.ask("GET", "/hello")[2] == b"Hello, world! Your box is connected.\n"
    assert box.ask("GET", "/version")[2] == b"lager-python-box 1.0.0\n"


def test_the_version_is_the_level_it_serves_and_its_own_beside_it(box):
    told = {"box_version": "0.55.0", "updater_version": __version__, "raw": f"0.55.0|{__version__}"}
    assert box.json("GET", "/cli-version") == (200, told)


def test_an_unknown_path_is_not_found_as_they_know_it(box):
    known = {"Authorization": f"Bearer {box.token}"}
    status, _, body = box.ask("GET", "/nowhere", headers=known)
    said = json.loads(body)
    assert (status, said["error"], said["status"], said["code"]) == (404, "Not found", "error", "usage")
    status, _, body = box.ask("GET", "/nowhere", headers=known, port="http")
    said = json.loads(body)
    assert (status, said["error"], said["message"]) == (404, "Not found", "The requested endpoint does not exist")


def test_status_and_the_nets_of_both_ports(box):
    short = [
        {"name": "supply1", "type": "PowerSupply"}, {"name": "battery1", "type": "Battery"},
    ]  # fmt: skip
    for port in ("runner", "http"):
        status, told = box.json("GET", "/status", port=port)
        assert (status, told["healthy"], told["version"], told["nets"][:2]) == (200, True, "0.55.0", short)
        status, nets = box.json("GET", "/nets/list", port=port)
        first = nets[0]
        assert (first["name"], first["role"], first["instrument"]) == ("supply1", "power-supply", "Keithley_2281S")
        assert first["mappings"] == [{"net": "supply1", "pin": "1", "location": None, "device_override": None}]
        assert first["scope_points"] == [["1", "1"]]
        assert first["address"].startswith("USB0::0x05E6::0x2281::")
        plugged = box.json("GET", "/instruments/list", port=port)[1]
        assert {"Keithley_2281S"} <= {one["name"] for one in plugged}
        assert all(isinstance(one["channels"], dict) and one["address"] for one in plugged)
    able = box.json("GET", "/status", port="http")[1]["capabilities"]
    assert (able["netCommand"], able["binaries"], able["bleCommand"]) == (True, True, False)
    assert "adc" in able["netCommandRoles"]


def test_a_net_is_saved_and_deleted_on_5000(box):
    record = {"name": "rail", "role": "power-supply", "instrument": "Keithley_2281S", "pin": "1", "tags": ["x"]}
    record["address"] = next(one for one in box.json("GET", "/nets/list")[1] if one["name"] == "supply1")["address"]
    assert box.json("PUT", "/nets/rail", record) == (200, {"ok": True})
    kept = next(one for one in box.json("GET", "/nets/list", port="http")[1] if one["name"] == "rail")
    assert (kept["tags"], kept["mappings"][0]["net"]) == (["x"], "rail")
    assert kept["via"].startswith("usbip://")  # how it is reached, which they know nothing of
    assert box.json("PUT", "/nets/rail", {**record, "name": "x", "pin": ["1"]})[0] == 400
    assert box.json("PUT", "/nets/rail", {**record, "name": "rail 2"}) == (200, {"ok": True})  # so they rename
    assert box.json("PUT", "/nets/rail%202", record) == (200, {"ok": True})
    assert box.json("DELETE", "/nets/rail?role=adc")[1]["error"] == "Net not found"
    assert box.json("DELETE", "/nets/rail?role=power-supply") == (200, {"ok": True})
    status, said = box.json("DELETE", "/nets/rail?role=power-supply")
    assert (status, said["error"], said["status"]) == (404, "Net not found", "error")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "name, role, and instrument are required"),
        ({"name": "rail", "role": "", "instrument": "x"}, "name, role, and instrument are required"),
        ([1], "Invalid JSON body"),
        ("{", "Invalid JSON body"),
        ({"name": "other", "role": "adc", "instrument": "LabJack_T7"}, "the record is of 'other'"),
    ],
)
def test_what_is_no_net_is_not_saved(box, body, why):
    before = box.json("GET", "/nets/list")
    status, said = box.json("PUT", "/nets/rail", body)
    assert (status, said["status"]) == (400, "error")
    assert said["error"].startswith(why)
    assert box.json("GET", "/nets/list") == before


def test_there_is_no_serial_port_and_nothing_to_let_go(box):
    assert box.json("GET", "/uart/nets/list", port="http") == (200, {"nets": []})
    assert box.json("POST", "/cache/release_direct_usb", port="hardware") == (200, {"released": []})


def test_the_lock_and_whether_scripts_run(box):
    assert box.json("GET", "/lock") == (200, {"locked": False, "busy": False})
    assert box.json("GET", "/lock", port="http") == (200, {"locked": False})
    assert box.json("POST", "/lock", {})[1]["error"] == "user is required"
    status, lock = box.json("POST", "/lock", {"user": "ada"})
    assert (status, lock["user"], lock["holder_type"], lock["ttl_seconds"], lock["busy"]) == (
        200, "ada", "user", None, False,
    )  # fmt: skip
    try:
        assert box.json("POST", "/lock", {"user": "ada"}, port="http")[0] == 200
        status, refused = box.json("POST", "/lock", {"user": "bob"}, port="http")
        assert (status, refused["error"], refused["lock"]["user"]) == (409, "Box is locked by ada", "ada")
        assert box.json("POST", "/unlock", {"user": "bob"})[0] == 403
        assert box.json("POST", "/lock/heartbeat", {"user": "bob"}, port="http")[0] == 403
        assert box.json("POST", "/lock/heartbeat", {"user": "ada"}, port="http")[0] == 200
    finally:
        free = {"locked": False, "message": "Box unlocked", "busy": False}
        assert box.json("POST", "/unlock", {"user": "bob", "force": True}) == (200, free)
    assert box.json("POST", "/unlock", {"user": "ada"}, port="http")[1]["message"] == "Box is already unlocked"
    assert box.json("POST", "/lock/heartbeat", {"user": "ada"})[1]["error"] == "Box is not locked"


def test_the_lock_holds_off_who_has_the_token_and_is_looked_at_by_who_has_none(box):
    box.json("POST", "/lock", {"user": "ada"})
    record = {
        "name": "rail",
        "role": "adc",
        "instrument": "LabJack_T7",
        "pin": "AIN0",
        "address": "modbus-tcp://127.0.0.1",
    }
    known = {"Authorization": f"Bearer {box.token}"}
    try:
        for path in ("/nets/rail", "/binaries/remove", "/pip"):
            method = "PUT" if path.startswith("/nets") else "POST"
            status, _, said = box.ask(method, path, record, known)
            assert (status, json.loads(said)["code"]) == (409, "box-locked"), path
        assert box.ask("PUT", "/nets/rail?holder=ada", record, known)[0] == 200
        assert box.ask("DELETE", "/nets/rail")[0] == 200
    finally:
        box.json("POST", "/unlock", {"force": True})


def test_the_stream_to_try_the_connection(box):
    status, headers, body = box.ask("GET", "/test-stream")
    said = {name.lower(): value for name, value in headers}
    assert (status, said["lager-output-version"], said["content-type"].split(";")[0]) == (200, "1", "text/plain")
    assert body == b"1 12 Hello world\n- 1 0"


def test_without_a_token_nothing_is_asked_but_what_has_a_net(box):
    """It is a GET, which a web page can send: it must not make the box connect to whatever that page names."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        path = f"/diagnose/visa?address=TCPIP0::127.0.0.1::{elsewhere.getsockname()[1]}::SOCKET"
        status, said = box.json("GET", path, port="http")
        assert (status, said["error"]) == (400, "no net of this bench has that address")
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/ble/command", "Bluetooth"),
        ("/blufi/command", "Bluetooth"),
        ("/wifi/command", "Wi-Fi"),
        ("/usb/command", "USB"),
    ],
)
def test_what_no_box_of_ours_has_is_said_so(box, path, what):
    status, said = box.json("POST", path, {"action": "scan", "params": {}}, "http")
    assert status == 404
    assert re.fullmatch(f"this box does not serve {what}.*", said["error"])


both_ports = pytest.mark.parametrize("port", ["runner", "http"])


@both_ports
def test_a_program_is_put_on_the_box_run_by_a_script_and_removed(box, port):
    program = b"#!/bin/sh\necho from the program: $1\n"
    status, added = box.form("/binaries/add", port, name=b"say", binary=program)
    path = str(box.state / "binaries" / "say")
    expected = {"success": True, "name": "say", "path": path, "size": len(program), "restart_required": False}
    assert (status, added) == (200, expected)
    listed = box.json("GET", "/binaries/list", port=port)[1]
    assert listed["binaries"] == [{"name": "say", "size": len(program), "executable": True}]
    assert (listed["host_path"], listed["container_path"], listed["mounted"]) == (str(Path(path).parent),) * 2 + (True,)
    script = b"from lager.binaries import run_custom_binary as run; print(run('say', 'hi').stdout, end='')"
    assert box.follow(box.put(script))[0] == b"from the program: hi\n"
    assert box.form("/binaries/add", port, binary=b"#!/bin/sh\necho new \xff\n", name=b"say")[1]["size"] == 21
    assert (box.state / "binaries" / "say").read_bytes() == b"#!/bin/sh\necho new \xff\n"
    assert box.json("POST", "/binaries/remove", {"name": "say"}, port)[1]["success"]
    status, said = box.json("POST", "/binaries/remove", {"name": "say"}, port)
    assert (status, said["error"], said["code"]) == (404, "Binary not found: say", "file-not-there")
    assert box.json("GET", "/binaries/list", port=port)[1]["binaries"] == []


@both_ports
@pytest.mark.parametrize(
    "name", ["../token", "/etc/x", ".", "..", ".hidden", "a" * 101, "\u20ac" * 34, "a/b", "a\nb", "a\0b"]
)
def test_no_program_leaves_its_folder(box, name, port):
    folder = box.state / "binaries"
    folder.mkdir(exist_ok=True)
    before = {*os.listdir(box.state), *os.listdir(folder)}
    assert box.form("/binaries/add", port, name=name.encode(), binary=b"x")[0] == 400
    assert box.json("POST", "/binaries/remove", {"name": name}, port)[0] == 400
    assert {*os.listdir(box.state), *os.listdir(folder)} == before


@both_ports
def test_what_scripts_have_left_among_the_programs_is_no_defect(box, port):
    odd = box.state / "binaries" / os.fsdecode(b"no \xff text")
    odd.parent.mkdir(exist_ok=True)
    odd.write_text("x")
    listed = box.json("GET", "/binaries/list", port=port)[1]["binaries"]
    odd.unlink()
    assert {"name": "no \ufffd text", "size": 1, "executable": False} in listed
    odd.with_name("cache").mkdir(exist_ok=True)
    refused = [box.form("/binaries/add", port, name=b"cache", binary=b"x")]
    refused.append(box.json("POST", "/binaries/remove", {"name": "cache"}, port))
    for _, said in refused:
        assert (said["code"], "is a directory" in said["what"]) == ("error", True)


@both_ports
def test_a_program_that_is_none_is_refused(box, port):
    assert box.form("/binaries/add", port, name=b"x")[1]["error"] == "binary is required"
    assert box.form("/binaries/add", port, name=b"\x00\xff", binary=b"x")[0] == 400
    cut_off = b"--a1b2\r\nContent-"
    assert box.ask("POST", "/binaries/add", cut_off, TYPE, port)[0] == 400
    for kind in ("multipart/form-data", "multipart/form-data; boundary=" + "x" * 200, "application/json", "é"):
        status, _, said = box.ask("POST", "/binaries/add", cut_off, {"Content-Type": kind.encode("latin-1")}, port)
        assert (status, json.loads(said)["code"]) == (400, "usage"), kind
    assert box.json("POST", "/binaries/remove", "[", port)[0] == 400
    assert box.json("POST", "/binaries/remove", {"name": 3}, port)[0] == 400


def test_pip_streams_what_it_says_and_how_it_ended(box):
    status, headers, body = box.ask("POST", "/pip", {"args": ["--version"]})
    assert (status, dict(headers)["lager-output-version"]) == (200, "1")
    assert body.startswith(b"1 ")
    assert b" pip " in body
    assert body.endswith(b"- 1 0")
    assert box.ask("POST", "/pip", {"args": ["nothing-of-pip"]})[2].endswith(b"- 1 1")
    assert box.json("POST", "/pip", {"args": "x"})[0] == 400
    assert box.json("POST", "/pip", {"args": ["a\0b"]})[0] == 400


def test_pip_ends_with_its_client_and_cleans_up(box):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # an index that never answers
        silent.settimeout(PATIENCE)
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        connection = http.client.HTTPConnection("127.0.0.1", box.info.runner, timeout=PATIENCE)
        temporary = box.state / "temporary"
        temporary.mkdir()
        words = ["download", "--index-url", index, "--log", str(temporary / "log"), "nothing"]
        connection.request("POST", "/pip", json.dumps({"args": words}))
        asked, _ = silent.accept()
        with asked:
            assert asked.recv(100)
            mine = [one for one in psutil.process_iter(["cmdline"]) if index in (one.info["cmdline"] or ())]
            assert len(mine) == 1
            connection.close()
            assert psutil.wait_procs(mine, timeout=PATIENCE)[1] == []
    assert "Operation cancelled by user" in (temporary / "log").read_text()


def test_pip_is_refused_where_it_can_change_nothing(tmp_path):
    locked = tmp_path / "gone"
    with pytest.raises(piproutes.errors.NotProcessed, match="cannot be changed") as refused:
        piproutes.refuse(["install", "numpy"], str(locked))
    assert refused.value.http_status == 422
    assert "requirements.txt" in refused.value.hint
    piproutes.refuse(["list"], str(locked))
    piproutes.refuse(["install", "--target", "/tmp/x", "numpy"], str(locked))
    piproutes.refuse(["install", "numpy"], str(tmp_path))

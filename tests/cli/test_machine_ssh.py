"""Getting to a machine by ssh: what is said when that fails, and a connection that works, to a real sshd."""

import contextlib
import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lager import errors
from lager_cli.machine import sshtroubles, steps
from lager_cli.machine.ssh import linked
from lager_cli.machine.target import Target

SSHD = shutil.which("sshd") or (shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") or "")
needs_sshd = pytest.mark.skipif(not SSHD, reason="no sshd here (Debian: apt install openssh-server)")
ME = getpass.getuser()


def keygen(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)


class Server:
    """An sshd of one user on a port of its own, and what an ssh must know to get in."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("host", "key", "other"):
            keygen(folder / name)
        shutil.copy(folder / "key.pub", folder / "authorized")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPidFile none\n"
            "PermitRootLogin yes\n"
        )
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd locks itself up
        self.process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=subprocess.PIPE, text=True
        )
        said = ""
        while "Server listening" not in said:
            said = self.process.stderr.readline()
            assert said, "sshd did not start"
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.knows((folder / "host.pub").read_text())

    def knows(self, key):
        name = f"[127.0.0.1]:{self.port}"
        (self.folder / "known").write_text(f"{name} {' '.join(key.split()[:2])}\n" if key else "")

    def ssh(self, key="key"):
        """Give the client that gets in."""
        (self.folder / "config").write_text(
            f"Host *\n IdentityFile {self.folder / key}\n IdentitiesOnly yes\n IdentityAgent none\n"
            f" UserKnownHostsFile {self.folder / 'known'}\n GlobalKnownHostsFile /dev/null\n"
        )
        return f"ssh -F {self.folder / 'config'}"

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = Server(tmp_path_factory.mktemp("sshd"))
    yield one
    one.close()


@pytest.fixture
def way(server, monkeypatch):
    """The way to it, which is open."""
    server.knows((server.folder / "host.pub").read_text())
    monkeypatch.setenv("LAGER_SSH", server.ssh())
    return Target("127.0.0.1", ME, server.port)


@needs_sshd
def test_one_connection_for_all_commands(way):
    with linked(way) as link:
        done = link.run("echo out; echo err >&2; exit 7")
        assert (done.status, done.out, done.err) == (7, "out\n", "err\n")
        first = link.run("echo $SSH_CONNECTION").out
        assert link.run("echo $SSH_CONNECTION").out == first
        folder = Path(next(one for one in link._words if one.startswith("ControlPath=")).partition("=")[2]).parent
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


@needs_sshd
def test_what_a_command_reads(way, tmp_path):
    content = os.urandom(3_000_000)
    (tmp_path / "big").write_bytes(content)
    with linked(way) as link:
        with (tmp_path / "big").open("rb") as sent:
            assert link.run("read first; echo $first; wc -c", b"secret\n", sent).out.split() == ["secret", "3000000"]
        with (tmp_path / "big").open("rb") as sent:
            assert link.run("exit 3", b"", sent).status == 3, "what nobody reads is no trouble"
        heard = []
        link.run("printf 'a\\nb\\xff\\nc'", heard=heard.append)
        assert heard == ["a", "b\N{REPLACEMENT CHARACTER}", "c"]


@needs_sshd
def test_a_connection_that_breaks_off(way):
    with linked(way) as link:
        pid = int(link.run("echo $PPID").out)
        with pytest.raises(errors.ServiceUnreachable, match=f"the connection to {ME}@127.0.0.1 port") as caught:
            link.run(f"kill -9 {pid}; sleep 30")
    assert caught.value.hint.endswith("nothing that was done is undone, and it goes on from there")


@needs_sshd
def test_not_let_in(way, server, monkeypatch):
    monkeypatch.setenv("LAGER_SSH", server.ssh("other"))
    with pytest.raises(errors.LoginRefused) as caught, linked(way):
        pass
    shown = f"{ME}@127.0.0.1 port {way.port}"
    assert caught.value.what == f"{shown} does not let you in: Permission denied (publickey)"
    assert f"`ssh -p {way.port} -l {ME} 127.0.0.1` tries it by hand" in caught.value.hint


@needs_sshd
def test_a_host_key_that_is_unknown_or_another(way, server):
    server.knows("")
    with pytest.raises(errors.BoxNotTrusted, match=r"ssh does not know the host key of 127\.0\.0\.1"), linked(way):
        pass
    server.knows((server.folder / "other.pub").read_text())
    with pytest.raises(errors.BoxNotTrusted, match="shows another host key than the one") as caught, linked(way):
        pass
    assert f"ssh-keygen -R '[127.0.0.1]:{way.port}'" in caught.value.hint
    server.knows("")
    with linked(Target("127.0.0.1", ME, way.port, trusting=True)) as link:
        assert link.run("true").status == 0
    assert (server.folder / "known").read_text() != ""


@needs_sshd
def test_lager_ssh(way, folder):
    saved = {"ip": "127.0.0.1", "user": ME, "ssh_port": way.port}
    (folder / ".lager").write_text(json.dumps({"BOXES": {"bench7": saved}}))

    def lager(*words):
        command = [Path(sys.executable).with_name("lager"), "ssh", "--box", "bench7", *words]
        done = subprocess.run(command, input="typed\n", capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    assert lager("--", "echo", "to $((6*7)); cat;", "exit", "9") == (9, "to 42\ntyped\n", "")
    assert lager("--", "exit 255") == (255, "", ""), "a status of its own, also where it is that of ssh"
    assert lager("--user", "no-such-user", "--", "true")[0] == 255
    refused = lager("--ssh-port", "1")
    assert refused[0] == 5
    assert refused[2].splitlines()[-2:] == [
        "Error: 127.0.0.1 port 1 refused the connection: no ssh server listens there.",
        "Try: install it there (Debian: apt install openssh-server), or name its port with --ssh-port.",
    ]


@needs_sshd
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_ended_leaves_nothing_behind(way, number):
    code = (
        "from lager_cli.machine.ssh import linked; from lager_cli.machine.target import Target\n"
        f"with linked(Target('127.0.0.1', {ME!r}, {way.port})) as link:\n"
        " print(next(one for one in link._words if one.startswith('ControlPath=')))\n"
        " link.run('echo begun; sleep 60', heard=print)"
    )
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True) as process:
        folder = Path(process.stdout.readline().strip().removeprefix("ControlPath=")).parent
        assert process.stdout.readline() == "begun\n"
        assert folder.is_dir()
        process.send_signal(number)
    assert process.returncode == 128 + number
    assert not folder.exists()


@contextlib.contextmanager
def listening(say):
    """Something at a port that is no ssh server."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            with contextlib.suppress(OSError):
                while True:
                    there, _ = server.accept()
                    there.sendall(say)
                    there.close()

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_no_ssh_server(monkeypatch):
    monkeypatch.setenv("LAGER_SSH", "ssh -F none")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(errors.ServiceUnreachable) as caught, linked(Target("127.0.0.1", port=port)):
            pass
    assert caught.value.what == f"127.0.0.1 port {port} refused the connection: no ssh server listens there"


def test_something_else_at_its_port(monkeypatch):
    monkeypatch.setenv("LAGER_SSH", "ssh -F none")
    with (
        listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port,
        pytest.raises(errors.ServiceUnreachable) as caught,
        linked(Target("127.0.0.1", port=port)),
    ):
        pass
    assert caught.value.what == f"127.0.0.1 port {port} takes connections, but no ssh server speaks there"


def test_no_such_host(monkeypatch):
    monkeypatch.setenv("LAGER_SSH", "ssh -F none")
    with pytest.raises(errors.ServiceUnreachable, match="there is no host 'no-such-host"):
        linked(Target("no-such-host.invalid")).__enter__()


def test_by_way_of_another_machine_the_network_here_is_not_to_blame(tmp_path, monkeypatch):
    (tmp_path / "config").write_text("Host *\n ProxyCommand false\n")
    monkeypatch.setenv("LAGER_SSH", f"ssh -F {tmp_path}/config")
    assert sshtroubles.network(Target("no-such-host.invalid")) is None


def test_no_client(monkeypatch):
    monkeypatch.setenv("LAGER_SSH", "no-such-ssh")
    with pytest.raises(errors.UsageError, match="there is no no-such-ssh on this machine"), linked(Target("x")):
        pass


@needs_sshd
def test_ctrl_c_while_a_command_runs(way):
    with linked(way) as link:
        with pytest.raises(KeyboardInterrupt):
            link.run("echo begun; sleep 60", heard=lambda _: os.kill(os.getpid(), signal.SIGINT))
        assert link.run("echo still here").out == "still here\n"


OVERHEARD = """\
import signal, sys
from lager_cli.machine.ssh import linked; from lager_cli.machine.target import Target
if sys.argv[4:]: signal.signal(signal.SIGINT, signal.SIG_IGN)
with linked(Target("127.0.0.1", sys.argv[1], int(sys.argv[2]))) as link:
    link.run(f"echo begun; cat {sys.argv[3]}", heard=lambda line: print(line, flush=True))
"""


@needs_sshd
@pytest.mark.parametrize("ignoring", [(), ("ignoring",)], ids=["", "ignoring"])
def test_ctrl_c_is_for_who_started_ssh_to_judge(way, tmp_path, ignoring):
    os.mkfifo(tmp_path / "more")
    words = [sys.executable, "-c", OVERHEARD, ME, str(way.port), tmp_path / "more", *ignoring]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, start_new_session=True, **pipes) as process:
        assert process.stdout.readline() == "begun\n"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: everybody hears it
        (tmp_path / "more").write_text("and more\n")
        out, err = process.communicate(timeout=60)
    if ignoring:
        assert (process.returncode, out, err) == (0, "and more\n", "")
    else:
        assert process.returncode == -signal.SIGINT, "the default of a Python that is interrupted"
        assert err.endswith("KeyboardInterrupt\n")


def test_what_was_left_on_a_machine_by_force_is_removed_after_a_day(tmp_path):
    old, new, other = (tmp_path / name for name in ("lager-setup.old", "lager-setup.new", "another"))
    for one in (old, new, other):
        one.mkdir()
        (one / "onbox.pyz").touch()
        os.utime(one, None if one is new else (0, 0))
    env = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(["sh", "-c", steps._CARRY], input=b"program", env=env, capture_output=True, check=True)
    made = Path(done.stdout.decode().strip())
    assert set(tmp_path.iterdir()) == {new, other, made}
    assert (made / "onbox.pyz").read_bytes() == b"program"
    assert made.stat().st_mode & 0o777 == 0o700

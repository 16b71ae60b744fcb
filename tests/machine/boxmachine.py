"""A machine of its own to make a box of: Debian with systemd and sshd, booted by systemd-nspawn in a network namespace.

Its disk is an overlay of the root that `provide.sh` made, and of what other machines left in their layers; it knows one
network, a cable to this machine, and no way to the internet. By hand: `python tests/machine/boxmachine.py --help`.
"""

import argparse
import contextlib
import itertools
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
BOOTED_WITHIN = 60.0
STOPPED_WITHIN = 30.0
PREFIX = "lager-box"
# Where the control groups are: of the first version, and of the second.
CGROUPS = tuple(Path("/sys/fs/cgroup", name) for name in ("systemd", "unified", ""))
# What of this machine's environment does not belong in another machine.
KEPT = ("PATH", "HOME", "LANG", "TERM")


def call(*words, **options):
    """Run a program; give what it said, or raise with it."""
    ended = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    if ended.returncode:
        raise RuntimeError(f"{shlex.join(map(str, words))}: {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def provide():
    """Give the folder of the machine that all others are layers on; made first where there is none."""
    made = subprocess.run(["bash", HERE / "provide.sh"], stdout=subprocess.PIPE, text=True, check=True)
    return Path(made.stdout.strip())


class Cable:
    """A network namespace, and the cable between it and this machine: 10.211.N.1 here, 10.211.N.2 there."""

    def __init__(self):
        for number in itertools.count(1):
            self.name, self._end = f"{PREFIX}-{number}", f"lgr{number}"
            made = subprocess.run(["ip", "netns", "add", self.name], capture_output=True, check=False)
            if made.returncode == 0:  # the name is the lock: two never get the same
                try:
                    call("ip", "link", "add", self._end, "type", "veth", "peer", "name", "host0", "netns", self.name)
                    break
                except RuntimeError:  # a machine that was killed has that cable still, though its name is free
                    call("ip", "netns", "del", self.name)
                    if number > 250:
                        raise
            elif number > 250:
                raise RuntimeError("no free network namespace: `ip netns`")
        self.here, self.address = f"10.211.{number}.1", f"10.211.{number}.2"
        call("ip", "addr", "add", f"{self.here}/30", "dev", self._end)
        call("ip", "link", "set", self._end, "up")
        call("ip", "-n", self.name, "addr", "add", f"{self.address}/30", "dev", "host0")
        call("ip", "-n", self.name, "link", "set", "host0", "up")
        call("ip", "-n", self.name, "link", "set", "lo", "up")

    def plug(self, plugged):
        """Plug the cable in, or pull it."""
        call("ip", "link", "set", self._end, "up" if plugged else "down")

    def close(self):
        call("ip", "link", "del", self._end)  # at once: the namespace lives as long as a process in it
        call("ip", "netns", "del", self.name)


class Disk:
    """A root that can be written to: what it is made of, `layers` over the provided one, stays as it is."""

    def __init__(self, folder, provided, layers=()):
        self.root, self.upper = folder / "root", folder / "upper"
        for name in ("root", "upper", "work"):
            (folder / name).mkdir(parents=True)
        lower = ":".join(str(layer) for layer in (*layers, provided / "root"))
        # A disk has no layers: there, a folder that came with the machine can be renamed.
        options = f"lowerdir={lower},upperdir={self.upper},workdir={folder / 'work'},redirect_dir=on"
        call("mount", "-t", "overlay", "overlay", "-o", options, self.root)

    def close(self):
        call("umount", self.root)


class Machine:
    """One machine, from its first boot until it is switched off."""

    def __init__(self, folder, layers=()):
        """Boot it. `layers` are the `layer`s of machines that were switched off before."""
        self.folder, self.provided = Path(folder), provide()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._undo = []
        try:
            self.cable = self._kept(Cable())
            self._disk = self._kept(Disk(self.folder / "disk", self.provided, layers))
            self._boot()
        except BaseException:
            self.close()
            raise

    def _kept(self, what):
        self._undo.append(what.close)
        return what

    @property
    def address(self):
        return self.cable.address

    @property
    def root(self):
        """Its files, as this machine sees them."""
        return self._disk.root

    @property
    def layer(self):
        """What it has written to its disk, for another machine to begin with."""
        return self._disk.upper

    def _boot(self):
        """Start it, and wait until its systemd says that all is up."""
        told = self.folder / "notify"
        log = (self.folder / "console").open("ab")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, log:
            told.unlink(missing_ok=True)
            ready.bind(str(told))
            ready.settimeout(BOOTED_WITHIN)
            words = [
                "setpriv",
                "--pdeathsig",
                "KILL",
                "systemd-nspawn",
                "--quiet",
                "-D",
                self.root,
                "--boot",
                "--register=no",
                "--keep-unit",
            ]
            words += [f"--network-namespace-path=/run/netns/{self.cable.name}", f"--machine={self.cable.name}"]
            words += [
                "--register=no",
                "--keep-unit",
                "--notify-ready=yes",
                "--console=pipe",
                "--resolv-conf=off",
                "--timezone=off",
            ]
            self._nspawn = subprocess.Popen(
                self._in_a_cgroup_of_its_own() + [str(word) for word in words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={name: os.environ[name] for name in KEPT if name in os.environ} | {"NOTIFY_SOCKET": str(told)},
                start_new_session=True,
            )
            self._undo.append(self._switch_off)
            said = []
            while "READY=1" not in said:
                said += self._hear(ready).split("\n")
            (self.leader,) = (int(line[20:]) for line in said if line.startswith("X_NSPAWN_LEADER_PID="))

    def _hear(self, ready):
        try:
            return ready.recv(4096).decode()
        except TimeoutError:
            raise RuntimeError(f"the machine did not boot:\n{(self.folder / 'console').read_text()}") from None

    def _in_a_cgroup_of_its_own(self):
        """Give the words that put a program into a cgroup that no other machine is in."""
        hierarchies = shlex.join(str(one) for one in CGROUPS if (one / "cgroup.procs").exists())
        script = f'for at in {hierarchies}; do mkdir -p "$at/$0" && echo $$ >"$at/$0/cgroup.procs"; done; exec "$@"'
        return ["sh", "-c", script, self.cable.name]

    def inside(self, *words):
        """Give the words that run a program in the machine, as root, past its sshd."""
        return ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "--", *words]

    def run(self, script, **options):
        """Run a script of `sh` in the machine, as root; give what it printed, or raise."""
        return call(*self.inside("sh", "-c", script), **options)

    @property
    def host_key(self):
        """The line of `known_hosts` for it."""
        key = (self.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text()
        return f"{self.address} {' '.join(key.split()[:2])}\n"

    def ssh_options(self):
        """Give the words that let OpenSSH in: the key, and the machine's own host key known."""
        known = self.folder / "known_hosts"
        known.write_text(self.host_key)
        said = {"IdentitiesOnly": "yes", "UserKnownHostsFile": known, "GlobalKnownHostsFile": "/dev/null"}
        return ["-F", "none", "-i", self.provided / "key"] + [f"-o{name}={value}" for name, value in said.items()]

    def _switch_off(self):
        if self._nspawn.poll() is None:
            self._nspawn.send_signal(signal.SIGTERM)  # an orderly power off
            try:
                self._nspawn.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                self._nspawn.kill()
                self._nspawn.wait()
        for hierarchy in CGROUPS:
            for folder, _, _ in os.walk(hierarchy / self.cable.name, topdown=False):
                with contextlib.suppress(OSError):  # what is still ending keeps its group; it disturbs nobody
                    os.rmdir(folder)

    def close(self):
        """Switch it off; what it has written stays in its layer."""
        while self._undo:
            self._undo.pop()()


def by_hand():
    """Boot a machine, say how one gets in, and switch it off at Ctrl-C."""
    parser = argparse.ArgumentParser(description=by_hand.__doc__)
    parser.add_argument("folder", nargs="?", help="where its disk is kept (a new folder; default: one that is removed)")
    wanted = parser.parse_args()
    folder = Path(wanted.folder or tempfile.mkdtemp(prefix="lager-box-"))
    machine = Machine(folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        print("address:", machine.address)
        print("key:    ", machine.provided / "key", "(root, admin, ops, guest; passwords: bench-NAME)")
        print("files:  ", machine.root)
        print("ssh:    ", shlex.join(["ssh", *map(str, machine.ssh_options()), f"root@{machine.address}"]))
        print("shell:  ", shlex.join(machine.inside("bash")))
        print("Ctrl-C switches it off.", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        print()
    finally:
        machine.close()
        if not wanted.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    by_hand()

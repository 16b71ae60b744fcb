"""What a machine is, before anything is done to it: asked with a shell alone, since there may be no Python. Pure.

`SCRIPT` is sent to `sh`, and writes a fact a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lager import errors
from lager_cli.machine.wheels import Python

OLDEST = (3, 10)
LEAST_ROOM = 400  # MiB: the product with all it needs, while it is unpacked
_DEBIANS = "Debian 12 or newer, Ubuntu 22.04 or newer, or Raspberry Pi OS (64 bit)"
_PROCESSORS = ("x86_64", "aarch64")
SCRIPT = """
LC_ALL=C; export LC_ALL
say() { printf '%s=%s\\n' "$1" "$2"; }
say begin lager
say kernel "$(uname -s)"
say machine "$(uname -m)"
say host "$(uname -n)"
say uid "$(id -u)"
say user "$(id -un)"
( . /etc/os-release && say id "$ID" && say like "$ID_LIKE" && say system "$PRETTY_NAME" ) 2>/dev/null
say libc "$(getconf GNU_LIBC_VERSION 2>/dev/null)"
say sudo "$(command -v sudo)"
[ -d /run/systemd/system ] && say systemd yes
[ -d /opt/lager/versions ] && say begun yes
place=/opt; [ -d $place ] || place=/
say room "$(df -Pk $place 2>/dev/null | awk 'NR == 2 { print $4 }')"
tell='import platform, sysconfig as s; print(platform.python_version(), s.get_platform())'
for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    path=$(command -v $name) || continue
    version=$("$path" -I -c "$tell" 2>/dev/null)
    say python "$path $version"
done
say end lager
"""


@dataclass(frozen=True)
class Facts:
    """What is known of a machine; a text is empty, and a number 0, where it could not be found out.

    Attributes:
        kernel: `Linux`, or another.
        machine: Its processor.
        host: What it calls itself.
        uid: Number of the user there.
        user: Name of that user.
        family: What its system calls itself, and what that is like.
        system: Its system, in words.
        libc: Version of glibc.
        sudo: Where sudo is.
        systemd: Whether systemd runs it.
        begun: Whether versions of the product are there, or were being put there.
        room: What is free for programs, in MiB.
        pythons: Each Python: where it is, its version, its platform.
    """

    kernel: str = ""
    machine: str = ""
    host: str = ""
    uid: int = -1
    user: str = ""
    family: frozenset[str] = frozenset()
    system: str = ""
    libc: str = ""
    sudo: str = ""
    systemd: bool = False
    begun: bool = False
    room: int = 0
    pythons: tuple[tuple[str, str, str], ...] = ()

    @property
    def python(self) -> tuple[str, str, str] | None:
        """Get the first Python that will do; one in somebody's home will not, since the box does not see homes.

        The system's own goes before others, which may be somebody's to change: root runs it, too.
        """
        good = [one for one in self.pythons if _numbers(one[1]) >= OLDEST]
        here = [one for one in good if not one[0].startswith(("/home/", "/root/"))]
        return min(here, key=lambda one: not one[0].startswith("/usr/bin/"), default=None)

    @property
    def words(self) -> str:
        """Get it in a line."""
        python = self.python
        named = f"Python {python[1]}" if python else "no Python"
        return f"{self.system or self.kernel}, {self.machine}, {named}, {self.room / 1024:.1f} GiB free"


def read(text: str) -> Facts:
    """Understand what the script wrote.

    Raises:
        MachineUnfit: It did not run to its end.
    """
    lines = [line.partition("=")[::2] for line in text.splitlines() if "=" in line]
    known = dict(lines)
    if known.get("begin") != "lager" or known.get("end") != "lager":
        said = text.strip().splitlines()
        raise errors.MachineUnfit(
            f"the machine runs no shell as one expects: {said[-1] if said else 'it says nothing'}",
            "see that its user may run commands over ssh, and that its login says nothing by itself",
        )
    pythons = [tuple(value.split()) for name, value in lines if name == "python"]
    return Facts(
        kernel=known.get("kernel", ""),
        machine=known.get("machine", ""),
        host=known.get("host", ""),
        uid=_whole(known.get("uid", ""), -1),
        user=known.get("user", ""),
        family=frozenset(f"{known.get('id', '')} {known.get('like', '')}".split()),
        system=known.get("system", ""),
        libc=known.get("libc", "").rpartition(" ")[2],
        sudo=known.get("sudo", ""),
        systemd="systemd" in known,
        begun="begun" in known,
        room=_whole(known.get("room", ""), 0) // 1024,
        pythons=tuple((one[0], one[1], one[2]) for one in pythons if len(one) == 3),
    )


def check(facts: Facts, *, fresh: bool) -> tuple[str, Python]:
    """See that a machine can be a box; give where its Python is, and which it is.

    Args:
        facts: What is known of it.
        fresh: Whether something is going to be installed on it.

    Raises:
        MachineUnfit: It cannot, and why.
    """
    trouble = (_system(facts) or _room(facts)) if fresh else None
    trouble = trouble or _python(facts)
    if trouble:
        raise errors.MachineUnfit(*trouble)
    found = facts.python
    assert found is not None
    path, version, platform = found
    return path, Python(version, platform.removeprefix("linux-").replace("-", "_"), facts.libc)


def _system(facts: Facts) -> tuple[str, str] | None:
    other = f"take a machine with {_DEBIANS}; or run a box in a container there: docs/box.md"
    if facts.kernel != "Linux":
        return f"{facts.host} is no Linux machine ({facts.kernel or 'unknown'}), and a box must be one", other
    if not facts.family & {"debian", "ubuntu", "raspbian"}:
        return (
            f"{facts.host} runs {facts.system or 'a system that does not say what it is'}, which is not Debian",
            other,
        )
    if not facts.systemd:
        return f"{facts.host} is not run by systemd, which keeps a box's services alive", other
    if not re.fullmatch(r"\d+\.\d+", facts.libc):
        return f"{facts.host} has no glibc, which the packages of a box are built for", other
    return None


def _room(facts: Facts) -> tuple[str, str] | None:
    if facts.begun or facts.room >= LEAST_ROOM:
        return None  # what a begun one still takes, its steps know
    return (
        f"{facts.host} has {facts.room} MiB free for programs (/opt), and a box takes {LEAST_ROOM}",
        "make room there (`sudo apt-get clean` and `sudo journalctl --vacuum-size=50M` often do), then run it again",
    )


def _python(facts: Facts) -> tuple[str, str] | None:
    found = facts.python
    if found is None:
        old = ", ".join(f"{path} is {version}" for path, version, _ in facts.pythons)
        return (
            f"{facts.host} has no Python {'.'.join(map(str, OLDEST))} or newer{f': {old}' if old else ''}",
            f"install a newer one beside it, or bring the machine to {_DEBIANS}"
            if old
            else "install it there: sudo apt-get install -y python3",
        )
    processor = found[2].removeprefix("linux-")
    if processor not in _PROCESSORS:
        return (
            f"{facts.host} has a Python for {processor}, and there are packages for {' and '.join(_PROCESSORS)} only",
            f"take a machine with {_DEBIANS}",
        )
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(one) for one in re.findall(r"\d+", version)[:2])


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() else otherwise

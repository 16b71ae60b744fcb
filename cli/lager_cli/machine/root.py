"""How to be root on a machine: as who logs in, by sudo as it stands, or by sudo and a password, asked for once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import IO

from lager import errors
from lager_cli.machine.probe import Facts
from lager_cli.machine.ssh import Done, Link
from lager_cli.machine.sshtroubles import last_line

_TRIES = 3
_ASKING = "sudo -n"
_TELLING = "env LC_ALL=C sudo -k -S -p ''"


class Root:
    """Runs commands as root.

    Args:
        link: To the machine.
        prefix: What a command stands behind.
        password: For sudo; empty where it wants none.
    """

    def __init__(self, link: Link, prefix: str = "", password: str = "") -> None:
        self.link = link
        self._prefix = prefix
        self._password = password

    def run(self, command: str, sent: IO[bytes] | None = None, heard: Callable[[str], None] | None = None) -> Done:
        """Run a command as root; the arguments are those of `Link.run`."""
        given = f"{self._password}\n".encode() if self._password else b""
        return self.link.run(f"{self._prefix} {command}".strip(), given, sent, heard)

    def over(self, link: Link) -> Root:
        """Give the same over another connection."""
        return Root(link, self._prefix, self._password)


def become(link: Link, facts: Facts) -> Root:
    """Find out how to be root there; a person is asked for the password where it takes one.

    Raises:
        LoginRefused: There is no way.
    """
    if facts.uid == 0:
        return Root(link)
    if not facts.sudo:
        raise errors.LoginRefused(
            f"{facts.user} is not root on {facts.host}, and there is no sudo", "log in as root: --user root"
        )
    if link.run(f"{_ASKING} true").status == 0:
        return Root(link, _ASKING)
    if sys.stdin is None or not sys.stdin.isatty():
        raise errors.LoginRefused(
            f"sudo on {facts.host} wants the password of {facts.user}, and nobody is here to type it",
            "run it at a terminal, log in as root (--user root), or let that user use sudo without a password",
        )
    return _asked(link, facts)


def _asked(link: Link, facts: Facts) -> Root:
    import getpass

    for _ in range(_TRIES):
        password = getpass.getpass(f"Password of {facts.user} on {facts.host}, for sudo: ", sys.stderr)
        done = link.run(f"{_TELLING} true", f"{password}\n".encode())
        if done.status == 0:
            return Root(link, _TELLING, password)
        if "not in the sudoers file" in done.err or "not allowed" in done.err or "may not run sudo" in done.err:
            raise errors.LoginRefused(
                f"{facts.user} may not use sudo on {facts.host}",
                f"log in as somebody who may (--user), or as root; or have root run: usermod -aG sudo {facts.user}",
            )
        print("That password was not taken.", file=sys.stderr)
    raise errors.LoginRefused(
        f"sudo on {facts.host} took no password of {facts.user}: {last_line(done.err)}",
        "see that the password is that user's own there, or log in as root (--user root)",
    )

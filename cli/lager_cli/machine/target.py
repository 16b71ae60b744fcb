"""Where ssh goes, as whom, and which client does it.

The user's own `~/.ssh/config`, keys and agent count. `LAGER_SSH` names another client, or options for it (`ssh -F F`).
"""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass

from lager import errors
from lager_cli.config import SavedBox

COMMAND = "LAGER_SSH"
_USUAL_PORT = 22


@dataclass(frozen=True)
class Target:
    """Where to go, and as whom; what is empty is left to the user's own configuration of ssh.

    Attributes:
        host: Address or name.
        user: Who to be there.
        port: Port of ssh; 0 for the usual one.
        identity: File of a private key.
        trusting: Take the key of a host that ssh does not know yet, without asking.
    """

    host: str
    user: str = ""
    port: int = 0
    identity: str = ""
    trusting: bool = False

    @property
    def shown(self) -> str:
        """Get what to call it."""
        who = f"{self.user}@{self.host}" if self.user else self.host
        return f"{who} port {self.port}" if self.port else who

    def is_of(self, box: SavedBox) -> bool:
        """Whether it is the machine of a box."""
        return self.host == box.ip and (self.port or _USUAL_PORT) == (box.ssh_port or _USUAL_PORT)

    @property
    def typed(self) -> str:
        """Get the command that goes there by hand."""
        return shlex.join(["ssh", *self.options, self.host])

    @property
    def options(self) -> list[str]:
        """Get what is said to ssh."""
        words = ["-p", str(self.port)] if self.port else []
        words += ["-l", self.user] if self.user else []
        words += ["-i", self.identity] if self.identity else []
        return [*words, "-o", "StrictHostKeyChecking=accept-new"] if self.trusting else words


def client() -> list[str]:
    """Give the words that start the client.

    Raises:
        UsageError: There is none on this machine.
    """
    try:
        words = shlex.split(os.environ.get(COMMAND, "")) or ["ssh"]
    except ValueError as exc:
        raise errors.UsageError(f"{COMMAND} cannot be understood: {exc}", "write it as for a shell") from exc
    if not shutil.which(words[0]):
        raise errors.UsageError(
            f"there is no {words[0]} on this machine", "install the OpenSSH client (Debian: apt install openssh-client)"
        )
    return words

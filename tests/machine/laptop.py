"""Somebody's laptop: a home of its own, `lager` in it, and an ssh that knows the machines it may go to."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "wholes"))
from terminal import Terminal

LAGER = Path(sys.executable).with_name("lager")
WITHIN = 240


class Laptop:
    """A user's home: commands run in it see no other configuration, key or box.

    Args:
        folder: Where it is.
        wheels: The user's cache, which others share: what boxes need of a package index is fetched once.
    """

    def __init__(self, folder, wheels):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._known = folder / "known_hosts"
        self._config = folder / "ssh_config"
        self._known.touch()
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("LAGER_")} | {
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(wheels),
            "LAGER_STATE_DIR": str(folder / "state"),
            "LAGER_CONFIG_FILE_DIR": str(folder),
            "LAGER_SSH": f"ssh -F {self._config}",
            "LAGER_USER": "alice",
            "TERM": "xterm",
            "NO_COLOR": "1",
            "PYTHONWARNINGS": "error",
        }
        self.terminals = []

    def knows(self, machine):
        """Let it into a machine: its key, and the machine's own."""
        with self._known.open("a") as known:
            known.write(machine.host_key)
        self._config.write_text(
            f"Host *\n IdentityFile {machine.provided / 'key'}\n IdentitiesOnly yes\n"
            f" UserKnownHostsFile {self._known}\n GlobalKnownHostsFile /dev/null\n"
        )

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def start(self, *words, env=(), program=LAGER, **more):
        """Start a command; its output is a pipe."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | more
        words = [str(program), *map(str, words)]
        return subprocess.Popen(words, cwd=self.folder, env=self.env | dict(env), text=True, **pipes)

    def lager(self, *words, env=(), **more):
        """Run a command to its end."""
        with self.start(*words, env=env, **{"stderr": subprocess.PIPE, **more}) as process:
            try:
                out, err = process.communicate(timeout=WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                raise AssertionError(f"lager {words} did not end:\n{out}{err}") from None
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def terminal(self, *words, env=()):
        one = Terminal([str(LAGER), *map(str, words)], self.folder, self.env | dict(env))
        self.terminals.append(one)
        return one

    def close(self):
        for one in self.terminals:
            one.close()

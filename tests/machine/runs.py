"""Runs that are alive on a box while something happens to it, and how they end."""

WAITING = """\
import os
os.mkfifo("go")
print("begun", flush=True)
with open("go") as word:
    print("heard", word.read().strip(), flush=True)
raise SystemExit(3)
"""
PAUSED = """\
import lager
number = 41
lager.pause()
print("number", number + 1, flush=True)
"""


class Alive:
    """A run that waits for a word, and one that is paused; both followed at a terminal that may lose its box."""

    def __init__(self, laptop, machine):
        self._laptop, self._machine = laptop, machine
        self.waiting = laptop.terminal("python", laptop.file("waiting.py", WAITING), "--box", "bench")
        self.waiting.expect("^begun$")
        self.paused = laptop.terminal("python", laptop.file("paused.py", PAUSED), "--box", "bench")
        self.paused_id = self.paused.expect(r"\(id (\S+)\)")[1]
        self.paused.expect("auto-resume in")

    def go_on(self):
        """Let both go on; give what they did, and their exit statuses."""
        self._machine.run('echo on >"$(find /var/lib/lager -name go -type p)"')
        resumed = self._laptop.lager("python", "--continue", self.paused_id, "--box", "bench")
        assert resumed.returncode == 0, resumed.stderr
        heard = self.waiting.expect("^heard (.*)$")[1]
        number = self.paused.expect(r"^number (\d+)$")[1]
        return heard, number, self.waiting.wait(), self.paused.wait()

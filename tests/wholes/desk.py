"""A console on a terminal, and somebody who sits at it."""

PROMPT = ">>>"
CTRL_C, CTRL_D, UP, F1 = "\x03", "\x04", "\x1b[A", "\x1bOP"


class Desk:
    """Somebody's console in a paused run: he types, and waits for what he sees."""

    def __init__(self, home, run, *words, user="alice", env=None):
        self.terminal = home.terminal("python", "--console", run, *words, env={"LAGER_USER": user} | (env or {}))
        self.terminal.expect(r"^Connected to interactive console \(Ctrl\+D to disconnect\)$")
        self.expect(PROMPT)

    @property
    def text(self):
        return self.terminal.text

    def type(self, keys):
        self.terminal.type(keys)

    def expect(self, pattern):
        return self.terminal.expect(pattern)

    def start(self, source, shown):
        """Enter a statement, of any number of lines, and wait until it has shown that."""
        self.type(f"\x1b[200~{source}\n\x1b[201~\r")
        return self.expect(shown)

    def run(self, source, shown):
        """Enter a statement, and wait until it has shown that and is over."""
        found = self.start(source, shown)
        self.expect(PROMPT)
        return found

    def stop(self):
        """Stop what runs, and wait until it has stopped."""
        self.type(CTRL_C)
        self.expect(r"^KeyboardInterrupt$")
        self.expect(PROMPT)

    def leave(self):
        self.type(CTRL_D)
        self.expect("Disconnected from console")
        assert self.terminal.wait() == 0

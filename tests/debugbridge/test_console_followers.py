"""Followers of consoles, on real scripts: they see what the others do, and do nothing."""

import socket

from lager import wire

SCRIPT = "from lager.breakpoint import pause\nn = 1\npause(timeout=0, interactive=True)\nprint(n)\n"


def ready(console):
    message = console.next()
    assert isinstance(message, wire.ConsoleReady), message
    return message


def until_result(follower):
    got = []
    while not isinstance(message := follower.next(), wire.ConsoleResult):
        got.append(message)
    return [*got, message]


def test_a_follower_sees_statements_and_results_of_all_consoles(box, script):
    run = script(SCRIPT)
    box.paused()
    with box.console(by="alice") as alice, box.console(by="bob") as bob, box.console(view=True) as follower:
        for one in (alice, bob, follower):
            ready(one)
        assert alice.run("n = 7; n") == "7\n"
        said, *output, result = until_result(follower)
        assert (said.source, said.by, said.console, said.statement) == ("n = 7; n", "alice", alice.name, 1)
        assert "".join(one.text for one in output) == "7\n"
        assert (result.ok, result.console) == (True, alice.name)
        bob.run("1 / 0")
        said, *output, result = until_result(follower)
        assert (said.by, said.console, result.ok) == ("bob", bob.name, False)
        assert "ZeroDivisionError" in output[-1].text
        follower.send(wire.Evaluate(1, "n = 3"))
        refused, result = until_result(follower)
        assert refused.text == "A follower cannot evaluate anything.\n"
        assert not result.ok
        alice.send(wire.Leave())  # it outlives a console
        assert bob.run("n") == "1\n"
        assert isinstance(until_result(follower)[0], wire.Said)
        box.resume()
        assert follower.closed().reason == "resumed"
    assert run.end()[:2] == (0, "1\n")


def test_a_follower_comes_back_to_where_it_was(box, script):
    script(SCRIPT)
    box.paused()
    with box.console() as console:
        ready(console)
        with box.connection() as follower:
            follower.join("f", view=True)
            ready(follower)
            console.run("'first'")
            until_result(follower)
            seen = follower.seen
        console.run("'second'")
        with box.connection() as follower:
            follower.join("f", seen=seen, view=True, again=True)
            ready(follower)
            said, *_ = until_result(follower)
            assert said.source == "'second'"


def test_a_follower_that_does_not_read_slows_nobody_and_is_told_what_it_missed(box, script):
    script(SCRIPT)
    box.paused()
    small = socket.create_connection(("127.0.0.1", box.port))
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    with box.console() as console, box.connection(sock=small) as follower:
        follower.join(view=True)
        ready(console)
        ready(follower)
        count = 350  # of 64 KiB: more than the kernel takes for a connection, and what the box keeps
        for _ in range(count):
            assert len(console.run("print('x' * 65_000)")) == 65_001
        text, last = "", None
        while not isinstance(last, wire.ConsoleResult) or last.statement < count:
            last = follower.next()
            text += getattr(last, "text", "")
        assert last.number == follower.seen
        assert "characters left out here" in text

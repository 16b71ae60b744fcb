"""The commands that are carried out in the script."""

import threading

import pytest

from lager import wire
from lager_debugbridge.commandlist import SCRIPTS

STACK = """
    import threading
    lock = threading.Lock()
    total = 10
    import enum
    Mode = enum.Enum("Mode", "ON OFF")
    __cached__ = None
    class Meter:
        def __init__(self):
            self.asked = 0
        def __repr__(self):
            self.asked += 1
            return "a meter"
    meter = Meter()
    def outer(volts):
        readings = [volts]
        bench = {"lock": lock}
        def inner(amps):
            shared = readings
            here()
            return amps
        return inner(2)
    outer(5)
    """


def test_the_stack_and_its_frames(stop):
    module, bench = stop(STACK)
    where = bench.run(":where").splitlines()
    assert where[-1].startswith(">   0  ")
    assert where[-1].endswith("in inner: here()")
    assert where[-2].startswith("    1  ")
    assert where[-2].endswith("in outer: return inner(2)")
    assert where[-3].endswith("in <module>: outer(5)")
    assert bench.run("amps, shared") == "(2, [5])\n"
    assert bench.run(":up").endswith("in outer: return inner(2)\n")
    assert "NameError" in bench.run("amps")
    assert bench.run("volts, readings, total") == "(5, [5], 10)\n"
    assert bench.run("readings.append(6); mine = 1") == ""
    assert bench.run(":up").endswith("in <module>: outer(5)\n")
    assert "NameError" in bench.run("volts")
    assert bench.run("total = 11") == ""
    assert bench.run(":frame 0").endswith("in inner: here()\n")
    assert bench.run("shared, total, 'mine' in dir()") == "([5, 6], 11, False)\n"  # one copy, seen from two frames
    assert bench.run(":frame").endswith("in inner: here()\n")
    assert bench.run(":up 2").endswith("in <module>: outer(5)\n")
    assert bench.run(":down 1").endswith("in outer: return inner(2)\n")
    assert bench.run("mine") == "1\n"
    assert module.total == 10


def test_functions_of_one_console_see_its_globals_in_every_frame(stop):
    _, bench = stop("n = 1\ndef f():\n    return n\ndef g():\n    here()\ng()")
    bench.run("global n\nn = 2")
    bench.run(":up")
    assert bench.run("f(), n") == "(2, 2)\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (":down", "this is the innermost frame (see `:where`)"),
        (":frame x", "x is no frame: they are numbered 0 to "),
        (":frame 999", "999 is no frame: they are numbered 0 to "),
        (":frame -1", "-1 is no frame: they are numbered 0 to "),
        (":frame ²", "² is no frame: "),
        (":nonsense", "there is no command :nonsense (`:help` lists the commands)"),
        (":whree", "there is no command :whree (did you mean :where?)"),
        (":lo", "there is no command :lo (did you mean :locals?)"),
        (":", "there is no command : (`:help` lists the commands)"),
        (":where 3", ":where takes nothing behind it"),
        (":continue", ":continue is carried out by the client, and yours does not know it"),
        (":full all.txt", ":full FILE is carried out by the client, and yours does not know it"),
        (":where\n1+1", "a command stands alone: :where"),
        (":deadline soon", "soon is no number of seconds"),
        (":deadline -1", "-1 is no number of seconds"),
        (":deadline nan", "nan is no number of seconds"),
        (":full", "no value was shown so far"),
    ],
)
def test_what_cannot_be_is_said(stop, command, said):
    _, bench = stop("here()")
    text = bench.run(command)
    assert text.startswith(said)
    assert text.count("\n") == 1
    assert bench.sent[-1] == wire.ConsoleResult(1, False, "c")


def test_locals_are_shown_and_no_object_of_the_script_is_asked(stop):
    module, bench = stop(STACK)
    said = bench.run(":locals").splitlines()
    assert {"amps = 2", "shared = [5]"} <= set(said)
    bench.run("shared.append(6); mine = 7")
    assert {"shared = [5, 6]", "mine = 7"} <= set(bench.run(":locals").splitlines())
    bench.run(":up 2")
    said = bench.run(":locals").splitlines()
    assert "meter = <Meter asked=0>" in said
    assert "total = 10" in said
    assert any(line.startswith("(functions: ") and "outer" in line for line in said)
    assert "(classes: Mode, Meter)" in said
    assert "(modules: threading, enum)" in said
    assert not any("__cached__" in line for line in said)
    assert module.meter.asked == 0


def test_source_marks_the_line(stop):
    _, bench = stop(STACK)
    lines = bench.run(":source").splitlines()
    assert next(line for line in lines if line.startswith("->")).endswith("here()")
    assert lines[0].endswith("def inner(amps):")
    assert lines[-1].endswith("return amps")
    bench.run(":up 2")
    assert "->" in bench.run(":source")


def test_source_of_code_without_a_file(stop):
    _, bench = stop("exec(compile('def f():\\n    here()\\nf()', '<made>', 'exec'))")
    assert bench.run(":source").startswith("there is no source of <made>:2")


def test_shared_names_what_is_no_copy(stop):
    _, bench = stop(
        """
        import collections, socket, threading
        lock = threading.Lock()
        class Port:
            def __init__(self): self.gate = lock
        bench = {"lock": [threading.Event()], 3: {1, 2}}
        port = Port()
        again = lock
        plain = [1, "two"]
        def paused(done):
            here()
        paused(threading.Event())
        """
    )
    assert bench.run(":shared").splitlines()[:-1] == ["done: Event", "lock: lock", "bench['lock'][0]: Event"]
    bench.run(":up")
    said = bench.run(":shared").splitlines()
    assert said[:-1] == ["lock: lock", "bench['lock'][0]: Event"]
    assert "the script's own" in said[-1]
    bench.run("del lock, bench, port, again")
    assert bench.run(":shared").startswith("nothing: ")


def test_full_shows_all_of_the_last_value(stop):
    _, bench = stop("x = list(range(5000))\nhere()")
    assert "this is its beginning" in bench.run("x")
    assert bench.run(":full") == f"{list(range(5000))}\n"
    assert bench.run("print(1); y = 2") == "1\n"
    assert bench.run(":full") == f"{list(range(5000))}\n"
    assert bench.run("len(x)") == "5000\n"
    assert bench.run(":full") == "5000\n"


def test_deadline_is_told_and_set(stop):
    _, bench = stop("here()")
    assert bench.run(":deadline") == "a statement of this console is stopped after 60 s\n"
    assert bench.run(":deadline 0.5") == "a statement of this console is stopped after 0.5 s\n"
    assert bench.run(":deadline 0") == "a statement of this console may take as long as it likes\n"
    bench.evaluator.open("d")
    assert bench.run(":deadline", "d") == "a statement of this console is stopped after 60 s\n"


def test_help_lists_what_a_client_without_commands_of_its_own_can_have(stop):
    _, bench = stop("here()")
    said = bench.run(":help").splitlines()
    assert [line.split("  ")[0] for line in said] == [usage for usage, _ in SCRIPTS]
    assert said[-1].split() == [":help", "list", "the", "commands"]
    bench.evaluator.complete(wire.Complete(1, ":f", 2, "c"))
    assert bench.sent[-1] == wire.Completions(1, [":frame", ":full"], 2, "c")


def test_threads_are_listed_with_their_places(stop):
    asked, go_on = threading.Event(), threading.Event()

    def waiting():
        asked.set()
        go_on.wait(20)

    thread = threading.Thread(target=waiting, name="poller")
    thread.start()
    try:
        asked.wait(20)
        _, bench = stop("here()")
        said = bench.run(":threads").splitlines()
    finally:
        go_on.set()
        thread.join()
    assert said[0].startswith("> MainThread: paused, ")
    assert any(line.startswith("  poller: ") and line.endswith("go_on.wait(20)") for line in said)


def test_frames_in_a_real_script_and_nothing_is_kept_by_looking(box, script):
    running = script(
        """
        import weakref
        import lager
        class Thing:
            pass
        def outer():
            thing = Thing()
            seen = weakref.ref(thing)
            inner(thing)
            del thing
            return seen()
        def inner(thing):
            other = 5
            lager.pause(timeout=0, interactive=True)
        print(outer())
        """
    )
    box.paused()
    with box.console() as console:
        assert isinstance(console.next(), wire.ConsoleReady)
        assert console.run(":where").splitlines() == [
            "    2  test.py:15 in <module>: print(outer())",
            "    1  test.py:9 in outer: inner(thing)",
            ">   0  test.py:14 in inner: lager.pause(timeout=0, interactive=True)",
        ]
        assert console.run(":up") == ">   1  test.py:9 in outer: inner(thing)\n"
        assert console.run("thing is seen()") in ("True\n", "False\n")
        assert "thing = " in console.run(":locals")
        assert console.run(":source").splitlines()[3] == "->    9      inner(thing)"
        assert console.run(":threads") == (
            "> MainThread: paused, test.py:14 in inner: lager.pause(timeout=0, interactive=True)\n"
        )
    with box.console() as console:
        console.next()
        assert "other" in console.run(":locals")
        console.run(":up 2")
        box.resume()
        console.closed()
    assert running.end()[:2] == (0, "None\n")


def test_what_is_cut_is_in_a_file_that_the_result_names(box, script, folder):
    script("import lager\nlager.pause(timeout=0, interactive=True)\n")
    box.paused()
    with box.console() as console:
        assert isinstance(console.next(), wire.ConsoleReady)
        console.start("for n in range(20_000): print(n)")
        while not isinstance(message := console.next(), wire.ConsoleResult):
            continue
        kept = folder / "console" / message.file
        assert kept.read_text() == "".join(f"{n}\n" for n in range(20_000))
        assert console.run("1") == "1\n"
        source = "for n in range(20_000): print(n)\n1 / 0"
        assert console.run(source).endswith("ZeroDivisionError: division by zero\n")  # said, whatever was cut

"""`--pause ID`: a running script is sent the signal, and pauses at its next line, wherever it is."""

import dataclasses
import sys
import textwrap
import timeit

import pytest

from lager.owners import LIBRARY, USER, owner

AFTER = """
import sys
def after():
    traced = [one for one in frames() if one.f_trace is not None or not one.f_trace_lines]
    print("after", sys.gettrace(), traced)
def frames():
    frame = sys._getframe(1)
    while frame:
        yield frame
        frame = frame.f_back
"""

# The script says `ready`, is asked, and pauses on one of the lines with `# here`; then it is told to go on.
PLACES = {
    "an empty loop": """
        import threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        while True:
            if go: break  # here
            pass  # here
        after()
        """,
    "a loop on one line": """
        import threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        while not go: abs(1)  # here
        after()
        """,
    "a comprehension": """
        import itertools, threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        [0 for one in itertools.takewhile(lambda _: not go, itertools.count()) if one < 0]  # here
        after()
        """,
    "a function": """
        def inner(n):
            return n + 1  # here
        def outer():
            n = 0  # here
            while not go:  # here
                n = inner(n)  # here
        import threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        outer()
        after()
        """,
    "recursion": """
        def deeper(n):
            if n:  # here
                deeper(n - 1)  # here
        import threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        while not go:  # here
            deeper(50)  # here
        after()
        """,
    "a generator": """
        import threading
        def endless():
            while True:  # here
                yield 1  # here
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        for one in endless():  # here
            if go: break  # here
        after()
        """,
    "a class body": """
        import threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        class Body:
            while not go:  # here
                one = 1  # here
        after()
        """,
    "a with and a finally": """
        import threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        try:
            pass
        finally:
            with open("/dev/null") as file:
                while not go:  # here
                    file.closed  # here
        after()
        """,
    "a sleep": """
        import time, threading
        print("ready")
        time.sleep(0.5)  # here
        after()  # here
        """,
    "short sleeps": """
        import time, threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        while not go: time.sleep(0.01)  # here
        after()
        """,
    "a library that calls back": """
        import functools, threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        def less(a, b):
            return a - b  # here
        print("ready")
        while not go: sorted(range(99), key=functools.cmp_to_key(less))  # here
        after()
        """,
    "a library that takes long": """
        import queue, threading
        asked = queue.Queue()
        threading.Thread(target=lambda: (input(), asked.put(1))).start()
        print("ready")
        asked.get()
        after()  # here
        """,
    "input": """
        import threading
        print("ready")
        input()
        after()  # here
        """,
    "an idle loop": """
        import asyncio, threading
        async def main():
            loop, go = asyncio.get_running_loop(), asyncio.Event()
            threading.Thread(target=lambda: (input(), loop.call_soon_threadsafe(go.set))).start()
            print("ready")
            await go.wait()
            after()  # here
        asyncio.run(main())
        """,
    "a busy loop": """
        import asyncio, threading
        async def main():
            while not go:  # here
                await asyncio.sleep(0)  # here
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        asyncio.run(main())
        after()
        """,
    "a join": """
        import threading
        one = threading.Thread(target=input)
        one.start()
        print("ready")
        one.join()
        after()  # here
        """,
    "numpy": """
        import numpy, threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready")
        while not go: numpy.linalg.eigvals(numpy.eye(20))  # here
        after()
        """,
    "a function in text": """
        import threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        exec("def wait():\\n  while not go:\\n    pass")
        print("ready"); wait()
        after()
        """,
    "text that is executed": """
        import threading
        go = []
        threading.Thread(target=lambda: (input(), go.append(1))).start()
        print("ready"); exec("while not go:\\n  pass")
        after()
        """,
}
TEXTS = {"text that is executed": ["<string>"], "a function in text": ["<string>", "t.py"]}  # as quick as that
WAITING = {"a library that takes long", "input", "an idle loop", "a join"}  # they pause when that is over


def places(source):
    """The lines with `# here`; and that after `ready`, as the request may be as quick as that."""
    lines = source.splitlines()
    ready = next(number for number, line in enumerate(lines, 1) if 'print("ready")' in line)
    return [ready + 1, *(number for number, line in enumerate(lines, 1) if line.endswith("# here"))]


@pytest.mark.parametrize("name", PLACES)
def test_where_it_pauses(script, scripted_box, name):
    source = AFTER + "\n".join(line[8:] for line in PLACES[name].splitlines())
    one = script(source)
    assert one.line() == "ready"
    one.ask()
    if name in WAITING:
        print(file=one.process.stdin, flush=True)
    hit = scripted_box.hit()
    assert (hit.kind, hit.label, hit.interactive, hit.thread[:10]) == ("outside", None, True, "MainThread")
    if name in TEXTS:
        assert hit.file in TEXTS[name]
    else:
        assert (hit.file, hit.line in places(source)) == ("t.py", True), hit
    assert scripted_box.release(hit).reason == "resumed"
    status, out, err = one.end() if name in WAITING else one_goes_on(one)
    assert (status, out) == (0, "after None []\n")
    assert err.endswith("=== resumed\n")
    assert scripted_box.hits.empty()


def one_goes_on(one):
    out, err = one.process.communicate("\n", timeout=20)
    return one.process.returncode, out, err


def test_who_asked_is_in_the_banner(script, scripted_box):
    scripted_box.label = "asked for by alice"
    one = script("print('ready')\nwhile True: pass")
    assert one.line() == "ready"
    one.ask()
    scripted_box.hit()
    assert one.process.stderr.readline() == '=== lager breakpoint "asked for by alice" at t.py:2  (id run)\n'


def test_switched_off_breakpoints_do_not_switch_this_off(script, scripted_box):
    one = script("print('ready')\nwhile True: pass", LAGER_BREAKPOINTS="off")
    assert one.line() == "ready"
    one.ask()
    assert scripted_box.hit().line == 2


def test_an_abort(script, scripted_box):
    one = script("""
        import time
        try:
            print("ready"); time.sleep(60)
        finally:
            print("finally")
        """)
    assert one.line() == "ready"
    one.ask()
    hit = scripted_box.hit()
    assert hit.line == 4
    assert scripted_box.release(hit, "aborted").reason == "aborted"
    status, out, err = one.end()
    assert (status, out) == (130, "finally\n")
    assert err.endswith("=== aborted by alice\n")


def test_an_abort_at_a_line(script, scripted_box):
    one = script("try:\n    print('ready')\n    while True: pass\nfinally: print('finally')")
    assert one.line() == "ready"
    one.ask()
    scripted_box.release(scripted_box.hit(), "aborted")
    assert one.end()[:2] == (130, "finally\n")


def test_two_requests_are_one_pause(script, scripted_box):
    one = script("print('ready'); input()\nprint('on')\nprint('on')")
    assert one.line() == "ready"
    one.ask()
    one.ask()
    print(file=one.process.stdin, flush=True)
    hit = scripted_box.hit()
    assert hit.line == 2
    one.ask()  # it is paused already
    one.ask()
    scripted_box.release(hit)
    assert one.end()[:2] == (0, "on\non\n")
    assert scripted_box.hits.empty()


def test_again_and_again(script, scripted_box):
    one = script("print('ready')\nwhile True:\n    one = 1\n    two = 2")
    assert one.line() == "ready"
    for _ in range(5):
        one.ask()
        hit = scripted_box.hit()
        assert hit.line in (2, 3, 4)
        scripted_box.release(hit)


def test_a_pause_of_its_own_takes_no_request(script, scripted_box):
    one = script("import lager\nlager.pause('own')\nprint('on')\nprint('on')")
    hit = scripted_box.hit()
    assert hit.label == "own"
    one.ask()
    scripted_box.release(hit)
    assert one.end()[:2] == (0, "on\non\n")
    assert scripted_box.hits.empty()


def test_a_pause_that_is_being_announced_takes_no_request(script, scripted_box):
    one = script("""
        import io, lager, os, signal, sys
        class Asking(io.StringIO):
            def write(self, text):
                if "breakpoint" in text:
                    os.kill(os.getpid(), signal.SIGURG)
        sys.stderr = Asking()
        lager.pause("own")
        print("on")
        """)
    scripted_box.release(scripted_box.hit())
    assert one.end()[:2] == (0, "on\n")
    assert scripted_box.hits.empty()


def test_no_line_is_left(script, scripted_box):
    one = script("print('ready'); input()")
    assert one.line() == "ready"
    one.ask()
    assert one_goes_on(one)[:2] == (0, "")
    assert scripted_box.hits.empty()


OWN_TRACE = """
import sys
seen = []
def tracer(frame, event, arg):
    if frame.f_code.co_filename != __file__:
        return None
    seen.append((event, frame.f_lineno))
    return tracer
def work(n):
    n += 1
    return n
def main():
    print("ready"); input()
    before = len(seen)
    work(1)
    work(2)
    print(seen[before:])
sys.settrace(tracer)
main()
print(sys.gettrace() is tracer)
"""


def test_a_trace_function_of_the_script_misses_nothing(script, scripted_box):
    untouched = script(OWN_TRACE)
    assert untouched.line() == "ready"
    expected = one_goes_on(untouched)
    one = script(OWN_TRACE)
    assert one.line() == "ready"
    one.ask()
    print(file=one.process.stdin, flush=True)
    hit = scripted_box.hit()
    assert hit.line == 14
    scripted_box.release(hit)
    assert one.end()[:2] == expected[:2]
    assert expected[1].endswith("True\n")


def test_a_trace_function_of_the_script_in_a_function_that_is_entered(script, scripted_box):
    source = OWN_TRACE.replace("input()\n", "input(), sorted([1], key=work)\n")
    outs = []
    for asked in (False, True):
        one = script(source)
        assert one.line() == "ready"
        if asked:
            one.ask()
            print(file=one.process.stdin, flush=True)
            scripted_box.release(scripted_box.hit())
        outs.append(one_goes_on(one)[1] if not asked else one.end()[1])
    assert outs[0] == outs[1]


def test_the_script_takes_the_tracing_away(script, scripted_box):
    one = script("import sys\nprint('ready'); input(); sys.settrace(None)\nprint('on'); input()\nprint('end')")
    assert one.line() == "ready"
    one.ask()
    print(file=one.process.stdin, flush=True)
    assert one.line() == "on"
    one.ask()
    print(file=one.process.stdin, flush=True)
    hit = scripted_box.hit()
    assert hit.line == 4
    scripted_box.release(hit)
    assert one.end()[:2] == (0, "end\n")


def test_a_handler_of_the_script_counts(script, scripted_box):
    one = script("""
        import signal
        signal.signal(signal.SIGURG, lambda *_: print("mine"))
        print("ready"); input()
        print("on")
        """)
    assert one.line() == "ready"
    one.ask()
    assert one.line() == "mine"
    assert one_goes_on(one)[:2] == (0, "on\n")
    assert scripted_box.hits.empty()


def test_a_trace_function_that_is_at_work_when_the_signal_comes(script, scripted_box):
    one = script("""
        import os, signal, sys
        told = []
        def tracer(frame, event, arg):
            if frame.f_code.co_name == "work" and len(told) == 0:
                told.append(os.kill(os.getpid(), signal.SIGURG))
            return tracer
        def work():
            while True: pass
        sys.settrace(tracer)
        work()
        """)
    assert (scripted_box.hit().function, one.process.poll()) == ("work", None)


HALF_WAY = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == {name!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGURG)
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize(
    ("name", "source", "kinds"),
    [
        ("lager.conditions", "from lager import pause\nwhile True: pass", ["outside"]),  # the script's own import
        ("lager.pauselink", "import lager\nlager.pause()\nwhile True: pass", ["pause", "outside"]),
        ("lager.owners", "os.kill(os.getpid(), signal.SIGURG)\nwhile True: pass", ["outside"]),  # two at once
    ],
)
def test_a_request_that_comes_while_what_it_needs_is_imported(script, scripted_box, name, source, kinds):
    one = script(HALF_WAY.format(name=name) + source)
    for kind in kinds:
        hit = scripted_box.hit()
        assert hit.kind == kind
        scripted_box.release(hit)
    assert one.process.poll() is None


def test_two_requests_while_lager_is_imported_for_the_first(script, scripted_box):
    source = """
    import threading
    os.kill(os.getpid(), signal.SIGURG)
    print("on")
    threading.Event().wait(0.1)
    print("end")
    """
    one = script(HALF_WAY.format(name="lager.errors") + textwrap.dedent(source))
    scripted_box.release(scripted_box.hit())
    assert one.end()[:2] == (0, "on\nend\n")
    assert scripted_box.hits.empty()


def test_a_script_that_calls_itself_as_often_as_it_may(script, scripted_box):
    one = script("""
        import os, signal, sys
        sys.setrecursionlimit(400)
        def depth(n=0):
            try: return depth(n + 1)
            except RecursionError: return n
        def deeper(n):
            if n: deeper(n - 1)
            else: os.kill(os.getpid(), signal.SIGURG)
        deeper(depth() - 30)
        print("on")
        while True: pass
        """)
    hit = scripted_box.hit()
    assert (hit.function, one.line()) == ("<module>", "on")


def test_whose_code_was_made_from_text():
    seen = []
    names = {"seen": seen, "sys": sys, "owner": owner}
    exec("def inside(): seen.append(owner(sys._getframe()))\ninside()", names)
    timeit.timeit("seen.append(owner(sys._getframe()))", number=1, globals=names)
    made = dataclasses.make_dataclass("Made", [("frame", object, dataclasses.field(default_factory=sys._getframe))])
    frame = made().frame
    assert (seen, frame.f_code.co_filename, owner(frame)) == ([USER, LIBRARY], "<string>", LIBRARY)


def test_a_forked_child_was_not_asked(script, scripted_box):
    one = script("""
        import os, sys
        print("ready"); input(); child = os.fork()
        if child == 0:
            print("child", sys.gettrace(), sys._getframe().f_trace)
            os._exit(0)
        os.waitpid(child, 0)
        """)
    assert one.line() == "ready"
    one.ask()
    print(file=one.process.stdin, flush=True)
    hit = scripted_box.hit()
    assert hit.line == 4
    scripted_box.release(hit)
    assert one.end()[:2] == (0, "child None None\n")
    assert scripted_box.hits.empty()


def test_with_exceptions_being_looked_for(script, scripted_box):
    one = script("def fails():\n    1 / 0\nprint('ready'); input()\nfails()\n", LAGER_ON_EXCEPTION="pause")
    assert one.line() == "ready"
    one.ask()
    print(file=one.process.stdin, flush=True)
    kinds = []
    for _ in range(2):
        hit = scripted_box.hit()
        kinds.append((hit.kind, hit.line))
        scripted_box.release(hit)
    assert kinds == [("outside", 4), ("exception", 2)]
    assert one.end()[0] == 1


def test_an_exception_is_aborted(script, scripted_box):
    source = "try:\n    1 / 0\nfinally:\n    print('finally')\n"
    for late in (False, True):
        text = f"import sys\ndef deeper(): deeper()\n{source.replace('1 / 0', 'deeper()' if late else '1 / 0')}"
        one = script(text, LAGER_ON_EXCEPTION="pause")
        hit = scripted_box.hit()
        assert (hit.kind, hit.interactive) == ("exception", True)
        scripted_box.release(hit, "aborted")
        status, out, err = one.end()
        assert (status, out) == (130, "finally\n"), err
        assert "Traceback" not in err


def test_nothing_is_kept(script, scripted_box):
    one = script("""
        import gc, sys, weakref
        class Supply: pass
        def measure():
            global seen
            supply = Supply()
            seen = weakref.ref(supply)
            while "go" not in globals():
                supply
        def work():
            print("ready")
            measure()
        import threading
        threading.Thread(target=lambda: (input(), globals().update(go=1))).start()
        work()
        print(seen())
        """)
    assert one.line() == "ready"
    one.ask()
    scripted_box.release(scripted_box.hit())
    assert one_goes_on(one)[:2] == (0, "None\n")


def test_the_places_are_python():
    for name, source in PLACES.items():
        compile(AFTER + "\n".join(line[8:] for line in source.splitlines()), name, "exec")

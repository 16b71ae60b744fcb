"""`%run FILE`: a file of the user's, compiled under its name, on the snapshot."""

from lager import wire


def test_a_file_runs_on_the_snapshot_and_shows_no_values(stop):
    module, bench = stop("volts = 5\nhere()")
    source = (
        '%run lib/my tools.py\n"""Tools."""\nvolts += 1\nvolts\ndef double():\n    return 2 * volts\nprint("ran")\n'
    )
    assert bench.run(source) == "ran\n"
    assert bench.sent[-1] == wire.ConsoleResult(1, True, "c")
    assert bench.run("double()") == "12\n"
    assert module.volts == 5


def test_its_lines_are_in_tracebacks(stop):
    _, bench = stop("here()")
    bench.run("%run my tools.py\n\ndef fail():\n    return 1 / 0\n")
    shown = bench.run("fail()")
    assert 'File "<console>", line 1, in <module>' in shown
    assert 'File "my tools.py", line 3, in fail\n    return 1 / 0' in shown
    assert 'File "my tools.py", line 2' in bench.run("%run my tools.py\nx = 1\n1 / 0\n")
    assert 'File "my tools.py", line 2' in bench.run("%run my tools.py\nx = 1\nx +* 1\n")


def test_what_is_awaited_in_it(stop):
    _, bench = stop("here()")
    assert bench.run("%run a.py\nimport asyncio\nawait asyncio.sleep(0)\nprint('slept')\n") == "slept\n"

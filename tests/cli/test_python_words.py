"""Which words of `lager python` are ours, and which the script's; and what is to be done of all that was given."""

import click
import pytest

from lager_cli.app import lager
from lager_cli.commands.python import python
from lager_cli.runs.choosing import chosen, sorted_out
from lager_cli.runs.options import NAMED


def parsed(words):
    """Give what is to be done, what is run, its arguments, and the options that were given."""
    ctx = click.Context(python, **lager.context_settings | python.context_settings)
    python.parse_args(ctx, words.split())
    options = dict(ctx.params)
    given, args = sorted_out(options.pop("script"), options.pop("args"), options)
    shown = {name: value for name, value in given.items() if value not in (None, False, ())}
    shown.pop("script", None)
    return given["script"], args, shown


@pytest.mark.parametrize(
    ("words", "script", "args", "options"),
    [
        ("x.py a b", "x.py", ["a", "b"], {}),
        ("--timeout 5 x.py a", "x.py", ["a"], {"timeout": 5.0}),
        ("x.py a --timeout 5 b", "x.py", ["a", "b"], {"timeout": 5.0}),
        ("x.py --timeout=5 --env A=1 b", "x.py", ["b"], {"timeout": 5.0, "env": (("A", "1"),)}),
        ("x.py a -- --timeout 5 -d", "x.py", ["a", "--timeout", "5", "-d"], {}),
        ("x.py a -- b -- c", "x.py", ["a", "b", "--", "c"], {}),
        ("x.py -vd --tb short -x -m y -o z", "x.py", ["-vd", "--tb", "short", "-x", "-m", "y", "-o", "z"], {}),
        ("x.py -d -p 8000 -p8001 a", "x.py", ["a"], {"detach": True, "port": ("8000", "8001")}),
        ("x.py --help -h", "x.py", ["--help", "-h"], {}),
        ("-- -dash.py --help", "-dash.py", ["--help"], {}),
        ("--keep -- -dash.py", "-dash.py", [], {"keep": True}),
        ("- a", "-", ["a"], {}),
        ("-c 1 a -x --quiet", None, ["a", "-x"], {"code": "1", "quiet": True}),
        ("-c1 a", None, ["a"], {"code": "1"}),
        ("-c 1 -d", None, ["-d"], {"code": "1"}),
        ("-d -c 1", None, [], {"code": "1", "detach": True}),
        ("-c 1 -- --quiet", None, ["--quiet"], {"code": "1"}),
        ("-c", None, None, None),
        ("-m pytest t -x -p no:x -m slow --tb=no", None, ["t", "-x", "-p", "no:x", "-m", "slow", "--tb=no"],
         {"module": "pytest"}),
        ("--junit r.xml -m pytest t --download f --help", None, ["t", "--help"],
         {"module": "pytest", "junit": "r.xml", "download": ("f",)}),
        ("-mpytest -q", None, ["-q"], {"module": "pytest"}),
        ("--console i -c 1", None, [], {"console": "i", "expression": "1"}),
        ("-c 1 --console=i --value 2", None, [], {"console": "i", "expression": "1", "value": "2"}),
        ("--box b --kill i --signal SIGINT", None, [], {"kill": "i", "signal": "SIGINT"}),
        ("x.py --timeout", None, None, None),
    ],
)  # fmt: skip
def test_words_and_whose_they_are(words, script, args, options):
    if options is None:
        with pytest.raises(click.BadOptionUsage):
            parsed(words)
    else:
        assert parsed(words) == (script, args, options)


@pytest.mark.parametrize(("words", "named"), [("-- -x.py", True), ("--x.py", False), ("x.py -- a", False), ("", False)])
def test_only_behind_dashes_a_script_may_begin_with_one(words, named):
    ctx = click.Context(python, **lager.context_settings | python.context_settings)
    python.parse_args(ctx, words.split())
    assert ctx.meta[NAMED] is named


@pytest.mark.parametrize("words", ["-dash.py", "--keep -dash.py a", "-dx a.py", "--timeout 1 -dx a.py", "-hd.py"])
def test_a_script_with_a_dash_is_not_taken_apart(words):
    ctx = click.Context(python, **lager.context_settings | python.context_settings)
    with pytest.raises(click.NoSuchOption) as caught:
        python.parse_args(ctx, words.split())
    wrong = next(one for one in ("-dash.py", "-dx", "-hd.py") if one in words)
    hint = "; a script of that name is run with -- before it." if wrong.endswith(".py") else "."
    assert caught.value.message == f"No such option {wrong!r}{hint}"


@pytest.mark.parametrize("words", ["-d a.py", "-dp 8000 a.py", "-dp8000 a.py", "-p 1 a.py", "-d --keep a.py", "-dc 1"])
def test_short_options_may_be_written_as_one_word(words):
    ctx = click.Context(python, **lager.context_settings | python.context_settings)
    python.parse_args(ctx, words.split())
    assert ctx.params["detach"] is ("d" in words)


@pytest.mark.parametrize(
    ("words", "action"),
    [
        ("x.py --download f --allow-overwrite --json --quiet --port 1 --keep --junit f", "script"),
        ("-c 1 --add-file f --passenv A", "code"),
        ("-m x --on-exception pause", "module"),
        ("- a", "script"),
        ("--reattach i --download f --json --port 1", "reattach"),
        ("--kill i --json", "kill"),
        ("--kill-all --signal SIGUSR1", "kill_all"),
        ("--console i -c 1", "console"),
        ("--dap i --port 0", "dap"),
        ("--view i --json", "view"),
    ],
)
def test_what_is_to_be_done(words, action):
    ctx = click.Context(python, **lager.context_settings | python.context_settings)
    python.parse_args(ctx, words.split())
    options = dict(ctx.params)
    assert chosen(sorted_out(options.pop("script"), options.pop("args"), options)[0]) == action

"""Help that teaches: what `lager --help` shows, examples, and what was perhaps meant."""

import os
import subprocess
import sys

import pytest

from lager_cli.likeness import near
from lager_cli.tasks import COMMANDS

HELP = """\
Usage: lager [OPTIONS] COMMAND [ARGS]...

  Run test scripts on a bench of real instruments; stop them with one line,
  look around live, and go on.

Options:
  --version   Show the version and exit.
  --debug     Show where an error came from, and what it was.
  -h, --help  Show this message and exit.

Set up a bench:
  boxes         The boxes you know: add, list, lock them.
  nets          The nets of a bench: list, add, change, name.
  instruments   What is plugged in; test the instrument of a net.
  defaults      What is used where nothing else is asked for.
  hello         See whether a box answers.
  status        How a box is: services, nets, runs, lock.
  completion    Complete commands, boxes and nets in your shell.

Use a net:
  supply        Control a power supply.
  battery       Control a battery simulator.
  eload         Control an electronic load.
  scope         Control an oscilloscope.
  adc           Read an analog input.
  dac           Read or set an analog output.
  gpi           Read a digital input, or wait for it.
  gpo           Set a digital output.
  thermocouple  Read a temperature.
  watt          Measure power.
  energy        Measure energy over some time.

Run scripts, and look into them:
  python        Run a Python script; pause it, continue it, look into it.
  runs          What runs on a box, and what is paused where.
  logs          What a run has written, while it runs and after.
  console       Open a Python console on a box, to try nets by hand.
  snapshot      Look into what was saved of a paused script.

When something is wrong:
  diagnose      What is wrong with a net, and what to do.
  doctor        Check this machine, and the boxes it knows.

Keep a bench:
  bench         The whole bench: put it in its safe state.
  box           Run a box on this machine; look at it, stop it.
  sim           Break the simulated bench on purpose.

Make a machine a box:
  install       Set up a box on a Linux machine, over ssh.
  update        Bring a box to this version, or back.
  uninstall     Take everything of Lager off a box.
  ssh           Run a command on a box's machine.

First steps:
  lager nets                        what the bench has (the first box is a
                                    simulated one)
  lager supply supply1 voltage 3.3  set a supply
  lager supply supply1 state        what it does now
  lager python test.py              run a script on the bench
  lager supply --help               more of one command, with examples
"""


def test_the_commands_are_shown_by_task(cli):
    done = cli("--help")
    assert (done.status, done.out, done.err) == (0, HELP, "")


def test_none_of_them_is_imported_for_that():
    code = (
        "import sys; from lager_cli.app import lager, run; run(lager, ['--help'])\n"
        "print([one for one in sys.modules if one.startswith(('lager_cli.commands.', 'lager_cli.examples'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_command_ends_its_help_with_examples(cli):
    done = cli("supply", "supply1", "voltage", "--help")
    assert done.out.partition("Examples:\n")[2] == (
        "  lager supply supply1 voltage                      what is set\n"
        "  lager supply supply1 voltage 3.3                  set it; 3300mV is the same\n"
        "  lager supply supply1 voltage 3.3 --ovp 3.6 --yes  with a protection, and\n"
        "                                                    without a question\n"
    )


@pytest.mark.parametrize("name", ["adc", "sim", "snapshot", "python"])
def test_whatever_shows_the_help_shows_the_examples(cli, name):
    done = cli(name) if name == "sim" else cli(name, "-h")
    assert f"\nExamples:\n  lager {name} " in done.out
    assert "--debug " in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["suply"], "There is no command 'suply'. Did you mean supply?"),
        (["Supply"], "There is no command 'Supply'. Did you mean supply?"),
        (["help"], "There is no command 'help'. Did you mean `lager --help`?"),
        (["help", "supply"], "There is no command 'help'. Did you mean `lager supply --help`?"),
        (["--box", "lab1", "nets"], "--box stands behind the command: lager nets --box NAME."),
        (["box", "add", "--name", "x"], "No such command 'add'. Did you mean `lager boxes add`?"),
        (["boxes", "serve"], "No such command 'serve'. Did you mean `lager box serve`?"),
        (["box", "sevre"], "No such command 'sevre'. Did you mean 'serve'?"),
        (["supply", "s", "volts"], "No such command 'volts'. Did you mean 'voltage'?"),
        (["supply", "s", "state", "--jsn"], "No such option '--jsn'. Did you mean '--json'?"),
        (["nets", "--box", "labb"], "there is no box 'labb'; saved are lab1 (10.0.0.1), shop (10.0.0.2). Did you mean"),
        (["nets", "--box", "LAB1"], "saved are lab1 (10.0.0.1), shop (10.0.0.2). Did you mean lab1?"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_what_was_perhaps_meant(cli, words, said):
    cli("boxes", "add", "--name", "lab1", "--ip", "10.0.0.1")
    cli("boxes", "add", "--name", "shop", "--ip", "10.0.0.2")
    done = cli(*words)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("suply1", " Did you mean supply1?"),
        ("adc9", " Did you mean adc1 or adc2?"),
        ("SUPPLY2", " Did you mean supply2?"),
        ("su", " Did you mean supply1 or supply2?"),
        ("zzz", ""),
        ("play", ""),  # letters in common are not yet a likeness
        ("", ""),
    ],
)
def test_likeness_names_the_best_and_what_is_as_good(word, said):
    assert near(word, ["adc1", "adc2", "supply1", "supply2"]) == said


def test_debug_shows_where_an_error_came_from_wherever_it_stands(cli):
    for words in (["--debug", "nets", "--box", "nowhere"], ["nets", "--debug", "--box", "nowhere"]):
        done = cli(*words)
        assert done.status == 2
        assert done.err.startswith("Traceback ")
        assert done.err.splitlines()[-2] == "Error: there is no box 'nowhere'; no boxes are saved."
    assert os.environ.get("LAGER_DEBUG") is None


def test_debug_behind_a_script_is_the_script_s_own(cli, folder):
    (folder / "work" / "x.py").write_text("")
    done = cli("python", "--box", "nowhere", "x.py", "--debug")
    assert done.err.startswith("Error: there is no box 'nowhere'")
    assert cli("python", "--debug", "--box", "nowhere", "x.py").err.startswith("Traceback ")


def test_every_command_is_in_the_help():
    assert all(f"\n  {name} " in HELP for name in COMMANDS)


def test_lines_that_are_laid_out_stay_so(cli):
    told = cli("completion", "--help").out
    assert '\n  bash:  eval "$(lager completion bash)"      in ~/.bashrc\n  zsh:   eval' in told

"""Whole screens of commands that need no box: help, and every mistake that is noticed here."""

import contextlib
import socket
import threading

import pytest

from lager import __version__
from lager_cli.config import Config

ONE_OF = (
    "Say one of SCRIPT, -c CODE, -m MODULE, --reattach ID, --kill ID, --kill-all, --continue ID, --pause ID, "
    "--abort ID, --console ID, --view ID, --dap ID and --snapshot ID"
)


def test_help_lists_the_commands(cli):
    done = cli("--help")
    assert (done.status, done.err) == (0, "")
    for name in ("adc", "battery", "box", "boxes", "dac", "defaults", "nets", "python", "runs", "sim", "supply"):
        assert f"\n  {name} " in done.out


def test_the_help_of_python_groups_its_options_and_fits_a_terminal(cli):
    done = cli("python", "--help")
    assert max(map(len, done.out.splitlines())) <= 80
    parts = done.out.split("\n\n")
    assert [part.split(":")[0] for part in parts[3:]] == [
        "What to run, and with what",
        "How it runs",
        "What comes back",
        "A script that runs already",
        "A script that is to pause, or is paused",
        "Options",
        "Examples",
    ]
    assert [line.split()[0] for line in parts[7].splitlines()[1:]] == [
        "--pause", "--continue", "--set", "--value", "--abort", "--all", "--console", "--view", "--snapshot", "-o",
        "--dap"
    ]  # fmt: skip
    assert all(len(line.split()) > 2 for part in parts[3:8] for line in part.splitlines()[1:]), "each has its help"
    assert len(done.out.splitlines()) <= 72


def test_version(cli):
    assert cli("--version").out == f"lager {__version__}\n"


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (["suply"], "Error: There is no command 'suply'. Did you mean supply?"),
        (["qqq"], "Error: There is no command 'qqq'."),
        (["supply", "s", "enabel"], "Error: No such command 'enabel'. Did you mean 'enable'?"),
        (["supply", "state"], "Error: Say which net: lager supply NET state."),
        (
            ["supply", "s", "voltage", "abc"],
            "Error: Invalid value for '[VOLTS]': 'abc' is not in V; write 3.3, 3.3V or 3300mV.",
        ),
        (
            ["supply", "s", "voltage", "-5"],
            "Error: Invalid value for '[VOLTS]': '-5' is negative; write a number from 0 on, such as 3.3, "
            "3.3V or 3300mV.",
        ),
        (
            ["supply", "s", "voltage", "--jsn"],
            "Error: No such option '--jsn'. (Did you mean one of: '--json', '--yes'?)",
        ),
        (["supply", "--box", "a", "s", "state", "--box", "b"], "Error: --box was given twice, as 'a' and as 'b'."),
        (["python"], f"Error: {ONE_OF}."),
        (
            ["python", "--continue", "1", "--value", "3", "+", "4"],  # quotes that the shell has taken
            "Error: SCRIPT (here '+') and --continue ID exclude each other; put quotes around an expression with "
            "blanks, and -- before arguments of the script.",
        ),
        (
            ["python", "--continue", "--set", "v=1"],  # a variable that the shell does not have
            "Error: --continue wants an ID, and '--set' is none; was a variable of the shell not set?",
        ),
        (["python", "--snapshot", "1", "-o", "-"], "Error: --snapshot writes a file, no pipe: -o FILE."),
        (
            ["console", "0c0e"],
            "Error: There is nothing to name here, and '0c0e' was given. A console in a paused script: "
            "`lager python --console ID`.",
        ),
        (
            ["python", "--console", ".2"],  # the same, before a dot
            "Error: '.2' is no ID; was a variable of the shell not set?",
        ),
        (
            ["snapshot", "/etc/passwd"],
            "Error: There is no command '/etc/passwd'. Did you mean `lager snapshot open /etc/passwd`?",
        ),
        (["python", "--continue", "1", "--console", "1"], "Error: --continue ID and --console ID exclude each other."),
        (["python", "--abort", "1", "--pause", "1"], "Error: --pause ID and --abort ID exclude each other."),
        (["python", "--abort", "1", "--set", "v=1"], "Error: --set goes with --continue ID."),
        (["python", "--pause", "1", "--value", "1"], "Error: --value goes with --continue ID."),
        (["python", "--reattach", "1", "--kill", "2"], "Error: --reattach ID and --kill ID exclude each other."),
        (["python", "--kill", "1", "--kill-all"], "Error: --kill ID and --kill-all exclude each other."),
        (["python", "-c", ""], "Error: -c has no code; was a variable of the shell not set?"),
        (["python", "-m", " "], "Error: -m has no module; was a variable of the shell not set?"),
        (["python", "--kill", ".2"], "Error: '.2' is no ID; was a variable of the shell not set?"),
        (["python", "--kill", "1", "--quiet"], "Error: --quiet goes with SCRIPT or --reattach ID."),
        (
            ["python", "--continue", "1", "--json"],
            "Error: --json goes with SCRIPT or --reattach ID or --kill ID or --kill-all or --view ID.",
        ),
        (
            ["python", "x.py", "--signal", "SIGINT"],
            "Error: --signal goes with --kill ID or --kill-all; put -- before arguments of the script.",
        ),
        (["python", "--reattach", "1", "--env", "A=1"], "Error: --env goes with SCRIPT."),
        (
            ["python", "x.py", "-d", "--download", "f"],
            "Error: --download needs somebody who stays until the end, and "
            "--detach leaves; put -- before arguments of the script.",
        ),
        (
            ["python", "x.py", "--passenv", "NO_SUCH_NAME"],
            "Error: --passenv NO_SUCH_NAME: there is no such variable here; set it, and export it.",
        ),
        (
            ["python", "x.py", "--download", "a/f", "--download", "b/f"],
            "Error: --download 'a/f' and 'b/f' would both be written to f.",
        ),
        (["python", "x.py", "--download", "out/"], "Error: --download 'out/' names no file."),
        (["python", "x.py", "--junit", "no/r.xml"], "Error: --junit 'no/r.xml': there is no folder 'no'."),
        (
            ["python", "x.py", "--port", "x"],
            "Try: write SRC[:DST], such as 8000 or 8000:80: a port of this machine, and the one on the box.",
        ),
        (
            ["python", "--dap", "1", "--port", "8000:80"],
            "Error: --port '8000:80' is no port to listen on; they go from 0, for any, to 65535.",
        ),
        (["python", "--pause", "1", "--all"], "Error: --all goes with --continue ID or --abort ID."),
        (
            ["python", "x.py", "--all"],
            "Error: --all goes with --continue ID or --abort ID; put -- before arguments of the script.",
        ),
        (["python", "--continue", "1", "--env", "A=1"], "Error: --env goes with SCRIPT."),
        (["python", "--continue", "1", "--timeout", "0"], "Error: --timeout goes with SCRIPT."),
        (["python", "--console", "1", "--on-exception", "pause"], "Error: --on-exception goes with SCRIPT."),
        (
            ["python", "--continue", "1", "--all", "--set", "v=1"],
            "Error: --set and --value are for one pause: name it, such as ID.2, and leave --all out.",
        ),
        (["python", "--continue", "1", "--set", "volts"], "Try: write --set NAME=EXPR, such as --set volts=3.3."),
        (
            ["python", "--on-exception", "stop", "x.py"],
            "Error: Invalid value for '--on-exception': 'stop' is not one of 'pause', 'ignore'.",
        ),
        (["runs", "--box", "b", "--all-boxes"], "Error: --all-boxes asks all of them; leave --box out."),
        (["runs", "x"], "Error: No such command 'x'."),
        (
            ["python", "--timeout", "abc", "x.py"],
            "Error: Invalid value for '--timeout': 'abc' is not in s; write 2.5, 2.5s, 2500ms or 5m.",
        ),
        (["python", "--env", "FOO", "x.py"], "Error: Invalid value for '--env': 'FOO' is not NAME=VALUE."),
        (["python", "--env", "1A=x", "x.py"], "Error: Invalid value for '--env': '1A=...' is not NAME=VALUE."),
        (["python", "--bx", "b", "x.py"], "Error: No such option '--bx'. Did you mean '--box'?"),
        (["python", "--qqq", "x.py"], "Error: No such option '--qqq'."),
        *(
            (
                ["supply", "s", "voltage", number],
                f"Error: Invalid value for '[VOLTS]': {number!r} is not in V; write 3.3, 3.3V or 3300mV.",
            )
            for number in ("--5", "- 5", "-inf", "-nan", "3,3", "3.3v", "")
        ),
        *(
            (words, "Error: SCRIPT or ID is empty; was a variable of the shell not set?")
            for words in (
                ["python", ""],
                ["python", "--continue", ""],
                ["python", "--console", "", "-c", "1"],
                ["python", "--pause", " "],
                ["python", "--abort", ""],
            )
        ),
        (["supply", "", "state"], "Try: see `lager nets` for those the bench has."),
        (["adc", " "], "Try: see `lager nets` for those the bench has."),
        (["supply", "s", "enabel", "--json"], "Error: No such command 'enabel'. Did you mean 'enable'?"),
        (["supply", "s", "--box", "nowhere"], "Try: add it with `lager boxes add --name nowhere --ip IP`."),
        (["defaults", "add"], "Error: You must specify at least one setting: --box NAME, or another of --help."),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_usage_errors(cli, words, last):
    done = cli(*words)
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[-1] == last


@pytest.mark.parametrize(
    ("words", "status", "screen"),
    [
        (
            ["nets", "--box", "127.0.0.1:1"],
            5,
            "Error: the box at 127.0.0.1:1 does not answer: connection refused.\n"
            "Try: see that the box is on and its service runs there (`lager box serve`, or systemd's lager-box).\n",
        ),
        (
            ["adc", "adc1", "--box", "nowhere"],
            2,
            "Error: there is no box 'nowhere'; no boxes are saved.\n"
            "Try: add it with `lager boxes add --name nowhere --ip IP`.\n",
        ),
        (
            ["supply", "--box", "", "s", "state"],
            2,
            "Error: --box was given without a name.\nTry: --box NAME, or `lager defaults add --box NAME` for always, "
            "or --box local for your private box.\n",
        ),
        (
            ["python", "no_such.py"],
            2,
            "Error: there is no script 'no_such.py'.\n"
            "Try: check the path; it is looked for from the directory you are in.\n",
        ),
        (
            ["boxes", "add", "--name", "local", "--ip", "1.2.3.4"],
            2,
            "Error: a box cannot be called 'local'.\nTry: choose another name; `local` is your private box.\n",
        ),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_errors_say_what_happened_and_what_to_try(cli, words, status, screen):
    done = cli(*words)
    assert (done.status, done.out, done.err) == (status, "", screen)


@pytest.mark.parametrize(
    "ip", ["999.1.1.1", "foo bar", "http://x", "", " ", ":5000", "1.2.3.4:x", "1.2.3", "-x", "a..b"]
)
def test_addresses_that_are_none_are_not_saved(cli, ip):
    done = cli("boxes", "add", "--name", "bad", "--ip", ip)
    assert (done.status, done.out) == (2, "")
    assert [line[:5] for line in done.err.splitlines()] == ["Error", "Try: "]
    assert cli("boxes", "--json").out == "[]\n"


@pytest.mark.parametrize("name", ["-x", "a\nb", "\x1b[31m", ""])
def test_names_no_screen_could_show_are_not_saved(cli, name):
    assert cli("boxes", "add", "--name", name, "--ip", "1.2.3.4").status == 2
    assert cli("boxes", "--json").out == "[]\n"


@pytest.mark.parametrize("ip", ["lab-box.example.org", "::1", "[::1]:5000", "localhost", "fe80::1%eth0"])
def test_addresses_that_are_saved(cli, ip):
    assert cli("boxes", "add", "--name", "good", "--ip", ip).status == 0


def test_an_address_is_listed_as_it_is_typed(cli):
    cli("boxes", "add", "--name", "six", "--ip", "[::1]:5001")
    assert "six    [::1]:5001" in cli("boxes").out


def test_a_new_certificate_of_a_box_leaves_its_token_and_without_one_that_is_forgotten_and_said(cli):
    add = ["boxes", "add", "--name", "lab", "--ip", "10.0.0.7", "--yes"]
    cli(*add, "--token", "secret", "--fingerprint", "0" * 64)
    assert cli(*add, "--fingerprint", "1" * 64).err == ""
    [saved] = Config().own_boxes.values()
    assert (saved.token, saved.fingerprint) == ("secret", "1" * 64)
    told = "A certificate of it was known; from now on it is spoken to without TLS, and its token is forgotten.\n"
    assert cli(*add).err == told
    [saved] = Config().own_boxes.values()
    assert (saved.token, saved.fingerprint) == ("", "")


def test_the_token_of_a_box_is_not_for_another_address(cli):
    cli("boxes", "add", "--name", "lab", "--ip", "10.0.0.7", "--token", "secret")
    cli("boxes", "add", "--name", "lab", "--ip", "10.0.0.8", "--yes")
    assert [one.token for one in Config().own_boxes.values()] == [""]


def test_a_box_named_by_the_environment_is_said_to_be(cli, monkeypatch):
    monkeypatch.setenv("LAGER_BOX", "lab 3")
    assert cli("nets").err == (
        "Error: there is no box 'lab 3' (LAGER_BOX names it); no boxes are saved.\n"
        "Try: add it with `lager boxes add --name 'lab 3' --ip IP`.\n"
    )


def answering(data):
    """Listen as something that is no box: it says the same to everybody."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    return server


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<html",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    ],
)
@pytest.mark.parametrize(
    "words", [["nets"], ["python", "x.py"], ["python", "--continue", "a"], ["python", "--console", "a", "-c", "1"]]
)
def test_what_is_no_box_is_called_so(cli, folder, words, data):
    (folder / "work" / "x.py").write_text("print(1)")
    with answering(data) as server:
        port = server.getsockname()[1]
        done = cli(*words, "--box", f"127.0.0.1:{port}")
        server.shutdown(socket.SHUT_RDWR)
    assert (done.status, done.out) == (5, "")
    assert done.err.startswith(f"Error: what answers at 127.0.0.1:{port} does not speak as a box of this version does")
    assert done.err.splitlines()[1].startswith("Try: see that the address and the port are the box's")


def test_an_answer_that_breaks_off_says_whether_something_may_have_happened(cli):
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[]") as server:
        box = f"127.0.0.1:{server.getsockname()[1]}"
        looked, changed = cli("nets", "--box", box), cli("python", "--continue", "a", "--box", box)
        server.shutdown(socket.SHUT_RDWR)
    assert (looked.status, changed.status) == (5, 5)
    assert looked.err.startswith(f"Error: the box at {box} does not answer: it broke the connection off.\nTry: ")
    assert "it may or may not have been carried out" in changed.err


def test_boxes_and_defaults(cli, folder):
    assert cli("boxes").out == "No boxes found. Add boxes with: lager boxes add --name <NAME> --ip <IP>\n"
    assert cli("boxes", "add", "--name", "bb", "--ip", "127.0.0.1:1").out == "Added box 'bb' with IP '127.0.0.1:1'\n"
    lab = ["boxes", "add", "--name", "lab", "--ip", "127.0.0.1:1", "--user", "pi", "--token", "secret"]
    assert cli(*lab).status == 0
    assert cli("defaults").out == "No defaults are currently set. Add one with: lager defaults add\n"
    assert cli("defaults", "add", "--box", "bb").out == "Set default box: bb\n"
    assert cli("defaults", "add", "--box", "cc").status == 2
    assert cli("boxes").out == (
        "name   ip            user   version   status\n"
        "====   ===========   ====   =======   ===========\n"
        "bb     127.0.0.1:1   -      -         unreachable   default\n"
        "lab    127.0.0.1:1   pi     -         unreachable\n"
        "\n"
        f"Your CLI: {__version__}\n"
        "2 boxes could not be reached: `lager hello --box NAME` says why\n"
    )
    assert "secret" not in cli("boxes", "--json").out
    assert cli("defaults").out == "Default   Value\n=======   =====\nbox       bb\n"
    assert cli("boxes", "delete", "--name", "bb").out == "Deleted box 'bb' from .lager file\n"
    assert cli("defaults", "delete", "box").status == 1
    assert cli("boxes", "delete", "--name", "bb").status == 2


def test_saved_boxes_of_which_none_was_chosen(cli):
    cli("boxes", "add", "--name", "a", "--ip", "10.0.0.1")
    done = cli("nets")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "Error: no box was chosen; saved are a (10.0.0.1).\n"
        "Try: --box a, or `lager defaults add --box a` for always, or --box local for your private box.\n"
    )


def test_an_unexpected_exception_is_one_line(cli, monkeypatch):
    monkeypatch.setattr("lager_cli.config.Config", lambda: 1 / 0)
    done = cli("boxes")
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        "Error: ZeroDivisionError: division by zero. This is a defect of lager.\n"
        "Try: run it again with LAGER_DEBUG=1 to see where it happened, and report that.\n"
    )
    monkeypatch.setenv("LAGER_DEBUG", "1")
    assert "Traceback" in cli("boxes").err


def test_no_box_is_nothing_to_stop(cli):
    assert cli("box", "status").out == "No box of yours runs on this machine.\n"
    assert cli("box", "stop").out == "No box of yours runs on this machine.\n"

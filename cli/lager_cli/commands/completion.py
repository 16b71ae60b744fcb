"""`lager completion`: Tab completes commands, boxes, nets and runs."""

from __future__ import annotations

import contextlib

import click

_SHELLS = ("bash", "zsh", "fish")


@click.group()
def completion() -> None:
    """Complete commands, options, boxes, nets and ids of live runs, in your shell.

    \b
    bash:  eval "$(lager completion bash)"      in ~/.bashrc
    zsh:   eval "$(lager completion zsh)"       in ~/.zshrc, after compinit
    fish:  lager completion fish > ~/.config/fish/completions/lager.fish
    """  # noqa: D301  # click's own sign: the lines after it stay as they are


def _printing(shell: str) -> click.Command:
    @click.command(shell, help=f"Print what {shell} needs.")
    def command() -> None:
        from lager_cli.completion.shells import SCRIPTS

        click.echo(SCRIPTS[shell], nl=False)

    return command


for _shell in _SHELLS:
    completion.add_command(_printing(_shell))


@completion.command(hidden=True)
@click.argument("shell", type=click.Choice(_SHELLS))
def answer(shell: str) -> None:
    """Say what fits; shells call this, and say by COMP_WORDS and COMP_CWORD what is typed."""
    from lager import errors
    from lager_cli.completion import answers

    # Whatever is wrong, Tab shows nothing: the command itself will say it.
    with contextlib.suppress(errors.LagerError, click.ClickException, OSError, ValueError, KeyError):
        if told := answers.answer(shell):
            click.echo(told)

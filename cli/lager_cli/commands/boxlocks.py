"""`lager boxes lock` and `lager boxes unlock`: a box for oneself, whatever runs on it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from lager import errors
from lager_cli.app import App, box_option


def _user_option(command: Callable[..., Any]) -> Callable[..., Any]:
    described = "Who it is for; you, or in CI the job, where nothing is said."
    return click.option("--user", metavar="NAME", default=None, help=described)(command)


@click.command()
@box_option
@_user_option
@click.pass_obj
def lock(app: App, user: str | None) -> None:
    """Reserve a box: until `unlock`, others only read there."""
    from lager import wire
    from lager_cli.lockwaiting import held, name_of

    box = app.box()
    name = name_of(box)
    try:
        given: wire.BoxLock = box.runner.post("/lock", wire.LockRequest(_who(user)), wire.BoxLock)
    except errors.BoxLocked as exc:
        there: wire.BoxLock = box.runner.get("/lock", wire.BoxLock)
        if not there.locked:
            raise
        raise errors.BoxLocked(
            f"Box '{name}' is already locked by {there.user} ({held(there)})\n"
            f"To force unlock: lager boxes unlock --box {name} --force"
        ) from exc
    click.secho(f"Box '{name}' is locked by {given.user}", fg="green")


@click.command()
@box_option
@_user_option
@click.option("--force", is_flag=True, help="Also what somebody else has, and what runs have.")
@click.pass_obj
def unlock(app: App, user: str | None, force: bool) -> None:
    """Give a box back."""
    from lager import wire
    from lager_cli.lockwaiting import name_of

    box = app.box()
    name = name_of(box)
    try:
        left: wire.BoxLock = box.runner.post("/unlock", wire.UnlockRequest(_who(user), force), wire.BoxLock)
    except errors.BoxLocked as exc:
        held: wire.BoxLock = box.runner.get("/lock", wire.BoxLock)
        raise errors.BoxLocked(
            f"Box '{name}' is locked by {held.user}.\nTo force unlock: lager boxes unlock --box {name} --force"
        ) from exc
    if not left.locked:
        click.secho(f"Box '{name}' is now unlocked", fg="green")
        return
    runs = ", ".join(run[:8] for run in left.runs)
    click.echo(f"Box '{name}' is no longer reserved; run {runs} has it until it pauses or ends")


def _who(user: str | None) -> str:
    from lager_cli.holder import holder

    if user is None:
        return holder(os.environ)[0]
    if not user.strip():
        raise errors.UsageError("--user was given without a name", "leave it out to mean yourself")
    return user

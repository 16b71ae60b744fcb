"""`lager box`: a box on this machine, in the foreground or private."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lager import errors, settings
from lager_cli.app import App, json_option
from lager_cli.box.limiting import box_limits
from lager_cli.box.notifying import notify
from lager_cli.commands import update

if TYPE_CHECKING:
    from lager import wire
    from lager_cli.selection import Box

_LONGEST_END = 120.0  # s for runs to clean up, and be ended; the box knows how long each of them gets
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def box() -> None:
    """Run a box on this machine; look at it, stop it."""


box.add_command(notify)
box.add_command(box_limits)
box.add_command(update.command())


@box.command()
@click.option("--sim", is_flag=True, help="With the simulated bench (what happens without --bench, too).")
@click.option("--simulated", type=FILE, metavar="FILE.toml", help="With a simulated bench of your own.")
@click.option("--bench", type=FILE, help="With this bench file.")
@click.option("--bind", default="127.0.0.1", metavar="ADDR[:PORT]", help="Address to listen on.  [127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of runs and consoles; 0 takes any free one.  [5000]")
@click.option("--hardware-port", type=click.IntRange(0, 65535), default=settings.HARDWARE_PORT, show_default=True)
@click.option("--http-port", type=click.IntRange(0, 65535), default=settings.HTTP_PORT, show_default=True)
@click.option("--tls", is_flag=True, help="Encrypt all ports, with a certificate that the box makes for itself.")
@click.option("--tls-cert", type=FILE, metavar="FILE", help="Encrypt all ports, with this certificate (PEM) ...")
@click.option("--tls-key", type=FILE, metavar="FILE", help="... and its private key.")
@click.option(
    "--allow-legacy-clients",
    count=True,
    help="Serve released clients, which have no token. Twice where --bind is no loopback address.",
)
@click.option("--legacy-console", is_flag=True, help="With it: serve them consoles over plain TCP, too.")
def serve(sim: bool, simulated: Path | None, bench: Path | None, **others: Any) -> None:
    """Run a box in the foreground until Ctrl-C."""
    from lager_cli.box import releasedclients, securing, simulating
    from lager_cli.box.parent import Parent, Plan, start_log
    from lager_cli.box.supervised import Notifier

    if sum(map(bool, (sim, simulated, bench))) > 1:
        raise click.UsageError("--sim, --simulated and --bench exclude each other: a box has one bench.")
    listening = {name: others[name] for name in ("bind", "port", "hardware_port", "http_port")}
    host, ports = _listens(**listening)
    released, consoles = others["allow_legacy_clients"], others["legacy_console"]
    releasedclients.check(host, released, consoles, secured=bool(others["tls"] or others["tls_cert"]))
    certificate, key = securing.files(others["tls"], others["tls_cert"], others["tls_key"])
    described = None if bench else simulated or settings.simulated_bench()
    if described:
        simulating.check(described)
    real, simulated = (one.resolve() if one else None for one in (bench, described))
    start_log()
    plan = Plan(host, *ports, bench=real, simulated=simulated, certificate=certificate, key=key)
    plan = replace(plan, released=bool(released), consoles=consoles)
    systemd = Notifier()

    def ready(info: wire.BoxInfo) -> None:
        _introduce(info, consoles)
        if not systemd.listens:  # else it has no terminal, and is another user's
            click.echo("Use it here with `lager nets --box local`; Ctrl-C ends it.")
        systemd.ready()

    def ending(info: wire.BoxInfo) -> None:
        systemd.ending()
        _take_leave(info)

    Parent(plan, ready, ending).run()


def _listens(bind: str, port: int | None, hardware_port: int, http_port: int) -> tuple[str, tuple[int, int, int]]:
    """Give the address to listen on, and the ports: of the runner, the hardware service, and the bench's HTTP."""
    from lager_cli.config import split_address

    host, bound = split_address(bind)
    host = "127.0.0.1" if host == "localhost" else host
    try:
        ipaddress.ip_address(host)
    except ValueError:  # names can be re-bound, so no box answers to one
        raise click.UsageError(f"--bind wants an IP address, such as 127.0.0.1, not {host!r}.") from None
    runner = port if port is not None else bound or settings.RUNNER_PORT
    fixed = [one for one in (runner, hardware_port, http_port) if one]
    if len(set(fixed)) != len(fixed):
        raise click.UsageError("--port, --hardware-port and --http-port must differ.")
    return host, (runner, hardware_port, http_port)


def _introduce(info: wire.BoxInfo, consoles: bool) -> None:
    from lager_cli.box import releasedclients, securing

    click.echo(
        f"The box listens on {info.host}: port {info.runner} for runs and consoles, "
        f"{info.http} for the bench, {info.hardware} for the hardware service."
    )
    click.echo(f"Bench: {_bench_words(info)}. Token: {settings.token_file()}")
    for line in (*securing.words(info), *releasedclients.words(info, consoles)):
        click.echo(line)


def _bench_words(info: wire.BoxInfo) -> str:
    simulated, colon, path = info.bench.partition(":")
    if simulated != "sim":
        return info.bench
    return f"simulated, of {path}" if colon else "simulated"


def _take_leave(info: wire.BoxInfo) -> None:
    from lager_cli.selection import own

    click.echo("Ending the box.")
    with contextlib.suppress(errors.LagerError):  # a runner that does not answer can name no runs
        for run in _live_runs(own(info)):
            click.echo(f"Run {run.id} ({run.name}) goes on; the next box of this state directory adopts it.")


@box.command()
@json_option
@click.pass_obj
def status(app: App) -> None:
    """Show this user's box on this machine.

    To root, that is the one that `lager install` made here.
    """
    from lager import wire
    from lager_cli.box import embedded, installed
    from lager_cli.lockwaiting import held
    from lager_cli.selection import own

    installed.become()
    info = embedded.alive()
    if info is None:
        left = embedded.recorded()
        if left is not None:
            raise errors.ServiceUnreachable(
                f"the box (process {left.pid}) runs but does not answer", f"see {settings.state_dir() / 'box.log'}"
            )
        app.show(None, "No box of yours runs on this machine.")
        return
    runs = _live_runs(own(info))
    lock: wire.BoxLock = own(info).runner.get("/lock", wire.BoxLock)
    minutes = max(time.time() - info.started, 0) / 60
    kind = "Private box" if info.embedded else "Box"
    lines = [
        f"{kind} on {info.host}, process {info.pid}, up {minutes:.0f} min, version {info.version}",
        f"  runs and consoles: port {info.runner}",
        f"  bench:             port {info.http} ({_bench_words(info)})",
        f"  hardware service:  port {info.hardware}",
        *([f"  TLS fingerprint:   {info.fingerprint}"] if info.fingerprint else []),
        *(["  open:              to released clients, without a token"] if info.released else []),
        *([f"  locked by:         {lock.user} ({held(lock)})"] if lock.locked else []),
        f"  state, token, log: {settings.state_dir()}",
        *(f"  run {run.id} is {run.state} ({run.name})" for run in runs),
    ]
    facts = {name: getattr(info, name) for name in info.__struct_fields__}
    app.show({**facts, "lock": lock, "runs": runs}, "\n".join(lines))


@box.command()
@click.option("--force", is_flag=True, help="Stop the runs that are alive, too.")
def stop(force: bool) -> None:
    """Stop this user's box on this machine."""
    from lager_cli.box import embedded
    from lager_cli.box.parent import is_gone
    from lager_cli.selection import own

    info = embedded.recorded()
    if info is None or is_gone():
        click.echo("No box of yours runs on this machine.")
        return
    # Where it does not answer, or its token file was changed, it is stopped without asking for its runs.
    with contextlib.suppress(errors.ServiceUnreachable, errors.TokenRefused):
        _stop_runs(own(info), force)
    os.kill(info.pid, signal.SIGTERM)
    if not is_gone(within=20):
        os.kill(info.pid, signal.SIGKILL)  # its services end by themselves when it is gone
        is_gone(within=5)
    click.echo("Stopped the box.")


def _live_runs(chosen: Box) -> list[wire.RunInfo]:
    from lager import wire

    runs: list[wire.RunInfo] = chosen.runner.get("/runs", list[wire.RunInfo])
    return [run for run in runs if run.ended is None]


def _stop_runs(chosen: Box, force: bool) -> None:
    from lager import wire
    from lager_cli.selection import user_name

    runs = _live_runs(chosen)
    if runs and not force:
        named = ", ".join(f"{run.id} ({run.name}, {run.state})" for run in runs)
        raise errors.LagerError(
            f"{len(runs)} {'run is' if len(runs) == 1 else 'runs are'} alive on it: {named}",
            "wait for them, continue them with `lager python --continue ID`, or stop them too with --force",
        )
    if not runs:
        return
    click.echo("Ending what runs; each script gets time for its `finally:`.", err=True)
    asked = wire.KillRequest(by=user_name(), wait=_LONGEST_END)
    killed: list[wire.Killed] = chosen.runner.post("/runs/kill", asked, list[wire.Killed], timeout=_LONGEST_END + 10)
    for one in killed:
        what = "Ended" if one.status is not None else "Could not end"
        click.echo(f"{what} run {one.run} ({one.name}): {', '.join(one.did) or 'it had ended just then'}.")

"""`lager status`: how a box is, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lager import errors
from lager_cli.app import App, box_option, json_option

if TYPE_CHECKING:
    from lager import wire
    from lager.client import Service
    from lager_cli.selection import Box

_WITHIN = 3.0  # s for each answer


@click.command()
@box_option
@json_option
@click.pass_obj
def status(app: App) -> int:
    """Show how a box is: its services, nets, instruments, runs, and who has its lock. Status 5: a service is silent."""
    from lager import wire
    from lager_cli.lockwaiting import held, name_of

    box = app.box()
    info: wire.BoxInfo = box.runner.get("/box", wire.BoxInfo, timeout=_WITHIN)
    lock: wire.BoxLock = box.runner.get("/lock", wire.BoxLock, timeout=_WITHIN)
    runs: list[wire.RunInfo] = box.runner.get("/runs", list[wire.RunInfo], timeout=_WITHIN)
    living = [run for run in runs if run.ended is None]
    services = {"runner": "", "bench": _trouble(box.bench), "hardware": _trouble(box.hardware)}
    nets, bench_error, instruments = _bench(box) if not services["bench"] else ([], "", [])
    facts: dict[str, Any] = {"box": name_of(box), "ip": box.host, "version": info.version, "started": info.started}
    facts["services"] = {name: trouble or "healthy" for name, trouble in services.items()}
    facts |= {"nets": len(nets), "bench_error": bench_error, "instruments": instruments}
    facts |= {"runs": living, "lock": lock}
    locked = f"locked by {lock.user} ({held(lock)})" if lock.locked else "free"
    lines = [
        f"Box: {name_of(box)} ({box.host}), version {info.version}, up {_since(info.started)}",
        "Services: " + ", ".join(f"{name} {trouble or 'healthy'}" for name, trouble in services.items()),
        f"Bench: {_bench_words(services['bench'], nets, bench_error)}",
        *(f"  {line}" for line in _instrument_lines(instruments)),
        f"Runs: {_runs_words(living)}",
        *(f"  {run.id[:8]} {run.state} ({run.name})" for run in living),
        f"Lock: {locked}",
    ]
    app.show(facts, "\n".join(lines))
    return errors.ServiceUnreachable.exit_code if any(services.values()) else 0


def _trouble(service: Service) -> str:
    """Say what is wrong with a service; nothing where it answers."""
    try:
        service.get("/health", dict[str, Any], timeout=_WITHIN)
    except errors.ServiceUnreachable:
        return "does not answer"
    return ""


def _bench(box: Box) -> tuple[list[wire.NetRecord], str, list[wire.Instrument]]:
    from lager import wire

    saved: wire.SavedNets = box.bench.get("/nets/saved", wire.SavedNets, timeout=_WITHIN)
    found: list[wire.Instrument] = box.bench.get("/instruments/list", list[wire.Instrument], timeout=_WITHIN)
    return saved.nets, saved.error, found


def _bench_words(trouble: str, nets: list[wire.NetRecord], error: str) -> str:
    if trouble:
        return "n/a (its service does not answer)"
    instruments = len({(net.instrument, net.address) for net in nets})
    told = f"{_count(len(nets), 'net')} of {_count(instruments, 'instrument')}"
    return f"{told}; {error}" if error else told


def _instrument_lines(instruments: list[wire.Instrument]) -> list[str]:
    """Name the instruments that are missing: of the others there is nothing to say."""
    missing = [one for one in instruments if one.present is False and one.nets]
    return [f"{one.name} [{one.address}] is not plugged in: {', '.join(one.nets)}" for one in missing]


def _runs_words(runs: list[wire.RunInfo]) -> str:
    if not runs:
        return "none"
    paused = sum(1 for run in runs if run.pauses)
    return f"{len(runs)}" + (f", {paused} paused" if paused else "")


def _since(started: float) -> str:
    import time

    minutes = max(time.time() - started, 0) / 60
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"

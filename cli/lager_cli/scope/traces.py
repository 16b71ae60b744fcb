"""`lager scope NET waveform` and `fft`: the trace, shown, or in a file of this machine."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lager import errors
from lager_cli.app import App
from lager_cli.scope.channel import Channel, channel, options
from lager_cli.scope.quantities import clean, scaled
from lager_cli.scope.triggering import choice

if TYPE_CHECKING:
    from lager.proxies.scope_trace import Trace

KINDS = (".csv", ".npy", ".png")
_NOTICED = 500_000  # points; fewer are there before anybody could read it
_CLEAR = "\r\033[K"
_PEAKS = 5
_AT_ONCE = 10_000  # lines


def _into(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        path = click.option(
            "--output",
            "-o",
            metavar="FILE",
            help=f"Write {what} into FILE: .csv, .npy, or .png for a plot; - writes CSV to standard output.",
        )
        source = choice("--source", ["screen", "memory"], "screen", "What is shown, or all that was captured.")
        made: Callable[..., Any] = path(source(options(click.pass_context(command))))
        return made

    return add


@click.command()
@_into("time (s) and voltage (V)")
def waveform(ctx: click.Context, output: str | None, source: str) -> None:
    """Read the trace that is shown, or with `--source memory` all of it; show it, or write it into a file."""
    _check(ctx, output)
    net = channel(ctx)
    trace = _read(net, source)
    facts = _facts(trace)
    if output == "-":
        _print("time_s,volts_V", trace.time, trace.volts)
    elif output is not None:
        _save(output, trace, lambda file: _write_trace(trace, file))
        net.show({**facts, "file": output}, f"Saved {_size(trace)} of {net.name} in {output}")
    else:
        from lager_cli.scope.drawing import lines

        net.show(facts, "\n".join([_summary(net, trace, facts), *lines(trace.time, trace.volts)]))


@click.command()
@_into("frequency (Hz) and amplitude (V)")
def fft(ctx: click.Context, output: str | None, source: str) -> None:
    """Show the strongest frequencies of the trace, or write its spectrum into a file."""
    _check(ctx, output)
    net = channel(ctx)
    trace = _read(net, source)
    from lager_cli.scope.spectra import peaks, spectrum

    hertz, volts = spectrum(trace.volts, trace.x_increment)
    found = [{"hertz": clean(one), "volts": clean(size)} for one, size in peaks(hertz, volts, _PEAKS)]
    facts = {"points": len(trace), "resolution_hertz": clean(hertz[1]), "peaks": found}
    if output == "-":
        _print("frequency_Hz,amplitude_V", hertz, volts)
    elif output is not None:
        _save(output, trace, lambda file: _write_spectrum(net.name, hertz, volts, file))
        net.show({**facts, "file": output}, f"Saved the spectrum of {_size(trace)} of {net.name} in {output}")
    else:
        from lager_cli.output import table

        rows = [[scaled(one["hertz"], "Hz"), scaled(one["volts"], "V", 3)] for one in found]
        net.show(facts, table(["Frequency", "Amplitude"], rows))


def _check(ctx: click.Context, output: str | None) -> None:
    """Refuse a file that could not be written, before the instrument is asked.

    Raises:
        UsageError: Its name ends in nothing known, or its folder is not there.
        LagerError: It is to be a plot, and matplotlib is not installed.
    """
    if output == "-" and ctx.ensure_object(App).as_json:
        raise click.UsageError("--json and `-o -` exclude each other: both are for standard output.")
    if output is None or output == "-":
        return
    path = Path(output)
    if path.suffix.lower() not in KINDS:
        raise errors.UsageError(f"{output!r} names no kind of file that is known", f"end it in {', '.join(KINDS)}")
    if path.is_dir() or not path.parent.is_dir():
        what = "it is a folder" if path.is_dir() else f"there is no folder {str(path.parent)!r}"
        raise errors.UsageError(f"{output!r} cannot be written: {what}", "name a file in a folder that is there")
    if path.suffix.lower() == ".png":
        from lager_cli.scope.drawing import check

        check()


def _read(net: Channel, source: str) -> Trace:
    from lager.proxies.scope_trace import read

    with _line() as tell:

        def so_far(done: int, total: int) -> None:
            if total >= _NOTICED:
                tell(f"reading: {done} of {total} points ({100 * done // total} %)")

        return read(net.scope, source, so_far)


@contextlib.contextmanager
def _line() -> Iterator[Callable[[str], None]]:
    """Give what shows how far it is, in one line of a terminal; at the end the line is gone again."""
    told = False

    def tell(words: str) -> None:
        nonlocal told
        if sys.stderr.isatty():
            told = True
            sys.stderr.write(f"{_CLEAR}{words}")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if told:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()


def _facts(trace: Trace) -> dict[str, Any]:
    volts = trace.volts
    return {
        "points": len(trace),
        "sample_rate_hertz": clean(trace.sample_rate),
        "start_seconds": clean(trace.x_origin),
        "duration_seconds": clean(len(trace) * trace.x_increment),
        "min_volts": clean(volts.min()),
        "max_volts": clean(volts.max()),
        "mean_volts": clean(volts.mean()),
    }


def _size(trace: Trace) -> str:
    return f"{len(trace)} points ({scaled(trace.sample_rate, 'Sa/s')})"


def _summary(net: Channel, trace: Trace, facts: dict[str, Any]) -> str:
    low, high, mean = (scaled(facts[f"{name}_volts"], "V", 3) for name in ("min", "max", "mean"))
    return f"{net.name}: {_size(trace)}, {low} to {high}, mean {mean}"


def _print(head: str, first: Any, second: Any) -> None:
    """Write CSV to standard output."""
    click.echo(head)
    for at in range(0, len(first), _AT_ONCE):
        rows = zip(first[at : at + _AT_ONCE].tolist(), second[at : at + _AT_ONCE].tolist(), strict=True)
        click.echo("\n".join(f"{a:.9g},{b:.9g}" for a, b in rows))


def _save(output: str, trace: Trace, write: Callable[[str], None]) -> None:
    """Write a file as a whole or not at all: what was there stays until all of the new is."""
    path = Path(output).resolve()  # a link stays one
    part = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix.lower()}")
    try:
        with _line() as tell:
            if len(trace) >= _NOTICED:
                tell(f"writing {output}")
            write(str(part))
        os.replace(part, path)
    except OSError as exc:
        _drop(part)
        why = exc.strerror.lower() if exc.strerror else "the disk took only a part of it"  # as numpy says it
        raise errors.LagerError(
            f"{output!r} cannot be written: {why}", "name a file in another folder, or make room there"
        ) from exc
    except BaseException:
        _drop(part)
        raise


def _drop(part: Path) -> None:
    with contextlib.suppress(OSError):  # why it could not be written is told; this is not
        part.unlink()


def _write_trace(trace: Trace, file: str) -> None:
    if not file.endswith(".png"):
        trace.save(file)
        return
    from lager_cli.scope.drawing import draw

    draw(trace.time, trace.volts, file, (trace.name, "s", "V"))


def _write_spectrum(name: str, hertz: Any, volts: Any, file: str) -> None:
    import numpy as np

    if file.endswith(".png"):
        from lager_cli.scope.drawing import draw

        draw(hertz, volts, file, (f"Spectrum of {name}", "Hz", "V"))
    elif file.endswith(".npy"):
        np.save(file, np.column_stack((hertz, volts)))
    else:
        columns = np.column_stack((hertz, volts))
        np.savetxt(file, columns, fmt="%.9g", delimiter=",", header="frequency_Hz,amplitude_V", comments="")


COMMANDS = (waveform, fft)

"""Take one capture of all four channels of the oscilloscope, measure them, and draw it into scope.png.

lager python examples/scope_picture.py            # into the run's own folder; it prints where that is
lager python examples/scope_picture.py ~/my.png   # where the box can write
"""

import sys
from pathlib import Path

from lager import Net, NetType

try:
    import matplotlib

    matplotlib.use("Agg")  # draws into files, without a screen
    from matplotlib import pyplot
except ImportError:
    raise SystemExit("scope_picture.py draws with matplotlib, which is not here: pip install 'lager[plot]'") from None

VOLTS_PER_DIV = {"scope1": 1.0, "scope2": 0.5, "scope3": 1.0, "scope4": 1.0}
picture = Path(sys.argv[1] if len(sys.argv) > 1 else "scope.png").resolve()
if not picture.parent.is_dir():
    raise SystemExit(f"there is no folder {picture.parent} on the box to draw into")

supply = Net.get("supply1", type=NetType.PowerSupply)  # scope4 is on its output
scopes = [Net.get(name, type=NetType.Analog) for name in VOLTS_PER_DIV]
clock = scopes[0]

try:
    supply.set_current(0.5)
    supply.set_voltage(2.5)
    supply.enable()

    for scope in scopes:
        scope.enable()
        scope.trace_settings.set_volts_per_div(VOLTS_PER_DIV[scope.name])
        scope.trace_settings.set_volt_offset(0)
    clock.trace_settings.set_time_per_div(200e-6)
    clock.trace_settings.set_time_offset(0)
    trigger = clock.trigger_settings
    trigger.set_type("edge")
    trigger.edge.set_source(clock)
    trigger.edge.set_slope_rising()
    trigger.edge.set_level(1.65)

    clock.start_single_capture()
    clock.wait_for_capture(timeout=5)
    traces = [scope.waveform() for scope in scopes]  # of the same capture, because it has stopped

    for scope in scopes:
        low, high = scope.measurement.voltage_min(), scope.measurement.voltage_max()
        frequency = scope.measurement.frequency()
        repeats = "does not repeat" if frequency is None else f"{frequency:8.1f} Hz"
        print(f"{scope.name}: {low:6.3f} V to {high:6.3f} V, {repeats}")
finally:
    supply.disable()

figure, axes = pyplot.subplots(len(traces), sharex=True, figsize=(10, 8), layout="constrained")
for number, (plot, trace) in enumerate(zip(axes, traces, strict=True)):
    plot.plot(trace.time * 1e3, trace.volts, color=f"C{number}", linewidth=1)
    plot.set_ylim(-4 * VOLTS_PER_DIV[trace.name], 4 * VOLTS_PER_DIV[trace.name])  # the scope's own screen
    plot.set_ylabel(f"{trace.name} (V)")
    plot.grid(alpha=0.3)
axes[0].set_title(f"One capture, {len(traces[0])} points of each channel; the trigger is at 0 ms")
axes[-1].set_xlabel("time (ms)")
figure.savefig(picture, dpi=120)
print("drawn:", picture)

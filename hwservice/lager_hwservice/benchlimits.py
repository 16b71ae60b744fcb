"""The safety limits of one instrument, as the bench file says them now; in its worker, which nobody can go past.

And whether a net of it is disconnected for a parameter.

The worker reads the file itself: a limit holds from the moment it is written, also for scripts that ask the worker
directly, and while the service is away. Looking costs the kernel's word on the file, and no more, while it stays as
it is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lager import addresses, errors, wire
from lager_hwservice import safetylimits, whileconnected
from lager_hwservice.bench import Bench
from lager_hwservice.benchfile import BenchFile


def no_limits(_role: str, _pin: str) -> safetylimits.Bounds:
    """Give the limits of a channel where there is no bench file."""
    return {}


class BenchLimits:
    """The limits of the nets at one address. For any thread.

    Args:
        path: The bench file.
        address: The instrument's address.
    """

    def __init__(self, path: Path, address: str) -> None:
        self._path = path
        self._place = addresses.canonical(address)
        self._file: BenchFile | None = None
        self._of: tuple[Bench, list[wire.NetRecord]] | None = None

    def of(self, role: str, pin: str) -> safetylimits.Bounds:
        """Give the limits of a channel; those it had last, where the file is broken now.

        Raises:
            SafetyLimit: The file was broken already when it was first needed: nobody knows the limits.
        """
        if role not in safetylimits.BOUND:
            return {}
        nets = self._nets()
        return safetylimits.of_channel(nets, role, pin) if nets else {}

    def reconnects(self, name: str, role: str) -> bool:
        """Decide whether a net is disconnected for a parameter that it does not take while it is connected.

        Raises:
            SafetyLimit: As `of`.
        """
        return role == whileconnected.ROLE and whileconnected.reconnects(self._known().bench().nets, name)

    def _nets(self) -> list[wire.NetRecord]:
        """Give the nets of this instrument, where one of them has limits."""
        bench = self._known().bench()
        if self._of is None or self._of[0] is not bench:
            here = [net for net in bench.nets if addresses.canonical(net.address) == self._place]
            self._of = bench, [net for net in here if net.safety_limits is not None]
        return self._of[1]

    def _known(self) -> BenchFile:
        if self._file is None:
            try:
                self._file = BenchFile(self._path)
            except errors.UsageError as exc:
                raise errors.SafetyLimit(
                    f"the safety limits are not known, so nothing is changed: {exc.what}", exc.hint
                ) from exc
        return self._file


Limits = Callable[[str, str], safetylimits.Bounds]

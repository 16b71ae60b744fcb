"""Brings nets into their safe state: in order, proven by reading back, and logged.

What cannot be reached is tried again for as long as it takes: an instrument that was unplugged is made safe when it
is back. A net that another run has begun to use meanwhile is let be. What safe states are is decided in `safestates`.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from lager import boxlock, errors, wire
from lager.hardware import Hardware
from lager.lockfile import LockFile
from lager.netowners import Owners
from lager_hwservice import safestates
from lager_hwservice.bench import Bench
from lager_hwservice.safelog import Pending, SafeLog

log = logging.getLogger(__name__)
_AGAIN = 1.0  # s between two tries
_AT_ONCE = 8  # nets of one order, at the same time
_WAITING_AT_ONCE = 64  # nets that are tried again, each at most once at a time
_CALLER = "the safe state"
_REPEATED = (errors.InstrumentError, errors.ServiceUnreachable)  # what may pass


class SafeKeeper:
    """Brings nets into their safe state; for any thread.

    Args:
        nets: Gives the nets of the bench.
        hardware: The way to the workers.
        lock: The box's lock: a safe state is brought about whoever has it.
        owners: Whose the nets are.
        kept: The log, and what is still to be done.
    """

    def __init__(
        self,
        nets: Callable[[], Iterable[wire.NetRecord]],
        hardware: Hardware,
        lock: LockFile,
        owners: Owners | None = None,
        kept: SafeLog | None = None,
    ) -> None:
        self._nets = nets
        self._hardware = hardware
        self._lock = lock
        self._owners = owners or Owners()
        self._log = kept or SafeLog()
        self._change = threading.Condition()
        self._waiting = {(one.net, one.role): one for one in self._log.waiting()}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_on, name="safe states", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Try nothing any more; what is still to be done is done by the next service."""
        self._ended.set()
        with self._change:
            self._change.notify_all()

    def waiting(self) -> list[Pending]:
        """Give what is still to be done."""
        with self._change:
            return list(self._waiting.values())

    def events(self, most: int = 50) -> list[wire.SafeEvent]:
        """Give what was done last, the oldest first."""
        return self._log.events(most)

    def make_safe(self, asked: wire.MakeSafe) -> list[wire.MadeSafe]:
        """Bring nets into their safe state; gives what became of each, in the order it was done.

        Raises:
            BoxLocked: Somebody else has the box, and it is not forced.
            LagerError: A net that was named is not there, or has no safe state; nothing was done.
        """
        if not asked.force and (other := self._lock.shuts_out(asked.holder, asked.run)):
            raise boxlock.locked_by(other)
        made: list[wire.MadeSafe] = []
        for group in safestates.in_order(self._meant(asked)):
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                made += threads.map(lambda net: self._first(net, asked), group)
        if asked.run and asked.keep_on:
            self._owners.forget(asked.run)
        return made

    def _meant(self, asked: wire.MakeSafe) -> list[wire.NetRecord]:
        nets = list(self._nets())
        able = [net for net in nets if net.safe is not None]
        if asked.run:
            mine = set(safestates.touched(nets, self._owners.of(asked.run)))
            return [net for net in able if net.name in mine]
        if not asked.nets:
            return able
        for name in asked.nets:
            named = [net for net in nets if net.name == name] or [Bench(tuple(nets)).find(name, "")]
            if all(net.safe is None for net in named):
                raise safestates.none_of(named[0])
        return [net for net in able if net.name in asked.nets]

    def _first(self, net: wire.NetRecord, asked: wire.MakeSafe) -> wire.MadeSafe:
        made = self._tried(net)
        if made.state == "waits" and not asked.keep_on:
            made = wire.MadeSafe(made.net, made.role, "failed", made.wanted, made.read, made.error)
        self._log.add(made, asked.why, asked.run)
        with self._change:
            self._waiting.pop((net.name, net.role), None)
            if made.state == "waits":
                place = safestates.place(net)
                owner = self._owners.run_of(net.name, place)
                pending = Pending(net.name, net.role, asked.why, asked.run, owner, self._log.wall(), place)
                self._waiting[net.name, net.role] = pending
            self._kept()
        return made

    def _kept(self) -> None:
        """Keep what waits; the caller has the lock."""
        self._log.keep(list(self._waiting.values()))
        self._change.notify_all()

    def _keep_on(self) -> None:
        """Try what waits again and again, each net for itself: one that hangs delays no other."""
        tried: dict[tuple[str, str], Future[None]] = {}
        with ThreadPoolExecutor(_WAITING_AT_ONCE) as threads:
            while True:
                with self._change:
                    self._change.wait_for(lambda: self._waiting or self._ended.is_set())
                self._ended.wait(_AGAIN)
                if self._ended.is_set():
                    return
                for pending in self.waiting():
                    last = tried.get((pending.net, pending.role))
                    if last is None or last.done():
                        if last and (bug := last.exception()):
                            log.error("%s could not be made safe, and is tried again", pending.net, exc_info=bug)
                        tried[pending.net, pending.role] = threads.submit(self._again, pending)

    def _again(self, pending: Pending) -> None:
        net = self._now(pending)
        owner = self._owners.run_of(pending.net, pending.place)
        if net is None or net.safe is None:
            made = _let_be(pending, "it is on the bench no more, or has no safe state any more")
        elif owner not in ("", pending.owner):
            made = _let_be(pending, f"run {owner[:8]} uses it now")
        else:
            made = self._tried(net, lambda: self._owners.run_of(pending.net, pending.place) in ("", pending.owner))
            if made.state == "waits":
                return  # it was said when it was tried first
        with self._change:
            if self._waiting.get((pending.net, pending.role)) == pending:
                del self._waiting[pending.net, pending.role]
                self._kept()
        self._log.add(made, pending.why, pending.run)

    def _now(self, pending: Pending) -> wire.NetRecord | None:
        """Give the net that waits, also where it has another name by now."""
        alike = [one for one in self._nets() if one.role == pending.role]
        named = [one for one in alike if one.name == pending.net]
        return next(iter(named or [one for one in alike if safestates.place(one) == pending.place]), None)

    def _tried(self, net: wire.NetRecord, free: Callable[[], bool] | None = None) -> wire.MadeSafe:
        plan = safestates.plan(net)
        assert plan is not None, net.name
        try:
            try:
                read = self._brought(net, plan, free)
            except errors.RoleConflict:
                read = self._other_role_off(net)
        except _REPEATED as exc:
            return wire.MadeSafe(net.name, net.role, "waits", plan.words, error=wire.ErrorBody.of(exc))
        except errors.LagerError as exc:
            return wire.MadeSafe(net.name, net.role, "failed", plan.words, error=wire.ErrorBody.of(exc))
        return wire.MadeSafe(net.name, net.role, "safe", plan.words, read)

    def _brought(self, net: wire.NetRecord, plan: safestates.Plan, free: Callable[[], bool] | None = None) -> Any:
        """Bring a net into its safe state; gives what was read back.

        What may have reached the instrument is sent again only where it was read since that it is not so.

        Args:
            net: The net.
            plan: How it gets there.
            free: Where this is not the first try: says that nobody has begun to use the net since.
        """
        if free is not None:
            if plan.proves(read := self._call(net, plan.proof)):
                return read
            if not free():
                raise errors.InstrumentBusy(f"another run has begun to use {net.name}", "it is let be")
        for method, args in plan.calls:
            self._call(net, method, *args)
        read = self._call(net, plan.proof)
        if not plan.proves(read):
            raise errors.InstrumentRefused(
                f"{net.name} was to have {plan.words}, and {plan.proof} reads {read}", "look at its front panel"
            )
        return read

    def _other_role_off(self, net: wire.NetRecord) -> Any:
        """Switch the net's terminals off in the role that they are used in, where that one must not be taken away."""
        nets = self._nets()
        for one in safestates.siblings(nets, net):
            with contextlib.suppress(errors.RoleConflict):  # it is another one's
                return self._brought(one, safestates.switched_off(one.role))
        raise errors.InstrumentBusy(f"{net.name} is being watched in another role", "end that, and it is made safe")

    def _call(self, net: wire.NetRecord, method: str, *args: Any) -> Any:
        def ask() -> Any:
            call = wire.NetCall(net.role, method, list(args), _CALLER, holder=self._lock.now().user)
            return self._hardware.answer(net.name, call).value

        try:
            return ask()
        except (
            errors.InstrumentRestarted
        ):  # which was not sent: its settings are lost, and it is to be safe all the same
            return ask()


def _let_be(pending: Pending, why: str) -> wire.MadeSafe:
    error = wire.ErrorBody(errors.UsageError.code, f"it is let be: {why}")
    return wire.MadeSafe(pending.net, pending.role, "failed", "safe state", error=error)

"""The box itself."""

from __future__ import annotations

from msgspec import Struct


class BoxInfo(Struct, frozen=True, kw_only=True):
    """Where a box listens; reply of `GET :5000/box`, and the file it keeps while it lives.

    Attributes:
        host: The address it listens on.
        runner: Port of the runner (runs, pauses, consoles).
        hardware: Port of the hardware service's control plane (8080 by default).
        http: Port of the bench's HTTP interface (9000 by default).
        bench: The bench file's path; `sim` for the simulated bench, `sim:PATH` where a description says what is on it.
        pid: Process id of the box.
        embedded: Whether it ends when idle.
        started: Unix time, s.
        fingerprint: SHA-256 of its TLS certificate, hexadecimal; empty for a box without TLS.
        released: Whether clients of the released interface need no token.
    """

    host: str
    runner: int
    hardware: int
    http: int
    bench: str
    version: str
    pid: int
    embedded: bool
    started: float
    fingerprint: str = ""
    released: bool = False

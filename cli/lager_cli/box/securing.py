"""What `lager box serve` needs for TLS: which files, and what to tell of who can read along. It encrypts nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lager import errors, wire
from lager_cli.selection import is_loopback


def files(own: bool, certificate: Path | None, key: Path | None) -> tuple[Path | None, Path | None]:
    """Give the certificate and the key to serve with; None and None for plain HTTP.

    Raises:
        UsageError: They cannot be used, or exclude each other.
    """
    if own and (certificate or key):
        raise errors.UsageError(
            "--tls is for the box's own certificate, and --tls-cert for one of yours", "give one of them"
        )
    if bool(certificate) != bool(key):
        raise errors.UsageError("--tls-cert and --tls-key belong together", "give both files")
    if not own and certificate is None:
        return None, None
    from lager import tls, tlscertificate

    if certificate is None or key is None:
        certificate = key = tlscertificate.own()
    certificate, key = certificate.resolve(), key.resolve()
    tls.check(certificate, key)
    return certificate, key


def words(info: wire.BoxInfo) -> Iterator[str]:
    """Give the lines that say how the box is protected from whoever is on its network."""
    if info.fingerprint:
        yield f"It speaks TLS; the SHA-256 fingerprint of its certificate is {info.fingerprint}"
    if is_loopback(info.host):
        return
    secured = f" --tls --fingerprint {info.fingerprint}" if info.fingerprint else ""
    who = "" if info.released else ": whoever has the token can run programs as you"
    yield f"It is open to the network{who}. Elsewhere: `lager boxes add --name NAME --ip IP --token TOKEN{secured}`."
    if not info.fingerprint:
        why = "" if info.released else "without --tls "  # which they do not speak
        yield (
            f"WARNING: {why}all of it crosses that network in the clear, and can be read and changed there: "
            "the token, scripts, their output and their --env and --passenv, and what is typed in consoles."
        )

"""TLS between a machine and a box: who is at the other end is known by the fingerprint of its certificate, and only so.

There is no authority and no host name to check: a box on a bench has an address, and often another one tomorrow. The
fingerprint is SHA-256 over the whole certificate, and is kept (pinned) by whoever uses the box. Imported only where TLS
is used; making a certificate is in `lager.tlscertificate`.
"""

from __future__ import annotations

import functools
import hashlib
import re
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lager import errors

if TYPE_CHECKING:
    import argparse

_DIGITS = re.compile(r"[0-9a-f]{64}")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
# For TLS 1.2: what was recorded cannot be read later by whoever gets the key. TLS 1.3 has nothing else.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


def normal(text: str) -> str:
    """Give a fingerprint as it is kept: 64 hexadecimal digits. It may be written as OpenSSL and browsers do.

    Raises:
        UsageError: It is none.
    """
    digits = text.rpartition("=")[2].strip().lower().removeprefix("sha256:").replace(":", "").replace(" ", "")
    if not _DIGITS.fullmatch(digits):
        raise errors.UsageError(
            f"{text!r} is no SHA-256 fingerprint", "take the 64 hexadecimal digits that `lager box status` shows there"
        )
    return digits


def of_file(certificate: Path) -> str:
    """Give the fingerprint of the first certificate in a PEM file.

    Raises:
        UsageError: There is none in it, or it cannot be read.
    """
    try:
        found = _CERTIFICATE.search(certificate.read_text(encoding="ascii"))
        if found is not None:
            return hashlib.sha256(ssl.PEM_cert_to_DER_cert(found.group())).hexdigest()
        why = "there is none in it"
    except (OSError, ValueError) as exc:
        why = (exc.strerror if isinstance(exc, OSError) else None) or "it is no PEM text"
    raise errors.UsageError(f"no certificate can be read from {certificate}: {why}", "give a file in PEM form")


def check(certificate: Path, key: Path) -> None:
    """See that a server can use these files.

    Raises:
        UsageError: It cannot, and why.
    """
    of_file(certificate)
    try:
        # Without the empty password, OpenSSL would ask for one at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as exc:
        raise errors.UsageError(
            f"{certificate} and {key} cannot be used for TLS: {exc}",
            "give a certificate in PEM form, and the private key that belongs to it, without a password",
        ) from exc


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let a service take the files of its certificate."""
    parser.add_argument("--tls-cert", type=Path, help="certificate, in PEM form; without it the ports are plain HTTP")
    parser.add_argument("--tls-key", type=Path, help="its private key")


def for_server(certificate: Path | None, key: Path | None) -> dict[str, Any]:
    """Give what uvicorn is told of TLS; nothing where there is no certificate."""
    if certificate is None:
        return {}
    return {"ssl_certfile": str(certificate), "ssl_keyfile": str(key or certificate), "ssl_ciphers": _CIPHERS}


def begin(connected: socket.socket) -> ssl.SSLSocket:
    """Begin TLS as a client. Whoever is there may be anybody, until `shown` is compared.

    Raises:
        ssl.SSLError: What is there does not speak TLS.
        OSError: It broke the connection off, or does not answer in the socket's time.
    """
    connected.getpeername()  # where it has broken off already, `ssl` would leave a socket open
    return _anybody().wrap_socket(connected)


def shown(secure: ssl.SSLSocket) -> str:
    """Give the fingerprint of the certificate that the other end has shown, and has the key of."""
    return hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()


def offered(host: str, port: int, timeout: float) -> str:
    """Ask what certificate is shown at an address, and say nothing more there; give its fingerprint.

    Raises:
        ssl.SSLError: What is there does not speak TLS.
        OSError: Nobody is there, or does not answer in `timeout` s.
    """
    with socket.create_connection((host, port), timeout) as plain, begin(plain) as secure:
        return shown(secure)


@functools.lru_cache(maxsize=1)
def _anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context

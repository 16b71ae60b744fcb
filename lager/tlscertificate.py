"""A box's own certificate: made once, kept in its state directory, and never changed by itself.

Nobody signs it but itself: who uses the box knows it by its fingerprint (`lager.tls`). Imported by `lager box serve`
only, and the library that makes it only where there is none yet.
"""

from __future__ import annotations

import datetime
import os
import socket
from pathlib import Path

from lager import settings

FILE = "tls.pem"  # in the state directory: the certificate and its private key, in one file, so that they fit together
_YEARS = 30  # nobody looks at the end, which other clients than ours may


def own() -> Path:
    """Give the file with this user's certificate and its key; made where there is none."""
    path = settings.state_dir() / FILE
    if not path.exists():
        draft = path.with_name(f"{FILE}.{os.getpid()}.new")
        draft.touch(mode=0o600)
        with draft.open("wb") as new:
            new.write(_made(socket.gethostname()))
            new.flush()
            os.fsync(new.fileno())  # a power cut leaves it whole, or none
        draft.replace(path)
    return path


def _made(name: str) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    # At most 64 characters, as the standard has it.
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Lager box {name}"[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # clocks differ
        .not_valid_after(now + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + secret

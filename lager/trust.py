"""What a user is told where a box does not show the certificate that is known of it, or one end does not speak TLS."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from lager import errors

if TYPE_CHECKING:
    from lager.client import Service


def other_certificate(service: Service, shown: str) -> errors.BoxNotTrusted:
    """Say that somebody else may be there, or the box was set up anew."""
    return errors.BoxNotTrusted(
        f"{service.place} shows another certificate than the one that is known of it: its SHA-256 fingerprint is "
        f"{shown}, and should be {service.fingerprint}; nothing was sent to it",
        "compare it with what `lager box status` says on the box. Where it is the same, the box has a new certificate: "
        f"{_add(service, ' --tls')}. Where it is not, somebody stands between you and the box",
    )


def no_tls(service: Service) -> errors.BoxNotTrusted:
    """Say that a box without TLS is there, where one with it is known."""
    return errors.BoxNotTrusted(
        f"{service.place} does not speak TLS, but a certificate of it is known here; nothing was sent to it",
        "start it with `lager box serve --tls`, or, if it is meant to be without, say so: " + _add(service, ""),
    )


def wants_tls(service: Service) -> errors.BoxNotTrusted:
    """Say that a box with TLS is there, and was spoken to without it."""
    return errors.BoxNotTrusted(
        f"{service.place} speaks TLS, and no certificate of it is known here",
        "have its fingerprint kept: " + _add(service, " --tls"),
    )


def _add(service: Service, how: str) -> str:
    name = service.box if service.box not in ("", service.host) else "NAME"
    return f"`lager boxes add --name {shlex.quote(name)} --ip IP{how}`"

"""Which certificate `lager boxes add` keeps of a box: the one the user gives, or the one it shows and the user trusts.

It speaks to the user, and to the box only what it takes to be shown the certificate.
"""

from __future__ import annotations

import ssl
import sys

import click

from lager import errors, settings
from lager_cli.confirming import agreed

_ANSWER_SECONDS = 5.0  # within which a box shows its certificate


def pin(host: str, port: int, ask: bool, known: str, yes: bool) -> str:
    """Give the fingerprint to keep; empty for a box without TLS.

    Args:
        host: Address of the box.
        port: Its port; 0 for the usual one.
        ask: Ask the box for its certificate.
        known: The fingerprint, as the user gives it; empty where it is not known.
        yes: Trust the certificate that the box shows without asking the user.

    Raises:
        UsageError: The fingerprint is none, or nobody is there to trust what the box shows.
        BoxNotTrusted: The box has another certificate than the one that is known.
        ServiceUnreachable: It does not answer.
    """
    if not ask and not known:
        return ""
    from lager import tls

    expected = tls.normal(known) if known else ""
    if not ask:
        return expected
    place = f"{host} port {port or settings.RUNNER_PORT}"
    shown = _shown(host, port or settings.RUNNER_PORT, place)
    if expected and shown != expected:
        raise errors.BoxNotTrusted(
            f"the box at {place} shows another certificate: its SHA-256 fingerprint is {shown}; it was not added",
            "compare it with what `lager box status` says on the box. If it is another there, somebody stands between "
            "you and the box",
        )
    click.echo(f"The box at {place} shows a certificate with this SHA-256 fingerprint:\n  {shown}")
    if not expected:
        _trust(shown, yes)
    return shown


def _shown(host: str, port: int, place: str) -> str:
    from lager import tls

    try:
        return tls.offered(host, port, _ANSWER_SECONDS)
    except ssl.SSLError as exc:
        raise errors.BoxNotTrusted(
            f"the box at {place} does not speak TLS", "start it with `lager box serve --tls`, or leave --tls out"
        ) from exc
    except OSError as exc:
        raise errors.ServiceUnreachable(
            f"nobody shows a certificate at {place}: {(exc.strerror or 'no answer').lower()}",
            "see that the box is on and `lager box serve --tls` is running there, or give its --fingerprint alone",
        ) from exc


def _trust(shown: str, yes: bool) -> None:
    """Have a person decide; where there is none, nothing is trusted unasked."""
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise errors.UsageError(
            "nobody is there to say whether this certificate is the box's",
            f"compare it with what `lager box status` says on the box, and give --fingerprint {shown}; --yes trusts "
            "what is shown",
        )
    if not agreed("Does `lager box status` on the box say the same?"):
        click.echo("Aborting")
        raise click.exceptions.Exit(0)

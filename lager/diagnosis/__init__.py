"""What is wrong with a net, decided from what a box has found: `lager diagnose` without its screen and its requests.

Pure: it asks nobody. What is known of a net is in `facts`, the decisions are in `tree` (USB) and `lantree` (network).
"""

from lager.diagnosis.facts import Dispatcher, Driver, Facts, Holder, Lan, Usb, Visa, on_network, read
from lager.diagnosis.lantree import ROWS as LAN_ROWS
from lager.diagnosis.tree import ROWS as USB_ROWS
from lager.diagnosis.verdict import STATUSES, Verdict, first

__all__ = [
    "Dispatcher",
    "Driver",
    "Facts",
    "Holder",
    "Lan",
    "STATUSES",
    "Usb",
    "Verdict",
    "Visa",
    "classify",
    "on_network",
    "read",
]


def classify(facts: Facts) -> Verdict:
    """Decide what is wrong with a net: by the tree of its kind of address."""
    return first(LAN_ROWS if facts.is_lan else USB_ROWS, facts)

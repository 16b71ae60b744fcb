"""A checkup of a net: reads all that its role lets one read, and says whether that is plausible. It sets nothing.

For whoever has a new instrument, or a new firmware, on the bench. It knows the contracts (`lager.roles`), no instrument
and no screen; how a call gets to the net is its caller's affair.
"""

from lager.checkup.examination import Examined, Reading, examine
from lager.checkup.report import Report
from lager.checkup.rules import Check, checks

__all__ = ["Check", "Examined", "Reading", "Report", "checks", "examine"]

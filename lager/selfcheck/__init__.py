"""What can be wrong with the machine of a box, as far as that machine itself can tell: permissions, rules, disk, unit.

Used by the hardware service, which answers `/selfcheck` as the user it runs as, and by `lager doctor` on the box itself
where no service answers. It changes nothing, asks no instrument, and waits for nothing without a bound.
"""

from lager.selfcheck.looking import look
from lager.selfcheck.place import AGAIN, Place

__all__ = ["AGAIN", "Place", "look"]

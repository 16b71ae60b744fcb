"""What people call the battery models of a 2281S, and which slot or built-in one they mean by it. Pure."""

from __future__ import annotations

from lager.errors import UsageError

SLOTS = range(1, 10)
BUILT_IN = ("LI_ION4_2", "NIMH1_2", "NICD1_2", "LEAD_ACID12", "NIMH12")  # 01.08b refuses the manual's hyphens
_DISCHARGE = ("0", "DISCHARGE")
_ALIASES = {  # as scripts know them: what was saved in the first four slots; without hyphens and underscores
    **dict.fromkeys(("18650", "LIION", "LITHIUM"), 1),
    **dict.fromkeys(("NIMH", "NICKEL"), 2),
    **dict.fromkeys(("NICD", "NICAD"), 3),
    **dict.fromkeys(("LEAD", "LEADACID", "SLA"), 4),
}
_KNOWN = (
    f"use a slot from {SLOTS[0]} to {SLOTS[-1]}, one of the built-in {', '.join(BUILT_IN)}, or 18650, liion, nimh, "
    "nicd, lead for slots 1 to 4; the list of models tells which slots hold one"
)


def meant(model: int | str) -> str:
    """Give what `:BATT:MOD:RCL` takes for a model: a slot's number, or a built-in's name.

    Raises:
        UsageError: There is no such model, or it cannot be recalled by a command.
    """
    said = str(model).strip()
    name = said.upper().replace("-", "_")
    bare = name.replace("_", "")
    if not bare:
        raise UsageError("Empty model name", _KNOWN)
    if name in BUILT_IN:
        return name
    if bare in _ALIASES:
        return str(_ALIASES[bare])
    if bare in _DISCHARGE:  # error -222 for 0, -102 for the name
        raise UsageError(
            f"battery model {said!r} (discharge) cannot be recalled by a command: the 2281S has it at its front panel",
            f"choose it there, or {_KNOWN}",
        )
    if said[:1] == "-" and said[1:].isdigit():
        raise UsageError(f"Model index must be non-negative, not {said}", _KNOWN)
    if said.isdecimal() and int(said) in SLOTS:
        return str(int(said))
    raise UsageError(f"Unknown battery model {said!r}", _KNOWN)


def slot_number(slot: int) -> int:
    """Check a slot's number.

    Raises:
        UsageError: There is no such slot.
    """
    if slot not in SLOTS:
        raise UsageError(f"a 2281S has no model slot {slot}", f"its slots are {SLOTS[0]} to {SLOTS[-1]}")
    return slot


def empty(model: object) -> UsageError:
    """Describe a slot that holds no model."""
    return UsageError(
        f"Battery model slot {str(model).strip()!r} is empty",
        "the list of models tells which hold one, and one can be created there; built-in ones go by their names: "
        f"{', '.join(BUILT_IN)}",
    )

"""Files of battery models: CSV with a line `voc,resistance` and one for each point from empty to full, or JSON."""

from __future__ import annotations

from pathlib import Path

from lager import errors

_HEAD = "voc,resistance"
_FORMS = f"give a file as `model-export` writes it: CSV that begins with `{_HEAD}`, or JSON with these two lists"


def as_csv(curve: dict[str, list[float]]) -> str:
    """Write a model as CSV."""
    points = zip(curve["voc"], curve["resistance"], strict=True)
    return "".join(f"{line}\n" for line in (_HEAD, *(f"{volts},{ohms}" for volts, ohms in points)))


def write(name: str, curve: dict[str, list[float]]) -> None:
    """Write a model to a file, as its suffix says."""
    import json

    text = json.dumps(curve, indent=1) + "\n" if _is_json(name) else as_csv(curve)
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as exc:
        raise errors.UsageError(f"{name} cannot be written: {exc.strerror}", "give another file with -o") from exc


def read(name: str) -> dict[str, list[float]]:
    """Read a model.

    Raises:
        UsageError: There is none in that file.
    """
    try:
        text = Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise errors.UsageError(f"{name} is no text", _FORMS) from exc
    except OSError as exc:
        raise errors.UsageError(f"{name} cannot be read: {exc.strerror}", _FORMS) from exc
    curve = _from_json(text, name) if _is_json(name) else _from_csv(text, name)
    if not curve["voc"] or len(curve["voc"]) != len(curve["resistance"]):
        raise errors.UsageError(
            f"{name} has {len(curve['voc'])} voltages and {len(curve['resistance'])} resistances", _FORMS
        )
    return curve


def _is_json(name: str) -> bool:
    return name.lower().endswith(".json")


def _from_json(text: str, name: str) -> dict[str, list[float]]:
    import msgspec

    try:
        found = msgspec.json.decode(text, type=dict[str, list[float]])
        return {key: found[key] for key in ("voc", "resistance")}
    except (msgspec.MsgspecError, KeyError) as exc:
        raise errors.UsageError(f"{name} holds no battery model: {exc}", _FORMS) from exc


def _from_csv(text: str, name: str) -> dict[str, list[float]]:
    curve: dict[str, list[float]] = {"voc": [], "resistance": []}
    head, *lines = text.lstrip("\ufeff").splitlines() or [""]
    if head.replace(" ", "").lower() != _HEAD:
        raise errors.UsageError(f"{name} begins with {head[:40]!r}", _FORMS)
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        try:
            volts, ohms = (float(cell) for cell in line.split(","))
        except ValueError as exc:
            raise errors.UsageError(f"line {number} of {name} is {line[:40]!r}, which is no point", _FORMS) from exc
        curve["voc"].append(volts)
        curve["resistance"].append(ohms)
    return curve

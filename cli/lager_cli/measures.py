"""Sizes and times as people type and read them: `20MB`, `5m`, `1h30m`, `14:05`. Inside, bytes and seconds."""

from __future__ import annotations

import datetime
import math
import re

_SIZES: dict[str, int] = {"": 1, "B": 1} | {
    prefix + unit: base**power for unit, base in (("B", 1000), ("IB", 1024)) for power, prefix in enumerate("KMGT", 1)
}
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0, "ms": 0.001}
_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]*)", re.ASCII)
_MOST = 1e15  # of anything: what is beyond it was mistyped
SIZE_FORMS = "write a size such as 20MB, 1.5GB or 4096 (bytes)"
TIME_FORMS = "write a time such as 90s, 10m, 2h or 30d"
MOMENT_FORMS = "write how long ago, such as 5m or 2h, or when: 14:05, or 2026-11-21 14:05"


def size(text: str) -> int:
    """Read a size, bytes.

    Raises:
        ValueError: It is none.
    """
    match = _NUMBER.fullmatch(text.strip())
    factor = _SIZES.get(match[2].upper()) if match else None
    if match is None or factor is None or float(match[1]) * factor > _MOST:
        raise ValueError(f"{text!r} is no size")
    return round(float(match[1]) * factor)


def seconds(text: str, unit: str = "s") -> float:
    """Read a duration, s; `unit` is that of a number without one.

    Raises:
        ValueError: It is none.
    """
    text = text.strip()
    parts: list[tuple[str, str]] = _NUMBER.findall(text)
    if len(parts) == 1:
        parts = [(parts[0][0], parts[0][1] or unit)]
    total = sum(float(number) * _SECONDS.get(name, math.inf) for number, name in parts)
    if not parts or _NUMBER.sub("", text).strip() or not total <= _MOST:  # nor is 0 of what is no unit
        raise ValueError(f"{text!r} is no time")
    return total


def moment(text: str, now: datetime.datetime) -> float:
    """Read when something was, as Unix time, s: how long ago, a time of the day, or a date and a time.

    Args:
        text: As typed.
        now: The time, in the time zone that a time of the day is in.

    Raises:
        ValueError: It is nothing of these.
    """
    text = text.strip()
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
        hour, minute, second = [*map(int, text.split(":")), 0][:3]
        then = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
        return (then if then <= now else then - datetime.timedelta(days=1)).timestamp()
    if re.match(r"\d{4}-\d\d-\d\d", text):
        then = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (then if then.tzinfo else then.replace(tzinfo=now.tzinfo)).timestamp()
    return now.timestamp() - seconds(text)


def size_words(size: float) -> str:
    """Write a size, in the unit that fits."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}" if unit != "bytes" else f"{size:.0f} byte{'' if size == 1 else 's'}"
        size /= 1000
    return f"{size:.4g} TB"


def seconds_words(seconds: float) -> str:
    """Write a duration as it can be typed."""
    for unit in ("d", "h", "m"):
        count = seconds / _SECONDS[unit]
        if count >= 1 and count == int(count):
            return f"{count:.0f}{unit}"
    return f"{seconds:g}s"

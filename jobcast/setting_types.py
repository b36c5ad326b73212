"""How settings are written in the environment: durations, sizes and lists."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, ByteSize

PREFIX = "JOBCAST_"

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def parse_duration(value: Any) -> Any:
    """Read `30s`, `5m`, `1h30m`, `250ms` or `7d`; leave ISO 8601 and the rest to pydantic.

    Raises:
        ValueError: A bare number, which does not say its unit.
    """
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        raise ValueError(f"a duration needs a unit, such as {text}s, {text}m or {text}h")
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum((float(number) * _UNITS[unit] for number, unit in parts), timedelta())
    return value


def format_duration(duration: timedelta) -> str:
    """Write a duration the way `parse_duration` reads it, in the largest unit that fits."""
    for unit, length in reversed(_UNITS.items()):
        count, rest = divmod(duration, length)
        if not rest:
            return f"{count}{unit}"
    return f"{duration / timedelta(milliseconds=1):g}ms"


def format_size(size: ByteSize) -> str:
    """Write a size in the largest binary unit that divides it."""
    for power, unit in ((4, "TiB"), (3, "GiB"), (2, "MiB"), (1, "KiB")):
        count, rest = divmod(int(size), 1024**power)
        if count and not rest:
            return f"{count}{unit}"
    return f"{int(size)}B"


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
Size = ByteSize

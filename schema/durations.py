"""Durations as ISO 8601 has them, without years and months, whose length varies."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(
    r"(?P<sign>[-+]?)P(?=.)"
    r"(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:[.,]\d{1,6})?)S)?)?",
    re.ASCII,
)

_LONGEST_TEXT = 64


def parse_duration(text: str) -> timedelta:
    """Read such as `PT1M30S` or `P1DT2H`.

    Raises:
        ValueError: It is no duration, or longer than Python can say.
    """
    match = _DURATION.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if match is None:
        raise ValueError("Give an ISO 8601 duration, such as PT1M30S or P1DT2H.")
    parts = match.groupdict()
    sign = -1 if parts.pop("sign") == "-" else 1
    try:
        return sign * timedelta(
            **{unit: float(number.replace(",", ".")) for unit, number in parts.items() if number}
        )
    except OverflowError as exc:
        raise ValueError("This duration is too long.") from exc


def format_duration(duration: timedelta) -> str:
    """Write `duration`, exactly; days are the largest unit."""
    sign = "-" if duration < timedelta() else ""
    duration = abs(duration)
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{duration.microseconds:06}".rstrip("0") if duration.microseconds else ""
    clock = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
    if seconds or fraction:
        clock += f"{seconds}{fraction}S"
    days = f"{duration.days}D" if duration.days else ""
    if not days and not clock:
        return "PT0S"
    return f"{sign}P{days}{'T' if clock else ''}{clock}"

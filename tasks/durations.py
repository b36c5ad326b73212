"""Durations in messages, as a person writes them."""

from __future__ import annotations

from datetime import timedelta


def in_words(duration: timedelta) -> str:
    """Such as `1 h 30 min` or `0.5 s`; `duration` is not negative."""
    hours, rest = divmod(duration.seconds, 60 * 60)
    minutes, seconds = divmod(rest, 60)
    counts = {
        "d": duration.days,
        "h": hours,
        "min": minutes,
        "s": seconds + duration.microseconds / 1_000_000,
    }
    return " ".join(f"{count:g} {unit}" for unit, count in counts.items() if count) or "0 s"

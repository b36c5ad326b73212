"""Reads what `ffmpeg -progress` prints: blocks of `key=value` lines, each ended by `progress=`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

LONGEST_LINE = 1024  # bytes; ffmpeg's are below 100, so a longer one is not from it


@dataclass(frozen=True, slots=True)
class Encoded:
    """How far ffmpeg is."""

    position: timedelta | None = None  # of the newest frame in the output; None: not known
    frames: int | None = None
    speed: float | None = None  # seconds of video made in each second
    ended: bool = False


class ProgressParser:
    """Takes ffmpeg's bytes as they come."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, data: bytes) -> list[Encoded]:
        """The blocks that `data` completes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-LONGEST_LINE:]
        blocks = []
        for line in lines:
            key, _, value = line.decode("ascii", "replace").strip().partition("=")
            self._fields[key] = value.strip()
            if key == "progress":
                blocks.append(_encoded(self._fields))
                self._fields = {}
        return blocks


def _encoded(fields: dict[str, str]) -> Encoded:
    microseconds = _number(fields.get("out_time_us"))
    frames = _number(fields.get("frame"))
    return Encoded(
        # Negative before the first frame of a file whose timestamps start there.
        position=None if microseconds is None else timedelta(microseconds=max(0, microseconds)),
        frames=None if frames is None else int(frames),
        speed=_number(fields.get("speed", "").removesuffix("x")),
        ended=fields["progress"] == "end",
    )


def _number(text: str | None) -> float | None:
    """None for `N/A`, and for whatever else is no number."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None

"""What a channel carries: events with positions, and the marks a subscriber gets beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    """How the broadcaster may treat an event; one byte on the wire."""

    NORMAL = "-"
    MERGEABLE = "m"  # only the newest of a run matters: it may replace its predecessor
    FINAL = "f"  # the last event of its channel: a subscription ends after it


class Position(NamedTuple):
    """An order number in a channel, and the identity of the history that it counts in."""

    epoch: str
    offset: int
    # Of the event there: tells it from another one at its offset, when a failover lost the
    # first. Empty: not known, so whichever is there is meant.
    stamp: str = ""


@dataclass(slots=True)
class Event:
    """One published event.

    `decoded` and `answers` belong to the layers above: whoever decodes `payload`, or answers a
    question about it, first keeps the outcome here, so that all subscribers of a process share it.
    """

    position: Position
    kind: Kind
    payload: bytes
    merged: int = 0  # how many older mergeable events this one stands for
    channel: str = ""
    decoded: Any = field(default=None, repr=False, compare=False)
    # Only of live events, which all subscribers have in common.
    answers: dict[Any, Any] | None = field(default=None, repr=False, compare=False)

    def encode(self) -> bytes:
        """The form in history and on the wire: `<offset> <epoch> <stamp> <kind> <payload>`."""
        return b"%d %s %s %s %s" % (
            self.position.offset,
            self.position.epoch.encode(),
            self.position.stamp.encode(),
            self.kind.encode(),
            self.payload,
        )

    @classmethod
    def decode(cls, raw: bytes, channel: str = "") -> Event:
        """Read `encode`'s form."""
        offset, epoch, stamp, kind, payload = raw.split(b" ", 4)
        position = Position(epoch.decode(), int(offset), stamp.decode())
        return cls(position, _KINDS[kind], payload, 0, channel)


_KINDS = {kind.encode(): kind for kind in Kind}


class ResetReason(StrEnum):
    """Why a subscriber has to start over from the newest event."""

    HISTORY_TRIMMED = "HISTORY_TRIMMED"  # the position is older than the oldest event kept
    EPOCH_CHANGED = "EPOCH_CHANGED"  # the position belongs to a history that is gone


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The channel's newest event, given first to one who subscribes without a position."""

    event: Event


@dataclass(frozen=True, slots=True)
class Reset:
    """History no longer reaches back far enough; start over from this, the newest event."""

    reason: ResetReason
    event: Event


Delivery = Snapshot | Event | Reset


@dataclass(frozen=True, slots=True)
class History:
    """What a channel keeps: `events` are those after the position asked for, oldest first."""

    position: Position  # of the newest event
    events: tuple[Event, ...]
    latest: Event
    reset: ResetReason | None = None  # set when `events` could not reach back to that position

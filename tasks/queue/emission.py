"""`Emission`: an event of a running attempt, before it is stored."""

from __future__ import annotations

from dataclasses import dataclass

from broadcaster.events import Kind
from tasks.events import EventType


@dataclass(frozen=True, slots=True)
class Emission:
    """What a task says.

    Attributes:
        data: As JSON; `null` for progress.
        progress: The job's progress from then on, as JSON; None when it stays.
    """

    kind: Kind
    event: EventType
    data: bytes
    progress: bytes | None = None

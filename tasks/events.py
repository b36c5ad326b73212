"""The events of a job: facts about it, each with the record just after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from broadcaster.events import Event, Position
from tasks.records import JobRecord


class EventType(StrEnum):
    """What happened. Exactly one of the last three ends a job's history."""

    ENQUEUED = "enqueued"  # it waits in the queue: accepted, due, or put back by a draining worker
    SCHEDULED = "scheduled"  # it waits for its time
    STARTED = "started"
    PROGRESSED = "progressed"
    OUTPUT = "output"  # data: what the task yielded
    LOGGED = "logged"  # data: {"level", "message"}
    RETRY_SCHEDULED = "retry_scheduled"  # data: null; the record's failure and scheduled_for tell
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobEvent:
    """One event of one job; reads its stored form as it is asked."""

    __slots__ = ("_stored", "job", "merged", "position")

    def __init__(self, stored: Mapping[str, Any], position: Position, merged: int = 0) -> None:
        """Take a channel's event: what its payload says, and where it stands.

        `merged` counts older progress that this one stands for.
        """
        self._stored = stored
        self.position = position
        self.merged = merged
        self.job = JobRecord(stored["job"], position)

    @property
    def type(self) -> EventType:
        """What happened."""
        return _TYPES[self._stored["type"]]

    @property
    def at(self) -> datetime:
        """When."""
        return datetime.fromtimestamp(self._stored["at"] / 1000, UTC)

    @property
    def attempt(self) -> int:
        """In which attempt."""
        return self.job.attempt

    @property
    def data(self) -> Any:
        """What belongs to this type of event, as JSON."""
        return self._stored["data"]


_TYPES = {type.value: type for type in EventType}


def decode_job_event(event: Event) -> JobEvent:
    """Read a channel's event; all subscribers of a process share one decoding."""
    if event.decoded is None:
        event.decoded = JobEvent(orjson.loads(event.payload), event.position, event.merged)
    decoded: JobEvent = event.decoded
    return decoded

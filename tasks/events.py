"""The events of a job: facts about it, each with the record just after it."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One event of one job."""

    type: EventType
    position: Position
    at: datetime
    attempt: int
    data: Any
    job: JobRecord
    merged: int = 0  # older progress that this one stands for


def decode_job_event(event: Event) -> JobEvent:
    """Read a channel's event; all subscribers of a process share one decoding."""
    if event.decoded is None:
        payload = orjson.loads(event.payload)
        event.decoded = JobEvent(
            type=EventType(payload["type"]),
            position=event.position,
            at=datetime.fromtimestamp(payload["at"] / 1000, UTC),
            attempt=payload["job"]["attempt"],
            data=payload["data"],
            job=JobRecord.from_mapping(payload["job"], event.position),
            merged=event.merged,
        )
    decoded: JobEvent = event.decoded
    return decoded

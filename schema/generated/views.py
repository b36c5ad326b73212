"""Jobs and events as GraphQL objects that read their fields from what is stored, when asked.

A subscriber asks a few fields of each event, and there may be thousands of events a second: so
nothing is made that nobody asks for.
"""

from __future__ import annotations

from typing import Any, Protocol

from broadcaster.events import ResetReason
from schema.cursor import before_first, encode_cursor
from schema.failures import JobFailure
from schema.job import Job
from schema.task import Task
from tasks.events import JobEvent
from tasks.records import JobRecord, Progress


class Makers(Protocol):
    """What makes the parts that are objects themselves."""

    def to_task(self, name: str) -> Task:
        """The task of that name."""
        ...

    def to_job(self, record: JobRecord) -> Job:
        """The job that a record tells."""
        ...

    def to_failure(self, record: JobRecord) -> JobFailure | None:
        """Why the job's latest attempt failed."""
        ...

    def to_event_failure(self, event: JobEvent) -> JobFailure:
        """Why the attempt failed whose failure the event tells."""
        ...


class JobView:
    """The fields of `schema.job.Job`."""

    def __init__(self, record: JobRecord, make: Makers) -> None:
        self.record = record
        self._make = make

    id = property(lambda self: self.record.id)
    task = property(lambda self: self._make.to_task(self.record.task))
    status = property(lambda self: self.record.status)
    attempt = property(lambda self: self.record.attempt)
    max_attempts = property(lambda self: self.record.max_attempts)
    progress = property(lambda self: self.record.progress)
    failure = property(lambda self: self._make.to_failure(self.record))
    enqueued_at = property(lambda self: self.record.enqueued_at)
    scheduled_for = property(lambda self: self.record.scheduled_for)
    started_at = property(lambda self: self.record.started_at)
    finished_at = property(lambda self: self.record.finished_at)
    cursor = property(lambda self: encode_cursor(self.record.id, self.record.position))
    first_cursor = property(lambda self: before_first(self.record.id, self.record.position))
    tags = property(lambda self: list(self.record.tags))
    owner = property(lambda self: self.record.owner)


class EventView:
    """The fields of `schema.events.JobEvent` and of all its types."""

    def __init__(self, event: JobEvent, make: Makers, reason: ResetReason | None = None) -> None:
        """`reason`: why events are missing, in a reset."""
        self._event = event
        self._make = make
        self.reason = reason

    cursor = property(lambda self: encode_cursor(self._event.job.id, self._event.position))
    offset = property(lambda self: self._event.position.offset)
    at = property(lambda self: self._event.at)
    job = property(lambda self: self._make.to_job(self._event.job))
    progress = property(lambda self: self._event.job.progress or Progress(0.0))
    merged = property(lambda self: self._event.merged)
    data = property(lambda self: self._event.data)
    level = property(lambda self: self._event.data["level"])
    message = property(lambda self: self._event.data["message"])
    failure = property(lambda self: self._make.to_event_failure(self._event))


def view_of(cls: type, view: type) -> Any:
    """A subclass of a GraphQL type's class, whose objects are made and read as `view` says."""
    return type(cls.__name__, (view, cls), {})

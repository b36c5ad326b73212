"""What a caller may ask for when enqueuing, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks.records import JobRecord
from tasks.status import JobStatus


@dataclass(frozen=True, slots=True)
class EnqueueOptions:
    """How and when a job should run. `delay` and `run_at` exclude each other."""

    idempotency_key: str | None = None
    delay: timedelta | None = None
    run_at: datetime | None = None  # timezone-aware
    tags: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()  # viewers who may watch the job, but not cancel or retry it


@dataclass(frozen=True, slots=True)
class EnqueueLimits:
    """Bounds on one owner in one queue; None: unbounded."""

    waiting: int | None = None  # jobs not yet ended
    per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Enqueued:
    """An accepted job."""

    record: JobRecord
    deduplicated: bool  # True: an earlier call with this idempotency key made it


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; every set member must hold."""

    statuses: frozenset[JobStatus] | None = None
    tasks: frozenset[str] | None = None
    tags: frozenset[str] | None = None  # has all of them
    owners: frozenset[str] | None = None
    text: str | None = None  # case-folded; in its id, task, tags or owner
    enqueued_after: datetime | None = None
    enqueued_before: datetime | None = None

    def matches(self, record: JobRecord) -> bool:
        """Whether `record` is one of these jobs."""
        return (
            (self.statuses is None or record.status in self.statuses)
            and (self.tasks is None or record.task in self.tasks)
            and (self.tags is None or self.tags <= frozenset(record.tags))
            and (self.owners is None or record.owner in self.owners)
            and (self.text is None or _mentions(record, self.text))
            and (self.enqueued_after is None or record.enqueued_at > self.enqueued_after)
            and (self.enqueued_before is None or record.enqueued_at < self.enqueued_before)
        )


def _mentions(record: JobRecord, text: str) -> bool:
    words = (record.id, record.task, record.owner, *record.tags)
    return any(text in word.casefold() for word in words)


@dataclass(frozen=True, slots=True)
class PageMark:
    """Where a listing stopped: the last job looked at."""

    enqueued_at_ms: int
    job_id: str


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a listing, newest first."""

    records: tuple[JobRecord, ...]
    end: PageMark | None  # None: nothing was looked at
    has_next: bool

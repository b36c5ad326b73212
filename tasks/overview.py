"""What an operator looks at: a queue as it stands, its workers, and its last hour by minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tasks.latency import Percentiles
from tasks.records import JobRecord

MINUTES = 60  # of each queue, the running one included
MOST_WORKERS = 100  # of each queue; the others are only counted
MOST_RUNNING = 20  # records of running jobs, of each worker


@dataclass(frozen=True, slots=True)
class Minute:
    """What happened in one minute, by the clock of Valkey."""

    at: datetime  # its begin
    enqueued: int  # jobs that are still kept
    started: int  # attempts
    succeeded: int  # jobs, as are the next two
    failed: int
    cancelled: int
    retried: int  # attempts that failed, and another one follows
    lost: int  # attempts whose worker vanished
    waiting: int | None  # most jobs that waited at once; None: no worker looked
    waited: Percentiles | None  # from enqueue, or the time it was due, to a job's first start
    ran: Percentiles | None  # attempts, from start to end


@dataclass(frozen=True, slots=True)
class WorkerOverview:
    """One worker, as its lease and its card say. What only the card tells may be None."""

    id: str
    lease_expires_at: datetime
    alive: bool
    running: int
    running_records: tuple[JobRecord, ...]  # up to MOST_RUNNING, the oldest first
    host: str | None
    process_id: int | None
    version: str | None
    concurrency: int | None
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueOverview:
    """One queue at one moment."""

    name: str
    paused_at: datetime | None
    waiting: int  # may count jobs that were cancelled meanwhile
    scheduled: int
    running: int
    oldest_waiting_since: datetime | None
    worker_count: int
    known_workers: tuple[WorkerOverview, ...]  # up to MOST_WORKERS, by id
    minutes: tuple[Minute, ...]  # MINUTES of them, the oldest first

    @property
    def paused(self) -> bool:
        """Whether no job of it is begun."""
        return self.paused_at is not None

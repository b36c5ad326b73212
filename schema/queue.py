"""`Queue`: where jobs wait, who runs them, and how it went in the last hour. For admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

import strawberry

from schema.context import SchemaContext
from schema.job import Job
from tasks.overview import MINUTES, MOST_RUNNING, MOST_WORKERS, QueueOverview, WorkerOverview

DEFAULT_WORKERS = 20
DEFAULT_RUNNING = 5


@strawberry.type(description="How long it took, in seconds, exact to 9 %.")
class LatencySeconds:
    """Answered by `tasks.latency.Percentiles`."""

    p50: float = strawberry.field(description="Half of all took at most this long.")
    p95: float = strawberry.field(description="95 of 100 took at most this long.")
    p99: float = strawberry.field(description="99 of 100 took at most this long.")


@strawberry.type(
    description="What happened in one minute. Workers tell it once a second; what one had not told "
    "when it was killed is lost."
)
class QueueMinute:
    """Answered by `tasks.overview.Minute`."""

    at: datetime = strawberry.field(description="When the minute began.")
    enqueued: int = strawberry.field(description="Jobs accepted in it that are still kept.")
    started: int = strawberry.field(description="Attempts that began.")
    succeeded: int = strawberry.field(description="Jobs that ended so.")
    failed: int = strawberry.field(
        description="Jobs that ended so, but for those whose worker was lost: see `lost`."
    )
    cancelled: int = strawberry.field(description="Jobs that ended so while they ran.")
    retried: int = strawberry.field(description="Attempts that failed, and another one follows.")
    lost: int = strawberry.field(
        description="Attempts whose worker vanished: their jobs run again, or failed."
    )
    waiting: int | None = strawberry.field(
        description="Most jobs that waited at once; null: no worker was there to look."
    )
    waited: LatencySeconds | None = strawberry.field(
        description="How long jobs waited for a worker, from when they were enqueued, or due, to "
        "their first start. By a sample of them, where very many start. Null: none did."
    )
    ran: LatencySeconds | None = strawberry.field(
        description="How long attempts ran that ended in this minute. Null: none did."
    )


def _running_jobs(
    root: WorkerOverview,
    info: strawberry.Info,
    first: Annotated[
        int, strawberry.argument(description=f"How many at most, 1 to {MOST_RUNNING}.")
    ] = DEFAULT_RUNNING,
) -> list[Job]:
    context: SchemaContext = info.context
    return context.running_jobs(root, first)


@strawberry.type(description="A worker process, as far as one queue is concerned.")
class Worker:
    """Answered by `tasks.overview.WorkerOverview`."""

    id: strawberry.ID = strawberry.field(
        description="Its own: another one after each start, and for each queue that it serves."
    )
    lease_expires_at: datetime = strawberry.field(
        description="When its lease ends unless it is renewed, as it is several times a lease. "
        "Then others take over what it runs."
    )
    alive: bool = strawberry.field(description="Whether its lease holds.")
    running: int = strawberry.field(description="How many jobs it runs.")
    host: str | None = strawberry.field(
        description="The machine's name; null, as are the next ones, where it has not yet said."
    )
    process_id: int | None = strawberry.field(description="Its process there.")
    version: str | None = strawberry.field(description="The version of Jobcast that it runs.")
    concurrency: int | None = strawberry.field(
        description="How many jobs of the queue it runs at a time."
    )
    started_at: datetime | None = strawberry.field(
        description="When it began, by its machine's clock."
    )
    running_jobs: list[Job] = strawberry.field(
        resolver=_running_jobs, description="What it runs, the oldest first."
    )


def _workers(
    root: QueueOverview,
    info: strawberry.Info,
    first: Annotated[
        int, strawberry.argument(description=f"How many at most, 1 to {MOST_WORKERS}.")
    ] = DEFAULT_WORKERS,
) -> list[Worker]:
    context: SchemaContext = info.context
    # An overview answers the fields of `Worker`.
    return cast("list[Worker]", context.workers(root, first))


@strawberry.type(description="A queue of jobs, and who works on it.")
class Queue:
    """Answered by `tasks.overview.QueueOverview`."""

    name: str = strawberry.field(description="Its name: `Task.queue` of the tasks that use it.")
    paused: bool = strawberry.field(
        description="Whether workers begin no job of it. Those that run go on, and new ones are "
        "accepted."
    )
    paused_at: datetime | None = strawberry.field(
        description="Since when it is paused; null: it is not."
    )
    waiting: int = strawberry.field(
        description="Jobs that wait for a worker. May count some that were cancelled meanwhile."
    )
    scheduled: int = strawberry.field(
        description="Jobs that wait for their time, or for another attempt."
    )
    running: int = strawberry.field(description="Jobs that workers hold.")
    oldest_waiting_since: datetime | None = strawberry.field(
        description="Since when the job waits that is the next in line; null: none waits."
    )
    worker_count: int = strawberry.field(description="How many workers serve it.")
    workers: list[Worker] = strawberry.field(
        resolver=_workers, description="The workers that serve it, by id."
    )
    minutes: list[QueueMinute] = strawberry.field(
        description=f"The last {MINUTES} minutes, the oldest first. The last one is not over."
    )

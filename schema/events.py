"""The events of a job, as subscribers get them.

`JobEvent` is an interface, and each kind of event a type of it. Two kinds carry what a task
makes, and so are interfaces themselves: `JobOutput` and `JobSucceeded`. Each task has its own
types of these (`TrackRideOutput`, `TranscodeVideoSucceeded`), whose `output`, `result` and `job`
are typed. So a client that knows the task asks `... on TranscodeVideoSucceeded { result { url } }`,
and one that serves them all asks `... on JobSucceeded { job { finishedAt } }`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from broadcaster.events import Delivery
from schema.enums import LOG_LEVEL, RESET_REASON
from schema.failures import JobFailure
from schema.job import Job, Progress
from schema.scalars import Cursor
from schema.sharing import shareable


@shareable
@strawberry.interface(description="One fact about one job.")
class JobEvent:
    """What all events have."""

    cursor: Cursor = strawberry.field(
        description="Subscribe with this as `after` to go on just after this event."
    )
    offset: int = strawberry.field(
        description="The event's number among those of its job: 1, 2, 3 … without a hole."
    )
    at: datetime = strawberry.field(description="When it happened.")
    job: Job = strawberry.field(description="The job as it stood just after this event.")
    delivery: strawberry.Private[Delivery | None] = None  # what it was made from


@shareable
@strawberry.type(
    description="The job as it stands: what a subscription without a cursor begins with."
)
class JobSnapshot(JobEvent):
    """Not an event of its own: `offset`, `at` and `cursor` are those of the newest one."""


@shareable
@strawberry.type(description="The job waits for a worker.")
class JobEnqueued(JobEvent):
    """Accepted, due, or put back by a worker that shuts down."""


@shareable
@strawberry.type(description="The job waits for its time, in `job.scheduledFor`.")
class JobScheduled(JobEvent):
    """It was enqueued with `delay` or `runAt`."""


@shareable
@strawberry.type(description="An attempt began.")
class JobStarted(JobEvent):
    """Its number is `job.attempt`."""


@shareable
@strawberry.type(description="The job said how far it is.")
class JobProgressed(JobEvent):
    """The only event of which a slow client may get the newest for several."""

    progress: Progress = strawberry.field(description="How far it is.")
    merged: int = strawberry.field(
        description="How many older events of this kind it stands for, since you were slow."
    )


@shareable
@strawberry.interface(
    description="The task gave a part of its output. Each task that does so has its own type of it."
)
class JobOutput(JobEvent):
    """Implemented by one type a task."""

    data: strawberry.Private[Any]  # as JSON


@shareable
@strawberry.type(description="A line in the job's log.")
class JobLogged(JobEvent):
    """Written by the task."""

    level: Any = strawberry.field(description="How grave it is.", graphql_type=LOG_LEVEL)
    message: str = strawberry.field(description="The line.")


@shareable
@strawberry.type(description="An attempt failed, and another one follows.")
class JobRetryScheduled(JobEvent):
    """It begins at `job.scheduledFor`, or as soon as a worker is free."""

    failure: JobFailure = strawberry.field(description="Why the attempt failed.")


@shareable
@strawberry.type(description="Someone cancelled the job, and its task is told to stop.")
class JobCancelling(JobEvent):
    """It may still succeed, if it is done sooner than it hears of it."""


@shareable
@strawberry.interface(
    description="The job is done: its last event. Each task has its own type of it."
)
class JobSucceeded(JobEvent):
    """Implemented by one type a task."""


@shareable
@strawberry.type(description="The job's last attempt failed. The last event.")
class JobFailed(JobEvent):
    """No attempt was left, or the failure is final."""

    failure: JobFailure = strawberry.field(description="Why it failed.")


@shareable
@strawberry.type(description="The job was cancelled. The last event.")
class JobCancelled(JobEvent):
    """It was not done, or not in time."""


@shareable
@strawberry.type(
    description="Events are missing just before this one: it tells the job as it stands, and all "
    "later ones follow."
)
class JobReset(JobEvent):
    """Not an event of its own: `offset`, `at` and `cursor` are those of the newest one."""

    reason: Any = strawberry.field(description="Why they are missing.", graphql_type=RESET_REASON)

"""`Job`: one request to run a task, as it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from schema.enums import JOB_STATUS
from schema.failures import JobFailure
from schema.node import Node
from schema.scalars import Cursor
from schema.sharing import shareable
from schema.task import Task
from tasks.records import JobRecord


@shareable
@strawberry.type(description="How far a running job says it is.")
class Progress:
    """Answered by `tasks.records.Progress`."""

    fraction: float = strawberry.field(description="From 0 to 1.")
    message: str | None = strawberry.field(description="What it is at, in words.")


@shareable
@strawberry.interface(
    description="One request to run a task, as it stands. Each task has its own type of jobs, with "
    "typed `input` and `result`."
)
class Job(Node):
    """A job; its concrete types are generated."""

    task: Task = strawberry.field(description="What it runs.")
    status: Any = strawberry.field(description="Where it stands.", graphql_type=JOB_STATUS)
    attempt: int = strawberry.field(
        description="The current or latest attempt; 0 before the first."
    )
    max_attempts: int = strawberry.field(description="How often it is tried at most.")
    progress: Progress | None = strawberry.field(
        description="How far it says it is; null until it says so in this attempt."
    )
    failure: JobFailure | None = strawberry.field(
        description="Why the latest attempt failed; null while another one runs."
    )
    enqueued_at: datetime = strawberry.field(description="When it was accepted.")
    scheduled_for: datetime | None = strawberry.field(
        description="When it is due, while it waits for its time or for another attempt."
    )
    started_at: datetime | None = strawberry.field(description="When its latest attempt began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    cursor: Cursor = strawberry.field(
        description="Subscribe with this as `after` to get all that happens from exactly here."
    )
    first_cursor: Cursor = strawberry.field(
        description="Subscribe with this as `after` to get all that has happened to it, from its "
        "first event on."
    )
    tags: list[str] = strawberry.field(description="The words that it was enqueued with.")
    owner: strawberry.ID = strawberry.field(description="Who enqueued it.")
    record: strawberry.Private[JobRecord]

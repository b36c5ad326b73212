"""`Task`: what a job runs."""

from __future__ import annotations

from datetime import timedelta

import strawberry

from schema.sharing import shareable
from tasks.definition import TaskDefinition


@shareable
@strawberry.type(description="A function that jobs run, and how.")
class Task:
    """A registered task, or the name of one that no longer is."""

    name: str = strawberry.field(description="Its name.")
    description: str = strawberry.field(description="What it does.")
    registered: bool = strawberry.field(
        description="Whether this server knows it. Jobs outlive the removal of their task."
    )
    mutation: str | None = strawberry.field(
        description="The mutation that enqueues a job of it; null when it is not registered."
    )
    queue: str | None = strawberry.field(description="The queue of its jobs.")
    timeout: timedelta | None = strawberry.field(description="How long one attempt may take.")
    max_attempts: int | None = strawberry.field(
        description="How often a job is tried, the first time included."
    )
    retention: timedelta | None = strawberry.field(
        description="How long a job and its history are kept after its end."
    )

    @classmethod
    def of(cls, definition: TaskDefinition) -> Task:
        """The task as clients see it."""
        return cls(
            name=definition.name,
            description=definition.description,
            registered=True,
            mutation=definition.field_name,
            queue=definition.queue,
            timeout=definition.timeout,
            max_attempts=definition.retry.max_attempts,
            retention=definition.retention,
        )

    @classmethod
    def unregistered(cls, name: str) -> Task:
        """All that is known of a task that is gone."""
        return cls(
            name=name,
            description="This server does not know the task.",
            registered=False,
            mutation=None,
            queue=None,
            timeout=None,
            max_attempts=None,
            retention=None,
        )

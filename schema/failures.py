"""Why an attempt failed. Exceptions that tasks declare have types of their own, generated."""

from __future__ import annotations

from typing import Any

import strawberry

from schema.enums import FAILURE_KIND
from schema.sharing import shareable


@shareable
@strawberry.interface(
    description="Why an attempt failed. Each exception that a task declares is a type of its own."
)
class JobFailure:
    """What all failures have."""

    message: str = strawberry.field(description="What went wrong, in words for the job's owner.")
    kind: Any = strawberry.field(description="What made it fail.", graphql_type=FAILURE_KIND)
    attempt: int = strawberry.field(description="Which attempt failed.")


@shareable
@strawberry.type(
    description="A failure that the task declared, in a version that this server does not know."
)
class DeclaredFailure(JobFailure):
    """The task, or its exception, has changed since."""

    exception: str = strawberry.field(description="The name of the exception.")


@shareable
@strawberry.type(description="Something that nobody foresaw. The server's log has it.")
class TaskFault(JobFailure):
    """Details are in the log only: they may hold secrets."""

    reference: str | None = strawberry.field(description="Tell this to whoever reads the log.")


@shareable
@strawberry.type(description="The attempt took longer than its task may take.")
class TimedOut(JobFailure):
    """See `Task.timeout`."""


@shareable
@strawberry.type(description="The job's worker vanished, and no attempt was left.")
class WorkerLost(JobFailure):
    """Its lease lapsed."""


@shareable
@strawberry.type(
    description="Your stored files take as much as they may, so that the task could not store its "
    "own. Delete some, and run the job again."
)
class StorageFull(JobFailure):
    """See `Viewer.storage`."""


@shareable
@strawberry.type(description="The task gave what it does not declare, or too much of it.")
class UnserializableResult(JobFailure):
    """The log says which part."""

    reference: str | None = strawberry.field(description="Tell this to whoever reads the log.")

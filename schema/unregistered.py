"""Types for jobs of tasks that this server does not know: jobs outlive a task's removal."""

from __future__ import annotations

import strawberry

from schema.events import JobOutput, JobSucceeded
from schema.job import Job
from schema.sharing import shareable


@shareable
@strawberry.type(description="A job of a task that this server does not know.")
class UnregisteredJob(Job):
    """It has an input and a result, of types that nobody knows any more."""


@shareable
@strawberry.type(description="A job of a task that this server does not know is done.")
class UnregisteredSucceeded(JobSucceeded):
    """Its result is of a type that nobody knows any more."""


@shareable
@strawberry.type(description="A task that this server does not know gave a part of its output.")
class UnregisteredOutput(JobOutput):
    """It is of a type that nobody knows any more."""

"""What types ask of `info.context`: the part that needs more than what they hold."""

from __future__ import annotations

from typing import Protocol

from schema.job import Job
from tasks.files.reference import FileRef
from tasks.files.storage import Usage
from tasks.overview import QueueOverview, WorkerOverview


class SchemaContext(Protocol):
    """Implemented by the resolvers' context, so that `schema` need not know it."""

    async def job_arguments(self, job_id: str) -> bytes | None:
        """The JSON that the job was given; None when it is no longer kept."""
        ...

    async def storage_usage(self) -> Usage:
        """How much the viewer's files take, and may."""
        ...

    async def stored_files(self, first: int) -> list[FileRef]:
        """The viewer's files, the oldest first."""
        ...

    def file_url(self, file: FileRef) -> str:
        """A link to fetch the file with, signed for a limited time."""
        ...

    def workers(self, queue: QueueOverview, first: int) -> list[WorkerOverview]:
        """The queue's workers, by id."""
        ...

    def running_jobs(self, worker: WorkerOverview, first: int) -> list[Job]:
        """What the worker runs, the oldest first."""
        ...

"""What every resolver is given: who asks, and the services that answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import strawberry

from broadcaster.broadcaster import Broadcaster
from resolvers.errors import client_error
from schema.error_codes import ErrorCode
from schema.generated import GeneratedTypes
from schema.job import Job
from schema.viewer import MOST_FILES
from tasks.client import JobClient
from tasks.counters import JobCounters
from tasks.files.links import LinkSigner
from tasks.files.reference import FileRef
from tasks.files.storage import FileStorage, Usage
from tasks.options import EnqueueLimits
from tasks.overview import MOST_RUNNING, MOST_WORKERS, QueueOverview, WorkerOverview
from tasks.overviews import Overviews
from tasks.registry import Registry
from tasks.watch_links import WatchLink, WatchLinks

# Revoking a watch link cannot end links to files that it gave: so they end soon by themselves.
# Long enough to begin a download, and a new one comes with every answer.
LONGEST_SHARED_FILE_LINK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking. Anonymous requests never reach a resolver."""

    id: str
    admin: bool = False
    expires_at: datetime | None = None  # None: does not expire (the local viewer)
    link: WatchLink | None = None  # came by it: sees its job, and can change nothing

    def has_rights_of(self, other: Viewer) -> bool:
        """Whether this is the same viewer, with the same rights."""
        return (self.id, self.admin, self.link) == (other.id, other.admin, other.link)


@dataclass(frozen=True, slots=True)
class Services:
    """The process's shared parts; one object for the application's life."""

    registry: Registry
    types: GeneratedTypes
    jobs: JobClient
    broadcaster: Broadcaster
    overviews: Overviews
    counters: JobCounters
    files: FileStorage
    links: LinkSigner
    watch_links: WatchLinks
    link_lifetime: timedelta  # of links to files
    watch_link_lifetime: timedelta  # the longest that a watch link may have
    enqueue_limits: EnqueueLimits
    input_bytes: int  # largest input of a job, as JSON


@dataclass(slots=True)
class Context:
    """One operation's context; `info.context` in every resolver."""

    viewer: Viewer
    services: Services
    operation_id: str | None = None  # graphql-transport-ws operation id
    resume: Mapping[str, str] = field(default_factory=dict)  # operation id → cursor
    kept_files: set[str] = field(default_factory=set)  # ids of files that jobs were given

    async def job_arguments(self, job_id: str) -> bytes | None:
        """The JSON that the job was given; None when it is no longer kept."""
        return await self.services.jobs.arguments(job_id)

    async def storage_usage(self) -> Usage:
        """How much the viewer's files take, and may."""
        return await self.services.files.usage(self.viewer.id)

    async def stored_files(self, first: int) -> list[FileRef]:
        """The viewer's files, the oldest first."""
        _check_first(first, MOST_FILES)
        return [one.ref for one in await self.services.files.oldest(self.viewer.id, first)]

    def workers(self, queue: QueueOverview, first: int) -> list[WorkerOverview]:
        """The queue's workers, by id."""
        _check_first(first, MOST_WORKERS)
        return list(queue.known_workers[:first])

    def running_jobs(self, worker: WorkerOverview, first: int) -> list[Job]:
        """What the worker runs, the oldest first."""
        _check_first(first, MOST_RUNNING)
        to_job = self.services.types.to_job
        return [to_job(record) for record in worker.running_records[:first]]

    def file_url(self, file: FileRef) -> str:
        """A link to the file, signed for `link_lifetime`; for minutes to who has a watch link.

        Only a job's result or input leads here, and who may see the job may see its files.
        """
        lifetime = self.services.link_lifetime
        if self.viewer.link is not None:
            left = self.viewer.link.expires_at - datetime.now(UTC)
            lifetime = min(lifetime, left, LONGEST_SHARED_FILE_LINK)
        return self.services.links.sign(file.id, lifetime)


def _check_first(first: int, most: int) -> None:
    if not 1 <= first <= most:
        raise client_error(ErrorCode.BAD_REQUEST, f"`first` must be from 1 to {most}, not {first}.")


Info = strawberry.Info[Context, None]

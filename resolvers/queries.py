"""Answers to the fields of `Query`."""

from __future__ import annotations

from typing import Annotated, cast

import strawberry

from resolvers.access import audience, require_admin, visible_job
from resolvers.context import Info
from resolvers.errors import client_error
from resolvers.filters import wanted_jobs
from schema.connection import JobConnection, JobEdge, PageInfo
from schema.counts import JobStatusCount
from schema.cursor import decode_page_cursor, encode_page_cursor
from schema.error_codes import ErrorCode
from schema.errors import CursorInvalid
from schema.inputs import JobFilter
from schema.job import Job
from schema.node import Node
from schema.queue import Queue
from schema.task import Task
from schema.viewer import Viewer
from tasks.counting import WINDOW
from tasks.options import PageMark
from tasks.records import JobRecord

# Enough for a screen; a client that wants more asks for it.
DEFAULT_PAGE = 20
# Bounds what one request reads and encodes to about 100 KiB of usual jobs.
LARGEST_PAGE = 100


@strawberry.type(description="What can be read.")
class Query:
    """The root of queries."""

    @strawberry.field(description="Any object by its global id; null when it is not there.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],
    ) -> Node | None:
        """Only jobs are nodes."""
        return await _job(info, id)

    @strawberry.field(
        description="A job that you own or may watch; null when there is none of that id."
    )
    async def job(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The job's id.")],
    ) -> Job | None:
        """The job as it stands."""
        return await _job(info, id)

    @strawberry.field(
        description="Your jobs and those that you may watch (an admin's: all), newest first."
    )
    async def jobs(
        self,
        info: Info,
        first: Annotated[
            int | None,
            strawberry.argument(
                description=f"How many at most, 1 to {LARGEST_PAGE}; {DEFAULT_PAGE} if left out."
            ),
        ] = None,
        after: Annotated[
            str | None,
            strawberry.argument(description="Begin after this one: a page's `endCursor`."),
        ] = None,
        filter: Annotated[
            JobFilter | None, strawberry.argument(description="Only those for which it holds.")
        ] = None,
    ) -> JobConnection:
        """Relay's Cursor Connections Specification, forward."""
        count = DEFAULT_PAGE if first is None else first
        if not 1 <= count <= LARGEST_PAGE:
            raise client_error(
                ErrorCode.BAD_REQUEST, f"`first` must be from 1 to {LARGEST_PAGE}, not {count}."
            )
        page = await info.context.services.jobs.list(
            audience(info.context.viewer),
            wanted_jobs(filter),
            first=count,
            after=None if after is None else _mark(after),
        )
        to_job = info.context.services.types.to_job
        edges = [
            JobEdge(node=to_job(record), cursor=encode_page_cursor(_mark_of(record)))
            for record in page.records
        ]
        return JobConnection(
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=after is not None,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=encode_page_cursor(page.end) if page.end else None,
            ),
        )

    @strawberry.field(
        description=f"How many of your {WINDOW} newest jobs (an admin's: of all) are in each "
        "status, within the last second."
    )
    async def job_counts(self, info: Info) -> list[JobStatusCount]:
        """Those that `jobs` lists."""
        counts = await info.context.services.counters.get(audience(info.context.viewer))
        return cast("list[JobStatusCount]", counts)

    @strawberry.field(
        description="The queues by name, and who works on them, as they stood within the last "
        "second. For admins; others get the error `FORBIDDEN`."
    )
    async def queues(self, info: Info) -> list[Queue]:
        """Those that this server's tasks use."""
        require_admin(info.context.viewer)
        return cast("list[Queue]", await info.context.services.overviews.get())

    @strawberry.field(description="The tasks that jobs can run.")
    def tasks(self, info: Info) -> list[Task]:
        """In the order they were registered."""
        return info.context.services.types.tasks()

    @strawberry.field(description="Whoever is asking.")
    def viewer(self, info: Info) -> Viewer:
        """From the token, or the local viewer."""
        viewer = info.context.viewer
        return Viewer(id=strawberry.ID(viewer.id), admin=viewer.admin, expires_at=viewer.expires_at)


async def _job(info: Info, id: str) -> Job | None:
    record = await visible_job(info.context, id)
    return None if record is None else info.context.services.types.to_job(record)


def _mark(cursor: str) -> PageMark:
    try:
        return decode_page_cursor(cursor)
    except CursorInvalid as exc:
        raise client_error(ErrorCode.CURSOR_INVALID, str(exc)) from exc


def _mark_of(record: JobRecord) -> PageMark:
    return PageMark(round(record.enqueued_at.timestamp() * 1000), record.id)

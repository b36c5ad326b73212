"""Who may see a job, and who may change it. "Not yours" and "not there" must look alike."""

from __future__ import annotations

from resolvers.context import Context, Viewer
from resolvers.errors import client_error
from schema.error_codes import ErrorCode
from tasks.errors import JobNotFound
from tasks.keys import ALL_JOBS, viewer_audience
from tasks.records import JobRecord


def may_see(viewer: Viewer, record: JobRecord) -> bool:
    """Whether the viewer owns the job, watches it, is an admin, or came by a link to it."""
    if viewer.link is not None:
        return viewer.link.job_id == record.id
    return may_change(viewer, record) or viewer.id in record.watchers


def may_change(viewer: Viewer, record: JobRecord) -> bool:
    """Whether the viewer may cancel and retry the job: its owner and admins."""
    return viewer.link is None and (viewer.admin or viewer.id == record.owner)


def is_admin(viewer: Viewer) -> bool:
    """Whether the viewer may see and pause queues. Whoever came by a link is nobody's admin."""
    return viewer.admin and viewer.link is None


def require_admin(viewer: Viewer) -> None:
    """Return if the viewer is an admin.

    Raises:
        GraphQLError: It is not.
    """
    if not is_admin(viewer):
        raise client_error(ErrorCode.FORBIDDEN, "Only an admin may see the queues.")


def audience(viewer: Viewer) -> str:
    """The audience whose jobs the viewer sees in lists and feeds; a link has none."""
    if viewer.link is not None:
        raise client_error(
            ErrorCode.FORBIDDEN, "A watch link shows one job: ask for it with `job`."
        )
    return ALL_JOBS if viewer.admin else viewer_audience(viewer.id)


async def visible_job(context: Context, job_id: str) -> JobRecord | None:
    """The job's record; None when there is none that the viewer may see.

    Raises:
        QueueUnavailable: Valkey did not answer.
    """
    record = await context.services.jobs.get(job_id)
    if record is None or not may_see(context.viewer, record):
        return None
    link = context.viewer.link
    if link is not None and not await context.services.watch_links.holds(link):
        return None
    return record


async def changeable_job(context: Context, job_id: str) -> JobRecord:
    """The job's record.

    Raises:
        JobNotFound: There is none that the viewer may change.
        QueueUnavailable: Valkey did not answer.
    """
    record = await visible_job(context, job_id)
    if record is None or not may_change(context.viewer, record):
        raise JobNotFound(job_id)
    return record

"""Answers to the fields of `Subscription`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, cast

import strawberry

from broadcaster.broadcaster import Admit
from broadcaster.errors import BroadcasterError, ChannelGone, ChannelNotFound
from broadcaster.events import Delivery, Event, Position, Snapshot
from resolvers.access import audience, may_see, require_admin
from resolvers.context import Context, Info
from resolvers.errors import client_error, job_not_found
from resolvers.filters import wanted_jobs
from schema.counts import JobStatusCount
from schema.cursor import decode_cursor
from schema.error_codes import ErrorCode
from schema.errors import CursorInvalid
from schema.events import JobEvent
from schema.generated import GeneratedTypes
from schema.inputs import JobFilter
from schema.queue import Queue
from schema.scalars import Cursor
from tasks.counting import WINDOW
from tasks.events import decode_job_event


@strawberry.type(description="What can be watched.")
class Subscription:
    """The root of subscriptions."""

    @strawberry.subscription(
        description="One job, to its end. Begins with a snapshot or, after a cursor, with what was "
        "missed; then every event once, in order. Completes after the job's last event."
    )
    async def job(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The job's id.")],
        after: Annotated[
            Cursor | None,
            strawberry.argument(description="Go on just after this event or snapshot."),
        ] = None,
    ) -> AsyncGenerator[JobEvent, None]:
        """Whoever may see the job may watch it."""
        context = info.context
        watched = await watched_job(context, id, after)
        try:
            async with context.services.broadcaster.subscribe(*watched) as deliveries:
                async for delivery in deliveries:
                    yield to_event(context.services.types, delivery)
        except BroadcasterError as exc:
            raise subscription_error(exc) from None

    @strawberry.subscription(
        description="The newest event of each job that you may see, from now on. A job that no "
        "longer passes the filter is told once, so that a list can drop it; of events that follow "
        "fast on each other, older ones may be left out. Does not end."
    )
    async def jobs(
        self,
        info: Info,
        filter: Annotated[
            JobFilter | None, strawberry.argument(description="Only those for which it holds.")
        ] = None,
    ) -> AsyncGenerator[JobEvent, None]:
        """Lossless as to each job's newest state."""
        context = info.context
        wanted = wanted_jobs(filter)
        feeds = context.services.jobs.feeds(audience(context.viewer))
        passed: set[str] = set()  # jobs that passed the filter when last told; ended ones leave
        async with context.services.broadcaster.watch(feeds) as events:
            async for event in events:
                decoded = decode_job_event(event)
                job = decoded.job
                if not may_see(context.viewer, job):
                    continue
                matches = wanted.matches(job)
                if matches or job.id in passed:
                    yield to_event(context.services.types, event)
                if matches and not job.status.terminal:
                    passed.add(job.id)
                else:
                    passed.discard(job.id)

    @strawberry.subscription(
        description=f"How many of your {WINDOW} newest jobs (an admin's: of all) are in each "
        "status: at once, and whenever it changes, twice a second at most. Does not end. Jobs that "
        "are no longer kept are counted for up to a minute more."
    )
    async def job_counts(self, info: Info) -> AsyncGenerator[list[JobStatusCount], None]:
        """Those that `jobs` tells of."""
        counters = info.context.services.counters
        async with aclosing(counters.watch(audience(info.context.viewer))) as values:
            async for counts in values:
                yield cast("list[JobStatusCount]", counts)

    @strawberry.subscription(
        description="The queues by name, and who works on them: at once, and whenever something "
        "changed, once a second at most. Does not end. For admins; others get the error "
        "`FORBIDDEN`."
    )
    async def queues(self, info: Info) -> AsyncGenerator[list[Queue], None]:
        """Those that this server's tasks use."""
        require_admin(info.context.viewer)
        async with aclosing(info.context.services.overviews.watch()) as values:
            async for overviews in values:
                yield cast("list[Queue]", overviews)


async def watched_job(
    context: Context, id: str, after: str | None = None
) -> tuple[str, Position | None, Admit]:
    """The channel of a job, where to go on in it, and who asks whether the viewer may watch it.

    The last spares a call: the job's record is read with its newest event.

    Raises:
        GraphQLError: There is no such job for the viewer, or the cursor is not one of it.
        QueueUnavailable: Valkey did not answer.
    """
    position = _position(context, id, after)
    channel = context.services.jobs.channel(id)
    link = context.viewer.link
    if channel is None or (link and not await context.services.watch_links.holds(link)):
        raise job_not_found()

    def admit(newest: Event) -> None:
        if not may_see(context.viewer, decode_job_event(newest).job):
            raise job_not_found()

    return channel, position, admit


def subscription_error(error: BroadcasterError) -> Exception:
    """What ended a subscription to a job, as clients are told."""
    if isinstance(error, ChannelNotFound):
        return job_not_found()
    if isinstance(error, ChannelGone):
        return client_error(
            ErrorCode.JOB_GONE, "The job is no longer kept; nothing more will come."
        )
    return error


def to_event(types: GeneratedTypes, delivery: Delivery) -> JobEvent:
    """The delivery as the API shows it."""
    if isinstance(delivery, Event):
        made: JobEvent = types.to_event(decode_job_event(delivery))
    elif isinstance(delivery, Snapshot):
        made = types.to_snapshot(decode_job_event(delivery.event))
    else:
        made = types.to_reset(delivery.reason, decode_job_event(delivery.event))
    made.delivery = delivery
    return made


def _position(context: Context, job_id: str, after: str | None) -> Position | None:
    """Where to go on: the argument, else what the connection said of this operation."""
    text = after
    if text is None and context.operation_id is not None:
        text = context.resume.get(context.operation_id)
    if text is None:
        return None
    try:
        cursor = decode_cursor(text)
    except CursorInvalid as exc:
        raise client_error(ErrorCode.CURSOR_INVALID, str(exc)) from exc
    if cursor.job_id != job_id:
        raise client_error(ErrorCode.CURSOR_INVALID, str(CursorInvalid()))
    return cursor.position

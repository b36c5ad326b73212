"""Answers to the fields of `Subscription`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from broadcaster.errors import ChannelGone, ChannelNotFound
from broadcaster.events import Delivery, Event, Position, Reset, Snapshot
from resolvers.access import audience, may_see, visible_job
from resolvers.context import Context, Info
from resolvers.errors import client_error, job_not_found
from schema.cursor import decode_cursor
from schema.error_codes import ErrorCode
from schema.errors import CursorInvalid
from schema.events import JobEvent
from schema.generated import GeneratedTypes
from schema.inputs import JobFilter
from schema.options import read_filter
from schema.scalars import Cursor
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
        position = _position(context, id, after)
        channel = context.services.jobs.channel(id)
        if channel is None or await visible_job(context, id) is None:
            raise job_not_found()
        try:
            async with context.services.broadcaster.subscribe(channel, position) as deliveries:
                async for delivery in deliveries:
                    yield _to_event(context.services.types, delivery)
        except ChannelNotFound:
            raise job_not_found() from None
        except ChannelGone:
            raise client_error(
                ErrorCode.JOB_GONE, "The job is no longer kept; nothing more will come."
            ) from None

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
        wanted = read_filter(filter)
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
                    yield context.services.types.to_event(decoded)
                if matches and not job.status.terminal:
                    passed.add(job.id)
                else:
                    passed.discard(job.id)


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


def _to_event(types: GeneratedTypes, delivery: Delivery) -> JobEvent:
    match delivery:
        case Snapshot(event):
            return types.to_snapshot(decode_job_event(event))
        case Reset(reason, event):
            return types.to_reset(reason, decode_job_event(event))
        case Event() as event:
            return types.to_event(decode_job_event(event))

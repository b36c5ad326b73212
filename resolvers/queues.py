"""Answers to the mutations that pause and resume queues."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

import strawberry

from resolvers.access import is_admin
from resolvers.context import Info, Viewer
from resolvers.refusals import RETRY_WHEN_AWAY
from schema.inputs import PauseQueueInput, ResumeQueueInput
from schema.payloads import (
    Forbidden,
    PauseQueueAccepted,
    PauseQueuePayload,
    QueueNotFound,
    ResumeQueueAccepted,
    ResumeQueuePayload,
    ServiceUnavailable,
)
from schema.queue import Queue
from tasks.errors import QueueUnavailable
from tasks.overview import QueueOverview


@strawberry.mutation(
    description="Let workers begin no more jobs of a queue, until it is resumed: over restarts, "
    "too. Those that run go on, and new ones are accepted. For admins."
)
async def pause_queue(
    info: Info,
    input: Annotated[PauseQueueInput, strawberry.argument(description="Which queue.")],
) -> PauseQueuePayload:
    """Pausing twice changes nothing."""
    context = info.context
    outcome = await _changed(context.viewer, input.name, context.services.overviews.pause)
    if isinstance(outcome, QueueOverview):
        return PauseQueueAccepted(queue=cast("Queue", outcome))
    return outcome


@strawberry.mutation(
    description="Let workers begin the jobs of a paused queue again, at once. For admins."
)
async def resume_queue(
    info: Info,
    input: Annotated[ResumeQueueInput, strawberry.argument(description="Which queue.")],
) -> ResumeQueuePayload:
    """Resuming what is not paused changes nothing."""
    context = info.context
    outcome = await _changed(context.viewer, input.name, context.services.overviews.resume)
    if isinstance(outcome, QueueOverview):
        return ResumeQueueAccepted(queue=cast("Queue", outcome))
    return outcome


async def _changed(
    viewer: Viewer, name: str, change: Callable[[str], Awaitable[QueueOverview | None]]
) -> QueueOverview | QueueNotFound | Forbidden | ServiceUnavailable:
    """The queue after the change, or why there was none."""
    if not is_admin(viewer):
        return Forbidden(message="Only an admin may pause and resume queues.")
    try:
        overview = await change(name)
    except QueueUnavailable:
        return ServiceUnavailable(
            message="The queue does not answer. Try again: asking twice does no harm.",
            retry_after=RETRY_WHEN_AWAY,
        )
    if overview is None:
        return QueueNotFound(message="No task has a queue of that name.", name=name)
    return overview

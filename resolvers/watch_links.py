"""Answers to the mutations that make and revoke watch links."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import strawberry

from resolvers.access import changeable_job
from resolvers.context import Info
from resolvers.refusals import full, not_found, unavailable
from schema.durations import format_duration
from schema.inputs import CreateWatchLinkInput, RevokeWatchLinksInput
from schema.payloads import (
    CreateWatchLinkPayload,
    InvalidInput,
    RevokeWatchLinksPayload,
    WatchLinkCreated,
    WatchLinksRevoked,
)
from tasks import errors
from tasks.arguments import Problem

SHORTEST = timedelta(seconds=1)  # links name whole seconds


@strawberry.mutation(
    description="Make a token with which anyone can watch one job of yours, its files included, "
    "and do nothing else, until it expires or you revoke it."
)
async def create_watch_link(
    info: Info,
    input: Annotated[CreateWatchLinkInput, strawberry.argument(description="Of which job.")],
) -> CreateWatchLinkPayload:
    """Each call makes another link; they are kept nowhere."""
    context = info.context
    longest = context.services.watch_link_lifetime
    lifetime = longest if input.expires_in is None else input.expires_in
    if not SHORTEST <= lifetime <= longest:
        allowed = f"Give from {format_duration(SHORTEST)} to {format_duration(longest)}."
        return InvalidInput.of([Problem(("expiresIn",), allowed)])
    try:
        await changeable_job(context, input.id)
        token, expires_at = await context.services.watch_links.create(input.id, lifetime)
    except errors.JobNotFound:
        return not_found(input.id)
    except errors.QueueFull:
        return full()
    except errors.QueueUnavailable:
        return unavailable()
    return WatchLinkCreated(token=token, expires_at=expires_at)


@strawberry.mutation(
    description="End all links to a job of yours. Who watches by one is shut out within seconds; "
    "links to files that were fetched by one end within five minutes."
)
async def revoke_watch_links(
    info: Info,
    input: Annotated[RevokeWatchLinksInput, strawberry.argument(description="To which job.")],
) -> RevokeWatchLinksPayload:
    """Links made later are not touched by it."""
    context = info.context
    try:
        record = await changeable_job(context, input.id)
        await context.services.watch_links.revoke(input.id)
    except errors.JobNotFound:
        return not_found(input.id)
    except errors.QueueUnavailable:
        return unavailable()
    return WatchLinksRevoked(job=context.services.types.to_job(record))

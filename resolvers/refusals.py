"""Expected reasons why a mutation did nothing, that several of them share."""

from __future__ import annotations

from datetime import timedelta

import strawberry

from schema.payloads import JobNotFound, ServiceUnavailable

# Valkey is back after a failover within seconds; a full one takes someone to look at it.
RETRY_WHEN_AWAY = timedelta(seconds=2)
RETRY_WHEN_FULL = timedelta(seconds=30)


def not_found(id: str) -> JobNotFound:
    """There is no such job, or it is not the viewer's."""
    return JobNotFound(message="There is no such job, or it is not yours.", id=strawberry.ID(id))


def unavailable() -> ServiceUnavailable:
    """Valkey does not answer."""
    return ServiceUnavailable(
        message="The queue does not answer. Try again with the same idempotency key.",
        retry_after=RETRY_WHEN_AWAY,
    )


def full() -> ServiceUnavailable:
    """Valkey is out of memory."""
    return ServiceUnavailable(
        message="The queue is full, and took nothing. Try again later.",
        retry_after=RETRY_WHEN_FULL,
    )

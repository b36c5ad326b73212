"""How long a request waits for Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

from redis.exceptions import RedisError

from tasks.errors import QueueUnavailable

# Then its caller is told instead of kept waiting: within two seconds in all.
REQUEST_TIMEOUT = timedelta(seconds=1.5)

_LATE = "Valkey did not answer in time."


@dataclass(slots=True)
class _Request:
    unanswered: bool = False


_request: ContextVar[_Request | None] = ContextVar("jobcast_request", default=None)


@contextmanager
def one_request() -> Iterator[None]:
    """Wait in vain only once in the block, however many calls it makes one after another."""
    token = _request.set(_Request())
    try:
        yield
    finally:
        _request.reset(token)


@asynccontextmanager
async def answer_in_time() -> AsyncIterator[None]:
    """Bound what the block waits for Valkey.

    Raises:
        QueueUnavailable: The time is over, or Valkey cannot be reached.
    """
    request = _request.get()
    if request is not None and request.unanswered:
        raise QueueUnavailable(_LATE)
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
            yield
    except (TimeoutError, RedisError, OSError) as exc:
        if request is not None:
            request.unanswered = True
        raise QueueUnavailable(_LATE) from exc

"""How long a request waits for Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from redis.exceptions import RedisError

from tasks.errors import QueueUnavailable

# Then its caller is told instead of kept waiting: within two seconds in all.
REQUEST_TIMEOUT = timedelta(seconds=1.5)


@asynccontextmanager
async def answer_in_time() -> AsyncIterator[None]:
    """Bound what the block waits for Valkey.

    Raises:
        QueueUnavailable: The time is over, or Valkey cannot be reached.
    """
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
            yield
    except (TimeoutError, RedisError, OSError) as exc:
        raise QueueUnavailable("Valkey did not answer in time.") from exc

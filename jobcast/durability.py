"""Warns at the start about a Valkey that would lose accepted jobs."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from broadcaster.errors import in_words

logger = logging.getLogger("jobcast")

# The start is not to wait for a server that is away; its next start will look.
_ANSWER_SECONDS = 1.5


async def warn_of_losses(redis: Redis) -> None:
    """Log what the server's configuration lets it lose; nothing when it cannot be asked."""
    client: Any = redis
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            memory = await client.info("memory")
            persistence = await client.info("persistence")
    except (RedisError, OSError) as exc:  # away, or the user may not ask
        logger.info("Cannot tell how durable Valkey's data are: %s", in_words(exc))
        return
    for warning in losses(memory, persistence):
        logger.warning(warning)


def losses(memory: dict[str, Any], persistence: dict[str, Any]) -> list[str]:
    """What the sections of INFO say could be lost, in words for the operator."""
    found: list[str] = []
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        found.append(
            f"Valkey may evict keys (maxmemory-policy {policy}), and an evicted key is a lost job. "
            "Set maxmemory-policy noeviction."
        )
    if not persistence.get("aof_enabled", 1):
        found.append(
            "Valkey keeps no log of its writes (appendonly no): a restart loses the jobs accepted "
            "since its last snapshot, if there is one. Set appendonly yes."
        )
    return found

"""The command that renews a worker's lease, for callers with a Redis client of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from redis import Redis
from redis.exceptions import NoScriptError

from tasks.keys import QueueKeys
from tasks.queue.scripts import script


def renew_from_thread(redis: Redis, keys: QueueKeys, worker: str, lease: timedelta) -> None:
    """Renew `worker`'s lease with a blocking client.

    Raises:
        redis.exceptions.RedisError: The lease was not renewed, as far as is known.
    """
    client: Any = redis  # its raw command methods are untyped
    renew = script("renew")
    arguments: Sequence[str | int] = (1, keys.prefix, worker, milliseconds(lease))
    try:
        client.execute_command("EVALSHA", renew.sha, *arguments)
    except NoScriptError:
        client.execute_command("EVAL", renew.source, *arguments)


def milliseconds(duration: timedelta) -> int:
    """Whole milliseconds, as the scripts take them."""
    # Not `duration / timedelta(milliseconds=1)`, which takes a microsecond and a half each time.
    seconds = duration.days * 86_400 + duration.seconds
    return seconds * 1000 + round(duration.microseconds / 1000)

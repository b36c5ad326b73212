"""An hour of ordinary work, told to Valkey as workers would have told it minute by minute."""

from __future__ import annotations

import time
from collections import defaultdict
from math import sin
from random import Random

from redis import Redis

from tasks.keys import QueueKeys
from tasks.latency import bucket_of

_MINUTES = 60
_MINUTE_MS = 60_000


def tell_past_hour(redis: Redis, queue: str) -> None:
    """Fill the queue's last hour, but for this minute; the same each time."""
    chance = Random(f"an hour of {queue}")
    now = int(time.time() * 1000) // _MINUTE_MS
    keys = QueueKeys(queue)
    for ago in range(_MINUTES - 1, 0, -1):
        # A rush half an hour ago, in which jobs waited.
        rush = max(0.0, 1 - abs(ago - 28) / 9)
        jobs = int(14 + 6 * sin(ago / 7) + 34 * rush + chance.randint(0, 6))
        told: dict[str, int] = defaultdict(int, started=jobs)
        for _ in range(jobs):
            outcome = chance.choices(
                ["succeeded", "failed", "cancelled", "retried"], [94, 2 + 4 * rush, 1, 3]
            )[0]
            told[outcome] += 1
            told[f"waited:{bucket_of(chance.lognormvariate(-4.5 + 4.5 * rush, 0.6))}"] += 1
            told[f"ran:{bucket_of(chance.lognormvariate(0.2 + 0.5 * rush, 0.7))}"] += 1
        told["waiting"] = int(60 * rush**2) + chance.randint(0, 2)
        key = f"{keys.prefix}minute:{now - ago}"
        for field, number in told.items():
            redis.hset(key, field, str(number))
        redis.expire(key, 65 * 60)  # as long as the workers' own

"""The tasks that are measured: what a user of Jobcast would write, and hooks for the figures."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import AsyncIterator

import redis.asyncio as redis

from tasks import task

VALKEY = redis.from_url(os.environ["JOBCAST_REDIS_URL"])

# How many jobs the lone worker is to count, given by the benchmark; 0: none.
COUNTED = int(os.environ.get("BENCH_JOBS", "0"))


class Count:
    """Seconds and CPU of the jobs from the tenth part on, when the worker is warm."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._warm = jobs // 10
        self._started = 0
        self._from = (0.0, 0.0)

    async def job(self) -> None:
        """A job has started; at the last one, tell."""
        self._started += 1
        if self._started == self._warm:
            self._from = time.perf_counter(), time.process_time()
        if self._started == self._jobs:
            at, cpu = self._from
            report = {
                "jobs": self._jobs - self._warm,
                "seconds": time.perf_counter() - at,
                "cpu": time.process_time() - cpu,
            }
            await VALKEY.set("bench:lone", json.dumps(report))


_count = Count(COUNTED) if COUNTED else None


@task
async def work(file: str, user_id: str) -> str:
    """Do nothing."""
    if _count is not None:
        await _count.job()
    return f"done {file}"


@task
async def tell(
    file: str, user_id: str, steps: int, pause_ms: int = 0, spread: bool = False
) -> AsyncIterator[int]:
    """Tell each step.

    Args:
        spread: Whether to begin somewhere within the first pause.
    """
    stamps = []
    if spread:
        await asyncio.sleep(random.random() * pause_ms / 1000)
    for step in range(1, steps + 1):
        stamps.append(time.monotonic_ns())
        yield step
        if pause_ms:
            await asyncio.sleep(pause_ms / 1000)
    await VALKEY.set(f"bench:stamps:{file}", json.dumps(stamps))

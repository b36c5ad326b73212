"""A SAQ worker that publishes each step of a job."""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import Any

import redis.asyncio as redis

from benchmarks.peers.stock_strawberry.shared import REDIS_URL, channel, queue


async def publish(context: Any, status: str, progress: int = 0, result: str | None = None) -> None:
    job = context["job"]
    event = {"id": job.key, "status": status, "progress": progress, "result": result}
    await context["redis"].publish(channel(job.key), json.dumps(event))


async def process(
    context: Any, *, file: str, user_id: str, steps: int = 0, pause_ms: int = 0
) -> str:
    stamps = []  # for the benchmark alone: when each step was published
    for step in range(1, steps + 1):
        await context["job"].update(progress=step)
        stamps.append(time.monotonic_ns())
        await publish(context, "active", step)
        if pause_ms:
            await asyncio.sleep(pause_ms / 1000)
    if steps:
        await context["redis"].set(f"bench:stamps:{file}", json.dumps(stamps))
    return f"done {file}"


async def startup(context: Any) -> None:
    context["redis"] = redis.from_url(REDIS_URL)


async def before_process(context: Any) -> None:
    await publish(context, "active")


async def after_process(context: Any) -> None:
    job = context["job"]
    status = "completed" if job.status == "complete" else str(job.status)
    await publish(context, status, int(job.progress), job.error or job.result)


settings = {
    "queue": queue,
    "functions": [process],
    "startup": startup,
    "before_process": before_process,
    "after_process": after_process,
    "concurrency": int(os.environ.get("CONCURRENCY", "10")),
}

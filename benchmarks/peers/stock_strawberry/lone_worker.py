"""SAQ alone, on jobs that do nothing. Arguments: concurrency, jobs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

import redis
import uvloop
from saq import Queue, Worker

REDIS_URL = os.environ["REDIS_URL"]


async def process(context: Any, *, file: str) -> int:
    return 1


async def main(concurrency: int, jobs: int) -> None:
    queue = Queue.from_url(REDIS_URL, name="lone")
    await queue.connect()
    for number in range(jobs):
        await queue.enqueue("process", file=f"j{number}")
    warm = jobs // 10
    done, started_at, cpu_before = 0, 0.0, 0.0
    finished = asyncio.Event()

    async def after_process(context: Any) -> None:
        nonlocal done, started_at, cpu_before
        done += 1
        if done == warm:
            started_at, cpu_before = time.perf_counter(), time.process_time()
        if done == jobs:
            seconds = time.perf_counter() - started_at
            cpu = time.process_time() - cpu_before
            report = {"jobs": jobs - warm, "seconds": seconds, "cpu": cpu}
            redis.Redis.from_url(REDIS_URL).set("bench:lone", json.dumps(report))
            finished.set()

    worker = Worker(queue, [process], concurrency=concurrency, after_process=after_process)
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(worker.start())
        await finished.wait()
        working.cancel()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))

"""A worker as a process: `python -m tests.support.worker_process PORT DRAIN_SECONDS`."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path

from redis import Redis as BlockingRedis

from tasks.context import JobContext, SyncJobContext
from tasks.worker.serve import serve
from tests.support.definitions import define
from tests.support.jobs import LEASE, NO_FILES, QUEUE, connection

ROOT = Path(__file__).parents[2]


async def say_pid(job: JobContext) -> int:
    """Say which process runs the first attempt, and wait to be killed; then succeed."""
    await job.log("info", str(os.getpid()))
    if job.attempt == 1:
        await asyncio.Event().wait()
    return os.getpid()


async def block_the_loop(seconds: float) -> None:
    time.sleep(seconds)  # noqa: ASYNC251 - what a worker must survive


async def block_for_good() -> None:
    time.sleep(600)  # noqa: ASYNC251 - as above


def sleep_deaf(job: SyncJobContext, seconds: float) -> None:
    job.log("info", "sleeping")
    time.sleep(seconds)


def write_pid_and_sleep(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(600)


saying_pid = define(say_pid, max_attempts=3)
blocking = define(block_the_loop)
blocking_for_good = define(block_for_good, timeout=timedelta(milliseconds=100))
deaf = define(sleep_deaf, max_attempts=2)
sleeping_process = define(write_pid_and_sleep, process=True, max_attempts=1)

TASKS = (saying_pid, blocking, blocking_for_good, deaf, sleeping_process)


async def main(port: int, drain_timeout: timedelta) -> None:
    async with connection(port) as redis:
        with BlockingRedis(port=port, socket_timeout=0.3) as lease_redis:
            await serve(
                redis=redis,
                lease_redis=lease_redis,
                registry=TASKS,
                queues=[QUEUE],
                concurrency=5,
                lease=LEASE,
                drain_timeout=drain_timeout,
                files=NO_FILES,
            )


@asynccontextmanager
async def worker_process(
    port: int, *, drain_timeout: timedelta = timedelta(seconds=5)
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process for the block; killed at its end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.worker_process",
        str(port),
        str(drain_timeout.total_seconds()),
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    # By its proper name: under that, a task's own process loads it as well.
    module = import_module("tests.support.worker_process")
    asyncio.run(module.main(int(sys.argv[1]), timedelta(seconds=float(sys.argv[2]))))

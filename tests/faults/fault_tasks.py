"""Tasks for what is run under faults; each execution leaves a line in a tally."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from tasks import JobContext, task

TALLY = Path(os.environ.get("FAULTS_TALLY", os.devnull))


def tell(job: JobContext) -> None:
    """Note that an attempt runs: one write, so that lines of several processes never mix."""
    with TALLY.open("a") as tally:
        tally.write(f"{job.id} {job.attempt} {os.getpid()}\n")


@task(max_attempts=8)
async def step(job: JobContext, to: int, pause_ms: int) -> AsyncIterator[int]:
    """Take some steps, telling each."""
    tell(job)
    for number in range(1, to + 1):
        yield number
        await job.progress(number / to, f"step {number} of {to}")
        await asyncio.sleep(pause_ms / 1000)


@task(max_attempts=8)
async def quick(job: JobContext) -> int:
    """Do nothing, at once."""
    tell(job)
    return job.attempt


@task(max_attempts=8, retry_base=timedelta(milliseconds=20))
async def unlucky(job: JobContext) -> int:
    """Fail twice, then succeed."""
    tell(job)
    if job.attempt < 3:
        raise RuntimeError("Not yet.")
    return job.attempt


@task(max_attempts=8)
async def flood(job: JobContext, outputs: int, bytes_each: int) -> AsyncIterator[str]:
    """Give much, as fast as it is stored."""
    tell(job)
    for _ in range(outputs):
        yield "x" * bytes_each

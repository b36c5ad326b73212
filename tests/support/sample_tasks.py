"""Tasks for tests against real processes, named by JOBCAST_TASKS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tasks import FileRef, JobContext, task


@dataclass
class TooMany(Exception):
    """More than there is.

    Attributes:
        left: How many there are.
    """

    left: int


@task
async def add(a: int, b: Annotated[int, Field(le=1000)] = 1) -> int:
    """Add two numbers."""
    return a + b


@task
async def count(job: JobContext, to: int, pause_ms: int = 0) -> AsyncIterator[int]:
    """Count, telling every number.

    Args:
        to: Where to stop.
        pause_ms: How long to wait after each number, in milliseconds.
    """
    for number in range(1, to + 1):
        yield number
        await job.progress(number / to, f"{number} of {to}")
        await asyncio.sleep(pause_ms / 1000)


@task(raises=(TooMany,))
async def take(many: int) -> int:
    """Take some of three."""
    if many > 3:
        raise TooMany(left=3)
    return many


@task
async def recite(job: JobContext, lines: list[str], pause_ms: int = 100) -> None:
    """Say line by line how far it is."""
    for n in range(len(lines)):
        await job.progress((n + 1) / len(lines), f"line {n + 1}")
        await asyncio.sleep(pause_ms / 1000)


@task(max_attempts=3)
async def hold(job: JobContext, seconds: float = 3600) -> str:
    """Run until cancelled, or for some seconds."""
    await job.progress(0.5, "holding")
    await asyncio.sleep(seconds)
    return f"attempt {job.attempt}"


@task(max_attempts=1)
async def fault() -> None:
    """Fail in a way that nobody declared."""
    raise RuntimeError("secret detail /etc/passwd")


@task
async def copy(job: JobContext, file: FileRef) -> FileRef:
    """Store a file's bytes again."""
    async with job.files.local_copy(file) as path:
        return await job.files.upload(path, name=f"copy of {file.name}", content_type="text/html")


@task
async def weigh(job: JobContext, file: FileRef) -> int:
    """Tell a file's size, and store nothing."""
    return (await job.files.stat(file)).size_bytes

"""Cancelling a job, wherever it stands."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.context import JobContext, SyncJobContext
from tasks.errors import JobCancelled
from tasks.events import EventType
from tasks.options import EnqueueOptions
from tasks.status import JobStatus
from tests.support.definitions import define
from tests.support.jobs import jobs_on, running_worker

pytestmark = pytest.mark.anyio


async def forever(job: JobContext) -> None:
    await asyncio.Event().wait()


async def test_a_job_that_waits_is_cancelled_at_once_and_never_starts(valkey_port: int) -> None:
    task = define(forever)
    async with jobs_on(valkey_port) as jobs:
        queued = await jobs.enqueue(task)
        scheduled = await jobs.enqueue(task, EnqueueOptions(delay=timedelta(milliseconds=100)))
        for job_id in (queued, scheduled):
            assert (await jobs.client.cancel(job_id)).status is JobStatus.CANCELLED

        marker = define(return_at_once)
        async with running_worker(valkey_port, task, marker, concurrency=1):
            await jobs.ends(
                await jobs.enqueue(marker, EnqueueOptions(delay=timedelta(milliseconds=150)))
            )

        for job_id in (queued, scheduled):
            assert EventType.STARTED not in await jobs.types(job_id)


async def return_at_once() -> None: ...


async def test_only_the_job_that_was_asked_for_is_cancelled(valkey_port: int) -> None:
    release = asyncio.Event()

    async def wait() -> None:
        await release.wait()

    task = define(wait)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        asked, spared = await jobs.enqueue(task), await jobs.enqueue(task)
        for job_id in (asked, spared):
            await jobs.reaches(job_id, JobStatus.RUNNING)

        await jobs.client.cancel(asked)

        assert (await jobs.ends(asked)).status is JobStatus.CANCELLED
        release.set()
        assert (await jobs.ends(spared)).status is JobStatus.SUCCEEDED


async def test_a_job_stays_cancelling_until_its_task_has_cleaned_up(valkey_port: int) -> None:
    cleaning, release = asyncio.Event(), asyncio.Event()
    was_told = False

    async def tidy(job: JobContext) -> None:
        nonlocal was_told
        try:
            await asyncio.Event().wait()
        finally:
            was_told = job.cancelled.is_set()
            cleaning.set()
            await release.wait()
            await job.log("info", "tidied up")

    task = define(tidy)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        await jobs.reaches(job_id, JobStatus.RUNNING)
        await jobs.client.cancel(job_id)
        async with asyncio.timeout(5):
            await cleaning.wait()
        assert (await jobs.record(job_id)).status is JobStatus.CANCELLING
        release.set()

        await jobs.ends(job_id)

        assert was_told
        assert (await jobs.types(job_id))[-3:] == [
            EventType.CANCELLING,
            EventType.LOGGED,
            EventType.CANCELLED,
        ]


async def test_a_task_that_finishes_in_spite_of_the_cancel_has_succeeded(
    valkey_port: int,
) -> None:
    async def finish() -> int:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return 7
        return 0

    task = define(finish)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        await jobs.reaches(job_id, JobStatus.RUNNING)
        await jobs.client.cancel(job_id)

        record = await jobs.ends(job_id)

    assert (record.status, record.result) == (JobStatus.SUCCEEDED, 7)


async def test_a_task_that_fails_while_cancelling_ends_cancelled_with_attempts_left(
    valkey_port: int,
) -> None:
    async def stumble() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise RuntimeError("while cleaning up")

    task = define(stumble, max_attempts=3)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        await jobs.reaches(job_id, JobStatus.RUNNING)
        await jobs.client.cancel(job_id)

        record = await jobs.ends(job_id)

    assert (record.status, record.attempt) == (JobStatus.CANCELLED, 1)


async def test_a_cancelled_generator_is_closed_and_keeps_its_output(valkey_port: int) -> None:
    closed = False

    async def count(job: JobContext) -> AsyncIterator[int]:
        nonlocal closed
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            closed = True

    task = define(count)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        async with asyncio.timeout(5):
            while EventType.OUTPUT not in await jobs.types(job_id):
                await asyncio.sleep(0.005)
        await jobs.client.cancel(job_id)

        record = await jobs.ends(job_id)

    assert record.status is JobStatus.CANCELLED
    assert closed


async def test_a_thread_learns_of_the_cancel_by_reporting(valkey_port: int) -> None:
    raised: list[type[BaseException]] = []

    def work(job: SyncJobContext) -> None:
        try:
            while True:
                job.progress(0.5)
                job.log("info", "still here")
        except BaseException as exc:
            raised.append(type(exc))
            raise

    task = define(work)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        await jobs.reaches(job_id, JobStatus.RUNNING)
        await jobs.client.cancel(job_id)

        record = await jobs.ends(job_id)

    assert record.status is JobStatus.CANCELLED
    assert raised == [JobCancelled]


async def test_a_thread_that_returns_because_of_the_cancel_ends_cancelled(
    valkey_port: int,
) -> None:
    def work(job: SyncJobContext) -> int:
        while not job.cancelled:
            time.sleep(0.001)
        return -1

    task = define(work)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        await jobs.reaches(job_id, JobStatus.RUNNING)
        await jobs.client.cancel(job_id)

        record = await jobs.ends(job_id)

    assert (record.status, record.result) == (JobStatus.CANCELLED, None)


def spawn_and_wait(pid_file: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(pid_file).write_text(f"{os.getpid()} {child.pid}")
    child.wait()


spawning = define(spawn_and_wait, process=True)


async def test_a_process_is_killed_with_all_that_it_started(
    valkey_port: int, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pids"
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, spawning):
        job_id = await jobs.enqueue(spawning, pid_file=str(pid_file))
        async with asyncio.timeout(10):
            while not (pid_file.exists() and pid_file.read_text()):
                await asyncio.sleep(0.01)
        await jobs.client.cancel(job_id)

        record = await jobs.ends(job_id)

    assert record.status is JobStatus.CANCELLED
    async with asyncio.timeout(5):
        while any(_runs(int(pid)) for pid in pid_file.read_text().split()):
            await asyncio.sleep(0.01)


async def test_a_cancel_whose_message_is_lost_is_found_by_looking(valkey_port: int) -> None:
    task = define(forever)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        await jobs.reaches(job_id, JobStatus.RUNNING)
        await _lose_messages(jobs.queue.redis)
        await jobs.client.cancel(job_id)

        record = await jobs.ends(job_id)

    assert record.status is JobStatus.CANCELLED


async def _lose_messages(redis: Any) -> None:
    """Cut the pub/sub connection; it takes a moment to be made anew, and a cancel less."""
    await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"

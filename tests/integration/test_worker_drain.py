"""A worker that is asked to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from datetime import timedelta

import pytest

from tasks.context import JobContext, SyncJobContext
from tasks.errors import QueueUnavailable
from tasks.events import EventType
from tasks.status import JobStatus
from tests.support.definitions import define
from tests.support.jobs import jobs_on, running_worker, started
from tests.support.worker_process import deaf, saying_pid, worker_process

pytestmark = pytest.mark.anyio


async def test_an_idle_worker_stops_at_once_and_drops_its_lease(valkey_port: int) -> None:
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port) as worker:
        async with asyncio.timeout(5):
            while not await jobs.queue.redis.zcard(jobs.queue.keys.leases):
                await asyncio.sleep(0.005)

        async with asyncio.timeout(1):
            await worker.stop()

        assert worker.abandoned == []
        assert await jobs.queue.redis.zcard(jobs.queue.keys.leases) == 0


async def test_a_draining_worker_finishes_what_runs_and_takes_nothing_new(
    valkey_port: int,
) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await release.wait()

    task = define(wait)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task) as worker:
        running = await jobs.enqueue(task)
        async with asyncio.timeout(10):
            await begun.wait()
        worker.ask_to_stop()
        await asyncio.sleep(0)
        late = await jobs.enqueue(task)
        release.set()
        await worker.stop()

        assert (await jobs.record(running)).status is JobStatus.SUCCEEDED
        assert await jobs.types(late) == [EventType.ENQUEUED]


async def test_what_does_not_end_in_time_is_given_back_without_counting_the_attempt(
    valkey_port: int,
) -> None:
    first = asyncio.Event()

    async def once_more(job: JobContext) -> int:
        if not first.is_set():
            first.set()
            await asyncio.Event().wait()
        return job.attempt

    task = define(once_more, max_attempts=1)
    async with jobs_on(valkey_port) as jobs:
        async with running_worker(
            valkey_port, task, drain_timeout=timedelta(milliseconds=50)
        ) as worker:
            job_id = await jobs.enqueue(task)
            async with asyncio.timeout(5):
                await first.wait()
            await worker.stop()
            given_back = await jobs.record(job_id)
        async with running_worker(valkey_port, task):
            record = await jobs.ends(job_id)

    assert (given_back.status, given_back.attempt) == (JobStatus.QUEUED, 0)
    assert (record.status, record.result, record.attempt) == (JobStatus.SUCCEEDED, 1, 1)


async def test_a_cancelled_job_that_drains_ends_cancelled(valkey_port: int) -> None:
    stuck = asyncio.Event()

    async def slow_to_end() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stuck.set()
            await asyncio.Event().wait()

    task = define(slow_to_end)
    async with (
        jobs_on(valkey_port) as jobs,
        running_worker(valkey_port, task, drain_timeout=timedelta(milliseconds=50)) as worker,
    ):
        job_id = await jobs.enqueue(task)
        await jobs.reaches(job_id, JobStatus.RUNNING)
        await jobs.client.cancel(job_id)
        async with asyncio.timeout(5):
            await stuck.wait()
        await worker.stop()

        assert (await jobs.record(job_id)).status is JobStatus.CANCELLED


async def test_a_thread_is_asked_to_end_and_its_job_given_back(valkey_port: int) -> None:
    def work(job: SyncJobContext) -> None:
        while True:
            job.log("info", "working")

    task = define(work)
    async with (
        jobs_on(valkey_port) as jobs,
        running_worker(valkey_port, task, drain_timeout=timedelta(milliseconds=50)) as worker,
    ):
        job_id = await jobs.enqueue(task)
        await jobs.reaches(job_id, JobStatus.RUNNING)
        await worker.stop()

        record = await jobs.record(job_id)

    assert worker.abandoned == []
    assert (record.status, record.attempt) == (JobStatus.QUEUED, 0)


async def test_a_deaf_thread_is_reported_and_its_job_stays_claimed(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.worker.worker.LAST_WORDS", timedelta(milliseconds=50))
    begun, release = threading.Event(), threading.Event()

    def deaf_to_all() -> None:
        begun.set()
        release.wait(10)

    task = define(deaf_to_all)
    async with (
        jobs_on(valkey_port) as jobs,
        running_worker(valkey_port, task, drain_timeout=timedelta(milliseconds=50)) as worker,
    ):
        job_id = await jobs.enqueue(task)
        assert await asyncio.to_thread(begun.wait, 10)
        await worker.stop()
        record = await jobs.record(job_id)
        release.set()

    assert worker.abandoned == [job_id]
    assert record.status is JobStatus.RUNNING


async def test_claims_that_arrive_during_the_stop_are_given_back(valkey_port: int) -> None:
    release = asyncio.Event()

    async def wait() -> None:
        await release.wait()

    task = define(wait)
    async with jobs_on(valkey_port) as jobs:
        ids = [await jobs.enqueue(task) for _ in range(20)]
        async with running_worker(valkey_port, task) as worker:
            worker.ask_to_stop()  # its first pop is not even sent
            release.set()
            await worker.stop()

        records = [await jobs.record(job_id) for job_id in ids]

    assert {record.status for record in records} <= {JobStatus.QUEUED, JobStatus.SUCCEEDED}
    assert {record.attempt for record in records if record.status is JobStatus.QUEUED} == {0}


async def test_a_worker_that_stops_in_an_outage_does_not_say_that_it_is_over(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with jobs_on(valkey_port) as jobs:
        worker = jobs.worker(concurrency=1)
        held_off = asyncio.Event()
        step = worker.dispatcher._step

        async def refuse(*_: object) -> None:
            worker.dispatcher.hold_off()  # its lease cannot be renewed either
            raise QueueUnavailable("gone")

        async def noted_step() -> bool:
            if worker.dispatcher._held_off:
                held_off.set()
            return await step()

        monkeypatch.setattr(jobs.queue, "pop", refuse)
        monkeypatch.setattr(worker.dispatcher, "_step", noted_step)
        with caplog.at_level(logging.INFO, "jobcast.worker"):
            async with started(worker):
                await held_off.wait()

    assert "Cannot claim jobs" in caplog.text
    assert "answers again" not in caplog.text


async def test_sigterm_drains_a_worker_process(valkey_port: int) -> None:
    async with (
        jobs_on(valkey_port) as jobs,
        worker_process(valkey_port, drain_timeout=timedelta(milliseconds=100)) as process,
    ):
        job_id = await jobs.enqueue(saying_pid)
        await jobs.reaches(job_id, JobStatus.RUNNING)

        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            code = await process.wait()

        assert code == 0
        record = await jobs.record(job_id)
        assert (record.status, record.attempt) == (JobStatus.QUEUED, 0)


async def test_a_worker_process_does_not_wait_for_a_deaf_thread_nor_leaves_it_running(
    valkey_port: int,
) -> None:
    async with (
        jobs_on(valkey_port) as jobs,
        worker_process(valkey_port, drain_timeout=timedelta(milliseconds=100)) as process,
    ):
        job_id = await jobs.enqueue(deaf, seconds=60)
        async with asyncio.timeout(10):
            while EventType.LOGGED not in await jobs.types(job_id):
                await asyncio.sleep(0.01)

        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            code = await process.wait()

        assert code == 3

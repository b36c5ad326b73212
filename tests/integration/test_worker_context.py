"""What a task says while it runs."""

from __future__ import annotations

import asyncio

import pytest

from tasks.context import JobContext, SyncJobContext
from tasks.events import EventType
from tasks.records import Progress
from tasks.status import JobStatus
from tests.support.definitions import define
from tests.support.jobs import jobs_on, running_worker

pytestmark = pytest.mark.anyio


async def test_the_context_names_the_job_and_its_key_is_the_same_in_every_attempt(
    valkey_port: int,
) -> None:
    seen: list[tuple[str, int, int, str, str]] = []

    async def look(job: JobContext) -> None:
        seen.append((job.id, job.attempt, job.max_attempts, job.owner, job.idempotency_key))
        raise RuntimeError

    task = define(look, max_attempts=2)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        await jobs.ends(job_id)

    assert seen == [(job_id, 1, 2, "ada", job_id), (job_id, 2, 2, "ada", job_id)]


async def test_of_quick_progress_the_newest_goes_out_and_the_last_before_the_end(
    valkey_port: int,
) -> None:
    async def hurry(job: JobContext) -> None:
        for step in range(1001):
            await job.progress(step / 1000, f"step {step}")

    task = define(hurry)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        record = await jobs.ends(job_id)

        types = await jobs.types(job_id)

    assert record.started_at is not None
    assert record.finished_at is not None
    took = record.finished_at - record.started_at
    assert types.count(EventType.PROGRESSED) <= took.total_seconds() * 10 + 2
    assert types[-2:] == [EventType.PROGRESSED, EventType.SUCCEEDED]
    assert record.progress == Progress(1.0, "step 1000")


async def test_held_back_progress_goes_out_while_the_task_is_busy_with_other_things(
    valkey_port: int,
) -> None:
    release = asyncio.Event()

    async def report_twice(job: JobContext) -> None:
        await job.progress(0.1)
        await job.log("info", "between")
        await job.progress(0.2)
        await release.wait()

    task = define(report_twice)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)

        async with asyncio.timeout(5):
            while (await jobs.record(job_id)).progress != Progress(0.2):
                await asyncio.sleep(0.005)

        release.set()


@pytest.mark.parametrize("fraction", [float("nan"), -0.1, 1.1, float("inf")])
async def test_progress_that_is_no_fraction_is_refused(valkey_port: int, fraction: float) -> None:
    refused = False

    async def report(job: JobContext) -> None:
        nonlocal refused
        try:
            await job.progress(fraction)
        except ValueError:
            refused = True

    task = define(report)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert refused
    assert record.progress is None


async def test_long_lines_are_cut_at_their_limit(valkey_port: int) -> None:
    async def chatter(job: JobContext) -> None:
        await job.log("warning", "é" * 10_000)
        await job.progress(0.5, "x" * 10_000)

    task = define(chatter)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        record = await jobs.ends(job_id)
        line = next(e.data for e in await jobs.events(job_id) if e.type is EventType.LOGGED)

    assert line == {"level": "warning", "message": "é" * 4096}
    assert record.progress == Progress(0.5, "x" * 1024)


async def test_a_thread_reports_through_its_own_context(valkey_port: int) -> None:
    def work(job: SyncJobContext) -> str:
        job.progress(0.25, "a quarter")
        job.log("debug", "from the thread")
        return f"{job.owner} {job.attempt}"

    task = define(work)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        record = await jobs.ends(job_id)

        assert record.result == "ada 1"
        assert record.progress == Progress(0.25, "a quarter")
        assert EventType.LOGGED in await jobs.types(job_id)


async def test_events_of_one_attempt_keep_their_order_when_a_task_speaks_from_many(
    valkey_port: int,
) -> None:
    async def chorus(job: JobContext) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(50):
                group.create_task(job.log("info", str(number)))

    task = define(chorus)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        record = await jobs.ends(job_id)

        lines = [e.data["message"] for e in await jobs.events(job_id) if e.data]

    assert record.status is JobStatus.SUCCEEDED
    assert lines == [str(number) for number in range(50)]

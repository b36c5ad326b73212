"""How a job ends, by what its task does."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tasks.context import JobContext, SyncJobContext
from tasks.events import EventType
from tasks.records import Failure, FailureKind
from tasks.status import JobStatus
from tests.support.definitions import define
from tests.support.jobs import jobs_on, running_worker

pytestmark = pytest.mark.anyio


@dataclass
class Video:
    url: str
    width: int


@dataclass
class UnsupportedCodec(Exception):
    """The video's codec is not supported."""

    codec: str
    supported: tuple[str, ...]


class OutOfStock(Exception):
    """Nothing is left of it."""


class SoldOut(OutOfStock):
    """It was sold."""


async def test_a_coroutine_gets_python_values_and_its_result_is_kept_as_json(
    valkey_port: int,
) -> None:
    async def widen(video: Video, by: timedelta) -> Video:
        return Video(video.url, video.width + by.seconds)

    task = define(widen)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task, video={"url": "u", "width": 3}, by="PT4S")

        record = await jobs.ends(job_id)

        assert record.status is JobStatus.SUCCEEDED
        assert record.result == {"url": "u", "width": 7}
        assert await jobs.types(job_id) == [
            EventType.ENQUEUED,
            EventType.STARTED,
            EventType.SUCCEEDED,
        ]


async def test_one_process_serves_several_queues_each_with_places_of_its_own(
    valkey_port: int,
) -> None:
    release = asyncio.Event()

    async def wait() -> None:
        await release.wait()

    async def let_go() -> None:
        release.set()

    slow, quick = define(wait, queue="slow"), define(let_go, queue="quick")
    async with (
        jobs_on(valkey_port, "slow") as slow_jobs,
        jobs_on(valkey_port, "quick") as quick_jobs,
        running_worker(valkey_port, slow, quick, concurrency=1, queues=("slow", "quick")),
    ):
        job_id = await slow_jobs.enqueue(slow)
        await slow_jobs.reaches(job_id, JobStatus.RUNNING)

        await quick_jobs.enqueue(quick)

        assert (await slow_jobs.ends(job_id)).status is JobStatus.SUCCEEDED


async def test_a_sync_function_runs_in_a_thread_and_does_not_hold_up_others(
    valkey_port: int,
) -> None:
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def blocked() -> int:
        future = asyncio.run_coroutine_threadsafe(release.wait(), loop)
        future.result(timeout=10)
        return 1

    async def let_go() -> None:
        release.set()

    slow, quick = define(blocked), define(let_go)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, slow, quick):
        job_id = await jobs.enqueue(slow)
        await jobs.reaches(job_id, JobStatus.RUNNING)
        await jobs.enqueue(quick)

        record = await jobs.ends(job_id)

    assert (record.status, record.result) == (JobStatus.SUCCEEDED, 1)


async def test_context_variables_of_one_job_are_not_seen_by_the_next(valkey_port: int) -> None:
    from contextvars import ContextVar

    variable: ContextVar[str] = ContextVar("variable", default="unset")

    async def look_and_set() -> str:
        before = variable.get()
        variable.set("set")
        return before

    task = define(look_and_set)
    async with (
        jobs_on(valkey_port) as jobs,
        running_worker(valkey_port, task, concurrency=1),
    ):
        ids = [await jobs.enqueue(task) for _ in range(3)]

        results = [(await jobs.ends(job_id)).result for job_id in ids]

    assert results == ["unset"] * 3


async def test_a_declared_exception_is_a_typed_final_failure_though_attempts_are_left(
    valkey_port: int,
) -> None:
    async def transcode() -> None:
        raise UnsupportedCodec("av1", ("h264", "vp9"))

    task = define(transcode, max_attempts=3, raises=(UnsupportedCodec,))
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert (record.status, record.attempt) == (JobStatus.FAILED, 1)
    assert record.failure is not None
    assert (record.failure.kind, record.failure.type) == (
        FailureKind.DECLARED,
        "UnsupportedCodec",
    )
    assert record.failure.data == {"codec": "av1", "supported": ["h264", "vp9"]}
    assert record.failure.reference is None


async def test_a_declared_exception_without_text_gets_that_of_its_class(
    valkey_port: int,
) -> None:
    async def reserve() -> None:
        raise OutOfStock

    task = define(reserve, raises=(OutOfStock,))
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert record.failure == Failure(FailureKind.DECLARED, "OutOfStock", "Nothing is left of it.")


async def test_a_subclass_of_a_declared_exception_is_shown_as_what_was_declared(
    valkey_port: int,
) -> None:
    async def reserve() -> None:
        raise SoldOut("until Monday")

    task = define(reserve, raises=(OutOfStock,))
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert record.failure == Failure(FailureKind.DECLARED, "OutOfStock", "until Monday")


async def test_a_declared_exception_in_retry_on_gets_another_attempt(valkey_port: int) -> None:
    attempts: list[int] = []

    async def reserve(job: JobContext) -> int:
        attempts.append(job.attempt)
        if job.attempt < 3:
            raise OutOfStock
        return job.attempt

    task = define(reserve, max_attempts=5, raises=(OutOfStock,), retry_on=(OutOfStock,))
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)

        record = await jobs.ends(job_id)

        assert (record.status, record.result) == (JobStatus.SUCCEEDED, 3)
        assert attempts == [1, 2, 3]
        assert (await jobs.types(job_id)).count(EventType.RETRY_SCHEDULED) == 2


async def test_a_single_exception_in_a_group_counts_as_itself(valkey_port: int) -> None:
    async def reserve() -> None:
        async def fail() -> None:
            raise OutOfStock

        async with asyncio.TaskGroup() as group:
            group.create_task(fail())

    task = define(reserve, raises=(OutOfStock,))
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert record.failure is not None
    assert record.failure.type == "OutOfStock"


async def test_a_fault_is_retried_then_masked_and_logged_under_its_reference(
    valkey_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def charge() -> None:
        raise RuntimeError("password=hunter2")

    task = define(charge, max_attempts=2)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert (record.status, record.attempt) == (JobStatus.FAILED, 2)
    assert record.failure is not None
    assert record.failure.kind is FailureKind.FAULT
    assert record.failure.message == "The task failed unexpectedly."
    assert record.failure.reference
    lines = [entry for entry in caplog.records if record.failure.reference in entry.getMessage()]
    assert len(lines) == 1
    assert lines[0].exc_info is not None
    assert "hunter2" in str(lines[0].exc_info[1])


async def test_a_task_that_exits_or_cancels_itself_fails_and_spares_the_worker(
    valkey_port: int,
) -> None:
    async def leave(how: str) -> None:
        if how == "exit":
            sys.exit(3)
        raise asyncio.CancelledError

    async def fine() -> int:
        return 1

    bad, good = define(leave), define(fine)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, bad, good):
        failed = [await jobs.ends(await jobs.enqueue(bad, how=how)) for how in ("exit", "cancel")]
        after = await jobs.ends(await jobs.enqueue(good))

    assert [record.status for record in failed] == [JobStatus.FAILED] * 2
    assert after.status is JobStatus.SUCCEEDED


@pytest.mark.parametrize("value", [object(), "no number", b"\xff", None])
async def test_a_result_that_is_not_of_its_type_fails_at_once_and_for_good(
    valkey_port: int, value: object
) -> None:
    async def wrong() -> int:
        return value  # type: ignore[return-value]

    task = define(wrong, max_attempts=3)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert (record.status, record.attempt) == (JobStatus.FAILED, 1)
    assert record.failure is not None
    assert record.failure.kind is FailureKind.UNSERIALIZABLE_RESULT


async def test_a_result_beyond_the_limit_is_refused(valkey_port: int) -> None:
    async def huge() -> str:
        return "x" * (5 * 1024 * 1024)

    task = define(huge)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert record.failure is not None
    assert record.failure.message == "The task's result is larger than 4 MiB."


async def test_an_attempt_that_takes_too_long_is_retried_then_fails_as_timed_out(
    valkey_port: int,
) -> None:
    cleaned_up: list[int] = []

    async def hang(job: JobContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned_up.append(job.attempt)

    task = define(hang, timeout=timedelta(milliseconds=50), max_attempts=2)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert record.failure is not None
    assert (record.status, record.failure.kind) == (JobStatus.FAILED, FailureKind.TIMED_OUT)
    assert cleaned_up == [1, 2]


async def test_a_thread_beyond_its_timeout_is_waited_for_before_another_attempt(
    valkey_port: int,
) -> None:
    running = 0
    most = 0

    def stubborn(job: SyncJobContext) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.2)  # deaf to its timeout
        running -= 1
        job.log("info", "too late")

    task = define(stubborn, timeout=timedelta(milliseconds=50), max_attempts=2)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert record.failure is not None
    assert record.failure.kind is FailureKind.TIMED_OUT
    assert most == 1


async def test_a_generator_that_fails_keeps_the_output_it_had(valkey_port: int) -> None:
    async def count() -> AsyncIterator[int]:
        yield 1
        yield 2
        raise OutOfStock

    task = define(count, raises=(OutOfStock,))
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        record = await jobs.ends(job_id)

        outputs = [
            event.data for event in await jobs.events(job_id) if event.type is EventType.OUTPUT
        ]

    assert record.status is JobStatus.FAILED
    assert outputs == [1, 2]


async def test_output_that_is_not_of_its_type_fails_the_job_and_closes_the_generator(
    valkey_port: int,
) -> None:
    closed = False

    async def count() -> AsyncIterator[int]:
        nonlocal closed
        try:
            yield 1
            yield "many"  # type: ignore[misc]
        finally:
            closed = True

    task = define(count)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        record = await jobs.ends(await jobs.enqueue(task))

    assert record.failure is not None
    assert record.failure.kind is FailureKind.UNSERIALIZABLE_RESULT
    assert record.failure.message == "The task's output is not what it declares."
    assert closed


async def test_a_job_of_a_task_that_no_worker_knows_fails_visibly(
    valkey_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def forgotten() -> None: ...

    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port):
        record = await jobs.ends(await jobs.enqueue(define(forgotten)))

    assert record.failure is not None
    assert (record.failure.type, record.failure.message) == (
        "UnknownTask",
        "The worker does not know the task forgotten.",
    )
    assert any(entry.levelno == logging.ERROR for entry in caplog.records)


def square(number: int) -> int:
    print("printing is not answering")
    return number * number


def refuse(number: int) -> int:
    raise UnsupportedCodec(str(number), ())


def crash(number: int) -> int:
    import os

    os._exit(number)


in_process = define(square, process=True)
refusing = define(refuse, process=True, raises=(UnsupportedCodec,))
crashing = define(crash, process=True)


async def test_a_process_answers_with_its_result_a_declared_failure_or_its_death(
    valkey_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    tasks = (in_process, refusing, crashing)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, *tasks):
        ids = [await jobs.enqueue(task, number=7) for task in tasks]

        good, declared, dead = [await jobs.ends(job_id) for job_id in ids]

    assert (good.status, good.result) == (JobStatus.SUCCEEDED, 49)
    assert declared.failure is not None
    assert declared.failure.data == {"codec": "7", "supported": []}
    assert dead.failure is not None
    assert dead.failure.kind is FailureKind.FAULT
    assert any("ended with 7" in vars(entry).get("traceback", "") for entry in caplog.records)

"""Workers, replies and leases that get lost."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcaster.events import Kind
from tasks.context import JobContext
from tasks.errors import AttemptSuperseded, QueueUnavailable
from tasks.events import EventType
from tasks.queue.claim import Claimed
from tasks.queue.queue import JobQueue
from tasks.records import FailureKind
from tasks.status import JobStatus
from tests.support.definitions import define
from tests.support.jobs import LEASE, jobs_on, started
from tests.support.worker_process import (
    blocking,
    blocking_for_good,
    saying_pid,
    sleeping_process,
    worker_process,
)

pytestmark = pytest.mark.anyio


async def test_a_killed_workers_job_runs_elsewhere_within_two_leases(valkey_port: int) -> None:
    async with (
        jobs_on(valkey_port) as jobs,
        worker_process(valkey_port) as first,
    ):
        job_id = await jobs.enqueue(saying_pid)
        async with asyncio.timeout(10):
            while EventType.LOGGED not in await jobs.types(job_id):
                await asyncio.sleep(0.01)
        async with worker_process(valkey_port) as second:
            async with asyncio.timeout(10):
                while await jobs.queue.redis.zcard(jobs.queue.keys.leases) < 2:
                    await asyncio.sleep(0.01)
            first.kill()
            await first.wait()

            # A second beyond the two leases: the machine that runs the tests may be slow.
            record = await jobs.reaches(
                job_id, JobStatus.SUCCEEDED, within=2 * LEASE + timedelta(seconds=1)
            )

            assert (record.attempt, record.result) == (2, second.pid)


async def test_the_process_of_a_task_dies_with_its_killed_worker(
    valkey_port: int, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    async with jobs_on(valkey_port) as jobs, worker_process(valkey_port) as worker:
        await jobs.enqueue(sleeping_process, path=str(pid_file))
        async with asyncio.timeout(10):
            while not (pid_file.exists() and pid_file.read_text()):
                await asyncio.sleep(0.01)

        worker.kill()
        await worker.wait()

        async with asyncio.timeout(5):
            while _runs(int(pid_file.read_text())):
                await asyncio.sleep(0.01)


async def test_a_blocked_event_loop_keeps_its_lease(valkey_port: int) -> None:
    async with jobs_on(valkey_port) as jobs, worker_process(valkey_port):
        job_id = await jobs.enqueue(blocking, seconds=3 * LEASE.total_seconds())
        await jobs.reaches(job_id, JobStatus.RUNNING)

        async with asyncio.timeout(10):
            while not (record := await jobs.record(job_id)).status.terminal:
                await jobs.queue.take_over()
                await asyncio.sleep(0.05)

    assert (record.status, record.attempt) == (JobStatus.SUCCEEDED, 1)


async def test_a_loop_that_stays_blocked_beyond_all_timeouts_gives_its_jobs_up(
    valkey_port: int,
) -> None:
    async with jobs_on(valkey_port) as jobs, worker_process(valkey_port):
        job_id = await jobs.enqueue(blocking_for_good)

        async with asyncio.timeout(20):
            while not (record := await jobs.record(job_id)).status.terminal:
                await jobs.queue.take_over()
                await asyncio.sleep(0.05)

    assert record.failure is not None
    assert record.failure.kind is FailureKind.WORKER_LOST


async def test_a_superseded_attempt_stops_and_cannot_overwrite_its_successor(
    valkey_port: int,
) -> None:
    first_started, first_ended = asyncio.Event(), asyncio.Event()
    release = asyncio.Event()

    async def work(job: JobContext) -> int:
        if job.attempt == 1:
            first_started.set()
            try:
                await asyncio.Event().wait()
            finally:
                first_ended.set()
        await release.wait()
        return job.attempt

    task = define(work, max_attempts=3)
    async with jobs_on(valkey_port) as jobs:
        worker = jobs.worker(task)
        async with started(worker):
            job_id = await jobs.enqueue(task)
            async with asyncio.timeout(5):
                await first_started.wait()
            old = worker.dispatcher.claim_of(job_id)
            assert old is not None
            await _lapse(jobs.queue, worker.id)

            async with asyncio.timeout(5):
                await first_ended.wait()  # it was told when its successor began here
            await jobs.reaches(job_id, JobStatus.RUNNING)

            assert not await jobs.queue.finish_claim(old, JobStatus.SUCCEEDED, result=b"0")
            with pytest.raises(AttemptSuperseded):
                await jobs.queue.emit(old, Kind.NORMAL, EventType.LOGGED, b"null")
            release.set()
            record = await jobs.ends(job_id)

    assert (record.attempt, record.result) == (2, 2)


async def test_a_task_that_speaks_after_it_was_superseded_is_stopped_in_silence(
    valkey_port: int,
) -> None:
    go_on = asyncio.Event()
    stopped = asyncio.Event()
    first_started = asyncio.Event()

    async def work(job: JobContext) -> None:
        first_started.set()
        await go_on.wait()
        try:
            await job.log("info", "am I still wanted?")
        except asyncio.CancelledError:
            stopped.set()
            raise

    task = define(work, max_attempts=3)
    async with jobs_on(valkey_port) as jobs:
        worker = jobs.worker(task, concurrency=1)
        async with started(worker):
            job_id = await jobs.enqueue(task)
            async with asyncio.timeout(5):
                await first_started.wait()
            await _lapse(jobs.queue, worker.id)
            ((successor,), _) = await jobs.queue.pop("another worker", 1, timedelta(minutes=1))
            go_on.set()

            async with asyncio.timeout(5):
                await stopped.wait()

            assert successor.attempt == 2
            assert EventType.LOGGED not in await jobs.types(job_id)
            assert (await jobs.record(job_id)).status is JobStatus.RUNNING


async def test_after_an_outage_longer_than_a_lease_living_workers_keep_their_jobs(
    valkey_port: int,
) -> None:
    task = define(run_for_ever, max_attempts=3)
    async with jobs_on(valkey_port) as jobs:
        queue = jobs.queue
        job_id = await jobs.enqueue(task)
        await queue.renew("a living worker", LEASE)
        ((claim,), _) = await queue.pop("a living worker", 1, LEASE)
        # As it stands when Valkey comes back: nobody could renew anything.
        await queue.redis.set(queue.keys.prefix + "renewed", 1)
        await queue.redis.zadd(queue.keys.leases, {"a living worker": 1})

        async with started(jobs.worker(task)):
            sweeps = 0
            sweep = queue.take_over

            async def counted() -> int:
                nonlocal sweeps
                taken = await sweep()
                sweeps += 1
                return taken

            queue.take_over = counted  # type: ignore[method-assign]
            async with asyncio.timeout(5):
                while not sweeps:
                    await asyncio.sleep(0.005)

            assert (await jobs.record(job_id)).status is JobStatus.RUNNING
            await queue.renew("a living worker", LEASE)
            assert await queue.finish_claim(claim, JobStatus.SUCCEEDED, result=b"null")


async def run_for_ever() -> None:
    await asyncio.Event().wait()


async def test_a_claim_whose_reply_was_lost_is_found_and_run(valkey_port: int) -> None:
    async def work() -> int:
        return 1

    task = define(work)
    async with jobs_on(valkey_port) as jobs:
        job_id = await jobs.enqueue(task)
        worker = jobs.worker(task)
        # As if a pop of the worker's had been answered to nobody.
        await jobs.queue.pop(worker.id, 1, timedelta(minutes=1))

        async with started(worker):
            record = await jobs.ends(job_id)

    assert (record.status, record.attempt) == (JobStatus.SUCCEEDED, 1)


async def test_after_a_failed_pop_the_lost_claims_are_looked_for_at_once(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> int:
        return 1

    task = define(work)
    async with jobs_on(valkey_port) as jobs:
        pop = jobs.queue.pop
        failures = 1

        async def lose_reply(
            worker: str, count: int, lease: timedelta
        ) -> tuple[list[Claimed], float | None]:
            nonlocal failures
            reply = await pop(worker, count, lease)
            if reply[0] and failures:
                failures -= 1
                raise QueueUnavailable("The reply was lost.")
            return reply

        monkeypatch.setattr(jobs.queue, "pop", lose_reply)
        job_id = await jobs.enqueue(task)
        before = time.monotonic()
        async with started(jobs.worker(task)):
            record = await jobs.ends(job_id)

    assert record.status is JobStatus.SUCCEEDED
    assert time.monotonic() - before < LEASE.total_seconds() / 2


async def test_jobs_that_end_while_claims_are_compared_do_not_run_again(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = 0

    async def count() -> None:
        nonlocal runs
        runs += 1
        await release.wait()

    release = asyncio.Event()
    task = define(count)
    async with jobs_on(valkey_port) as jobs:
        held = jobs.queue.held
        compared = asyncio.Event()

        async def slow_held(worker: str) -> list[Claimed]:
            claims = await held(worker)
            if claims and not compared.is_set():
                release.set()
                await jobs.ends(job_id)  # between the reply's making and its arrival
                compared.set()
            return claims

        monkeypatch.setattr(jobs.queue, "held", slow_held)
        job_id = await jobs.enqueue(task)
        async with started(jobs.worker(task)), asyncio.timeout(10):
            await compared.wait()

    assert runs == 1


async def test_more_lost_claims_than_free_places_are_given_back(valkey_port: int) -> None:
    release = asyncio.Event()

    async def wait() -> None:
        await release.wait()

    task = define(wait)
    async with jobs_on(valkey_port) as jobs:
        ids = [await jobs.enqueue(task) for _ in range(3)]
        worker = jobs.worker(task, concurrency=1)
        await jobs.queue.pop(worker.id, 3, timedelta(minutes=1))

        async with started(worker):
            async with asyncio.timeout(10):
                while await jobs.queue.count("queued") < 2:
                    await asyncio.sleep(0.01)
            release.set()
            records = [await jobs.ends(job_id) for job_id in ids]

    assert [record.attempt for record in records] == [1, 1, 1]


async def test_a_worker_whose_lease_lapsed_takes_nothing_until_it_holds_again(
    valkey_port: int,
) -> None:
    async def work() -> None: ...

    task = define(work)
    async with jobs_on(valkey_port) as jobs:
        worker = jobs.worker(task)
        worker.dispatcher.hold_off()
        async with started(worker):
            job_id = await jobs.enqueue(task)
            for _ in range(10):  # round trips: the worker had its chance
                await jobs.queue.renew("another worker", LEASE)
            assert (await jobs.record(job_id)).status is JobStatus.QUEUED

            worker.dispatcher.resume()

            assert (await jobs.ends(job_id)).status is JobStatus.SUCCEEDED


async def test_a_background_loop_that_dies_takes_the_worker_down(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    async with jobs_on(valkey_port) as jobs:
        monkeypatch.setattr(jobs.queue, "take_over", broken)
        worker = jobs.worker()

        with pytest.raises(ExceptionGroup) as caught:
            async with asyncio.timeout(10):
                await worker.start()

    assert caught.group_contains(ZeroDivisionError)


async def test_an_outcome_is_stored_when_valkey_answers_again(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(job: JobContext) -> int:
        await job.progress(0.5)
        await job.log("info", "once")
        return 1

    task = define(work)
    async with jobs_on(valkey_port) as jobs:
        for name in ("emit", "finish_claim"):
            monkeypatch.setattr(jobs.queue, name, _failing_twice(getattr(jobs.queue, name)))
        async with started(jobs.worker(task)):
            job_id = await jobs.enqueue(task)
            record = await jobs.ends(job_id)

            assert record.result == 1
            assert await jobs.types(job_id) == [
                EventType.ENQUEUED,
                EventType.STARTED,
                EventType.PROGRESSED,
                EventType.LOGGED,
                EventType.SUCCEEDED,
            ]


async def test_outcomes_that_cannot_be_stored_hold_up_what_is_started(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    answers = asyncio.Event()

    async def work(job: JobContext) -> None:
        ran.append(job.id)

    task = define(work)
    async with jobs_on(valkey_port) as jobs:
        finish = jobs.queue.finish_claim

        async def finish_when_it_answers(*args: Any, **kwargs: Any) -> Any:
            if not answers.is_set():
                raise QueueUnavailable("Valkey is away.")
            return await finish(*args, **kwargs)

        monkeypatch.setattr(jobs.queue, "finish_claim", finish_when_it_answers)
        ids = [await jobs.enqueue(task) for _ in range(10)]
        async with started(jobs.worker(task, concurrency=2)):
            async with asyncio.timeout(10):
                while len(ran) < 4:
                    await asyncio.sleep(0.01)
            for _ in range(20):  # round trips: the worker had its chance
                await jobs.queue.renew("another worker", LEASE)
            at_most = len(ran)
            answers.set()
            ends = [(await jobs.ends(job_id)).status for job_id in ids]

    assert at_most == 4  # two that run, and two whose ends wait to be stored
    assert sorted(ran) == sorted(ids)
    assert set(ends) == {JobStatus.SUCCEEDED}


def _failing_twice(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Does its work, but the first two replies are lost."""
    failures = 2

    async def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal failures
        reply = await method(*args, **kwargs)
        if failures:
            failures -= 1
            raise QueueUnavailable("The reply was lost.")
        return reply

    return call


async def _lapse(queue: JobQueue, worker: str) -> None:
    """Take the worker's jobs over as if its lease had lapsed."""
    await queue.redis.zadd(queue.keys.leases, {worker: 1})
    await queue.take_over()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"

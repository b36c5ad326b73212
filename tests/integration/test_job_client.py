"""What clients do with jobs, on a real Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from broadcaster.events import Event, Kind
from tasks.client import JobClient
from tasks.definition import TaskDefinition
from tasks.errors import (
    EnqueueRefused,
    IdempotencyConflict,
    JobNotFound,
    NotRetryable,
    QueueFull,
    QueueUnavailable,
)
from tasks.events import EventType, decode_job_event
from tasks.ids import new_job_id
from tasks.keys import ALL_JOBS, viewer_audience
from tasks.options import Enqueued, EnqueueLimits, EnqueueOptions, JobFilter
from tasks.queue.queue import JobQueue
from tasks.records import Failure, FailureKind
from tasks.status import JobStatus
from tests.support.definitions import define

pytestmark = pytest.mark.anyio

LEASE = timedelta(seconds=30)
FAULT = Failure(FailureKind.FAULT, "Fault", "It broke.")


async def work() -> None:
    """Do nothing."""


TASK = define(work, max_attempts=2)


class Client:
    """A client of some queues, and one of them as workers see it."""

    def __init__(self, jobs: JobClient, queues: dict[str, JobQueue]) -> None:
        self.jobs = jobs
        self.queue = queues["default"]

    async def enqueue(
        self,
        owner: str = "ada",
        *,
        task: TaskDefinition = TASK,
        limits: EnqueueLimits | None = None,
        arguments: bytes = b"{}",
        **options: object,
    ) -> Enqueued:
        return await self.jobs.enqueue(
            task,
            arguments,
            owner=owner,
            options=EnqueueOptions(**options),  # type: ignore[arg-type]
            limits=limits or EnqueueLimits(),
        )

    async def fail(self) -> None:
        """Claim the next job and fail it for good."""
        (claim,), _ = await self.queue.pop("w", 1, LEASE)
        assert await self.queue.finish_claim(claim, JobStatus.FAILED, failure=FAULT)

    async def types(self, job_id: str) -> list[EventType]:
        raw = await self.queue.redis.lrange(self.queue.keys.history(job_id), 0, -1)
        return [decode_job_event(Event.decode(entry)).type for entry in raw]


@asynccontextmanager
async def client_on(port: int, *names: str) -> AsyncIterator[Client]:
    async with Redis(port=port) as redis, asyncio.TaskGroup():
        queues = {name: JobQueue(redis, name) for name in names or ("default",)}
        for queue in queues.values():
            await queue.connect()
        try:
            yield Client(JobClient(queues), queues)
        finally:
            for queue in queues.values():
                await queue.disconnect()


async def test_the_same_key_and_input_give_the_first_job(valkey_port: int) -> None:
    async with client_on(valkey_port) as client:
        first = await client.enqueue(idempotency_key="k")
        second = await client.enqueue(idempotency_key="k")
        others = [
            await client.enqueue(owner="bob", idempotency_key="k"),
            await client.enqueue(idempotency_key="other"),
        ]

    assert (first.deduplicated, second.deduplicated) == (False, True)
    assert first.record.id == second.record.id
    assert not any(other.deduplicated for other in others)


async def test_the_same_key_with_another_input_is_a_conflict(valkey_port: int) -> None:
    async with client_on(valkey_port) as client:
        first = await client.enqueue(idempotency_key="k", arguments=b'{"a":1}')
        with pytest.raises(IdempotencyConflict) as conflict:
            await client.enqueue(idempotency_key="k", arguments=b'{"a":2}')

    assert conflict.value.job_id == first.record.id


async def test_a_viewer_with_too_many_open_jobs_is_refused_until_one_ends(
    valkey_port: int,
) -> None:
    limits = EnqueueLimits(waiting=2)
    async with client_on(valkey_port) as client:
        first = await client.enqueue(limits=limits)
        await client.enqueue(limits=limits)
        with pytest.raises(EnqueueRefused):
            await client.enqueue(limits=limits)
        await client.enqueue(owner="bob", limits=limits)

        await client.jobs.cancel(first.record.id)
        await client.enqueue(limits=limits)


async def test_a_viewer_who_enqueues_too_fast_is_told_when_to_come_back(valkey_port: int) -> None:
    limits = EnqueueLimits(per_minute=3)
    async with client_on(valkey_port) as client:
        for _ in range(3):
            await client.enqueue(limits=limits)
        with pytest.raises(EnqueueRefused) as refused:
            await client.enqueue(limits=limits)

    assert timedelta(0) < refused.value.retry_after <= timedelta(seconds=20)


async def test_a_call_repeated_after_a_lost_reply_enqueues_once(valkey_port: int) -> None:
    async with client_on(valkey_port) as client:
        original = client.queue.call

        async def twice(name: str, *arguments: object) -> object:
            await original(name, *arguments)
            return await original(name, *arguments)

        client.queue.call = twice  # type: ignore[method-assign]
        enqueued = await client.enqueue()
        client.queue.call = original  # type: ignore[method-assign]
        page = await client.jobs.list(ALL_JOBS, JobFilter(), first=10, after=None)

    assert [record.id for record in page.records] == [enqueued.record.id]
    assert not enqueued.deduplicated


@pytest.mark.parametrize("state", ["scheduled", "queued", "retrying"])
async def test_a_job_that_does_not_run_is_cancelled_at_once_and_never_runs(
    valkey_port: int, state: str
) -> None:
    async with client_on(valkey_port) as client:
        delay = timedelta(milliseconds=30) if state == "scheduled" else None
        id = (await client.enqueue(delay=delay)).record.id
        if state == "retrying":
            (claim,), _ = await client.queue.pop("w", 1, LEASE)
            await client.queue.retry_claim(claim, FAULT, timedelta(milliseconds=30))

        record = await client.jobs.cancel(id)
        again = await client.jobs.cancel(id)
        marker = (await client.enqueue(delay=timedelta(milliseconds=60))).record.id
        claimed: list[str] = []
        async with asyncio.timeout(5):
            while not claimed:
                claims, _ = await client.queue.pop("w", 10, LEASE)
                claimed = [claim.job_id for claim in claims]

        types = await client.types(id)
    assert record.status is again.status is JobStatus.CANCELLED
    assert claimed == [marker]
    assert types[-1] is EventType.CANCELLED
    assert types.count(EventType.CANCELLED) == 1


async def test_a_cancel_of_a_finished_job_changes_nothing(valkey_port: int) -> None:
    async with client_on(valkey_port) as client:
        id = (await client.enqueue()).record.id
        await client.fail()
        before = await client.types(id)

        record = await client.jobs.cancel(id)

        assert record.status is JobStatus.FAILED
        assert await client.types(id) == before


async def test_a_retry_by_hand_is_one_new_job_and_leaves_the_old_as_it_was(
    valkey_port: int,
) -> None:
    async with client_on(valkey_port) as client:
        old = (await client.enqueue(tags=("x",), watchers=("bob",), arguments=b'{"a":1}')).record
        with pytest.raises(NotRetryable):
            await client.jobs.retry(old.id, limits=EnqueueLimits())
        await client.fail()

        new = await client.jobs.retry(old.id, limits=EnqueueLimits())
        same = await client.jobs.retry(old.id, limits=EnqueueLimits())

        kept = await client.jobs.get(old.id)
        assert kept is not None
        assert kept.status is JobStatus.FAILED
        assert new.id == same.id != old.id
        assert (new.tags, new.watchers, new.status) == (("x",), ("bob",), JobStatus.QUEUED)
        assert await client.jobs.arguments(new.id) == b'{"a":1}'


async def test_what_does_not_exist_is_not_found(valkey_port: int) -> None:
    async with client_on(valkey_port) as client:
        for id in ("", "nonsense", "default.", new_job_id("default"), new_job_id("other")):
            assert await client.jobs.get(id) is None
            assert await client.jobs.arguments(id) is None
            with pytest.raises(JobNotFound):
                await client.jobs.cancel(id)


async def test_a_list_is_newest_first_over_all_queues_with_no_job_twice(valkey_port: int) -> None:
    other = replace(TASK, queue="other")
    async with client_on(valkey_port, "default", "other") as client:
        ids = [(await client.enqueue(task=other if n % 3 else TASK)).record.id for n in range(250)]
        listed: list[str] = []
        after = None
        while True:
            page = await client.jobs.list(ALL_JOBS, JobFilter(), first=40, after=after)
            listed += [record.id for record in page.records]
            after = page.end
            if not page.has_next:
                break
        records = await client.jobs.get_many(listed)

    assert sorted(listed) == sorted(ids)
    times = [record.enqueued_at for record in records if record]
    assert times == sorted(times, reverse=True)


async def test_a_list_holds_only_what_its_viewer_may_see_and_the_filter_passes(
    valkey_port: int,
) -> None:
    async with client_on(valkey_port) as client:
        mine = (await client.enqueue(tags=("red", "big"))).record.id
        await client.enqueue(tags=("red",))
        await client.enqueue(owner="bob", tags=("red", "big"))
        watched = (await client.enqueue(owner="bob", tags=("red", "big"), watchers=("ada",))).record

        page = await client.jobs.list(
            viewer_audience("ada"), JobFilter(tags=frozenset({"big"})), first=10, after=None
        )
        none = await client.jobs.list(
            viewer_audience("ada"),
            JobFilter(statuses=frozenset({JobStatus.FAILED})),
            first=10,
            after=None,
        )

    assert [record.id for record in page.records] == [watched.id, mine]
    assert none.records == ()


async def test_a_job_kept_long_enough_is_removed_with_all_its_traces(valkey_port: int) -> None:
    brief = replace(TASK, retention=timedelta(milliseconds=1))
    async with client_on(valkey_port) as client:
        id = (await client.enqueue(task=brief, watchers=("bob",))).record.id
        await client.jobs.cancel(id)
        async with asyncio.timeout(5):
            while await client.jobs.get(id) is not None:
                await client.queue.take_over()

        keys = await client.queue.redis.keys("*")
        assert not [key for key in keys if id.encode() in key]
        page = await client.jobs.list(viewer_audience("bob"), JobFilter(), first=1, after=None)
        assert page.records == ()


async def test_a_full_valkey_refuses_new_jobs_and_lets_running_ones_finish(
    valkey_port: int,
) -> None:
    async with client_on(valkey_port) as client:
        id = (await client.enqueue()).record.id
        (claim,), _ = await client.queue.pop("w", 1, LEASE)
        await client.queue.redis.config_set("maxmemory", 1)
        try:
            with pytest.raises(QueueFull):
                await client.enqueue()
            await client.queue.emit(claim, Kind.NORMAL, EventType.OUTPUT, b"1")
            assert await client.queue.finish_claim(claim, JobStatus.SUCCEEDED, result=b"1")
        finally:
            await client.queue.redis.config_set("maxmemory", 0)
        record = await client.jobs.get(id)

    assert record is not None
    assert record.status is JobStatus.SUCCEEDED


async def test_an_absent_valkey_is_a_typed_error_in_time() -> None:
    async with client_on(1) as client:  # nobody listens on port 1
        with pytest.raises(QueueUnavailable):
            await client.enqueue()
        with pytest.raises(QueueUnavailable):
            await client.jobs.get(new_job_id("default"))

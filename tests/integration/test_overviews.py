"""Queues and counts are read only while someone looks, once for all, and nothing is left after."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest
from redis.asyncio import Redis

from broadcaster.valkey import ValkeyBroadcaster
from tasks import counter, counting
from tasks.counters import JobCounters
from tasks.counting import Seen, StatusWindow, newest_statuses
from tasks.keys import ALL_JOBS
from tasks.options import EnqueueOptions
from tasks.overviews import INTERVAL_SECONDS, Overviews
from tasks.queue.queue import JobQueue
from tasks.queue.waits import waits
from tasks.status import JobStatus
from tests.support.definitions import define
from tests.support.jobs import LEASE, Jobs, connection, jobs_on
from tests.support.wire import counted_scripts

pytestmark = pytest.mark.anyio


async def work() -> None:
    """Do nothing."""


WORK = define(work)


def counted(counts: list[counting.StatusCount]) -> dict[JobStatus, int]:
    return {row.status: row.count for row in counts if row.count}


async def test_many_who_watch_cause_one_reading_a_second_and_none_when_they_have_left(
    valkey_port: int,
) -> None:
    async with jobs_on(valkey_port) as jobs:
        overviews = Overviews({jobs.queue.name: jobs.queue})

        async def look() -> None:
            async with aclosing(overviews.watch()) as values:
                async for (queue,) in values:
                    if queue.waiting == 3:
                        return

        before = asyncio.all_tasks()
        begun = monotonic()
        async with counted_scripts(valkey_port) as scripts, asyncio.timeout(20):
            async with asyncio.TaskGroup() as tasks:
                for _ in range(20):
                    tasks.create_task(look())
                for _ in range(3):
                    await asyncio.sleep(INTERVAL_SECONDS)  # several readings
                    await jobs.enqueue(WORK)
            passed = monotonic() - begun
            await asyncio.sleep(2 * INTERVAL_SECONDS)  # in which nobody looks

        assert 3 <= scripts["overview"] <= passed / INTERVAL_SECONDS + 1
        assert not asyncio.all_tasks() - before


async def test_the_next_in_line_is_no_cancelled_job(valkey_port: int) -> None:
    async with jobs_on(valkey_port) as jobs:
        overviews = Overviews({jobs.queue.name: jobs.queue})
        gone = await jobs.enqueue(WORK)
        next_in_line = await jobs.enqueue(WORK)
        await jobs.client.cancel(gone)

        (queue,) = await overviews.get()

        assert queue.oldest_waiting_since == (await jobs.record(next_in_line)).enqueued_at


async def test_a_job_waits_from_when_it_was_due(valkey_port: int) -> None:
    async with jobs_on(valkey_port) as jobs:
        delay = timedelta(milliseconds=400)
        late = await jobs.enqueue(WORK, EnqueueOptions(delay=delay))
        prompt = await jobs.enqueue(WORK)
        async with asyncio.timeout(10):
            while not (await jobs.record(late)).started_at:
                await jobs.queue.pop("w", 1, LEASE)

        waited = await waits(jobs.queue, [late, prompt, "default.none"])

        record = await jobs.record(late)
        assert record.started_at is not None
        expected = record.started_at - record.enqueued_at - delay
        assert waited[0] == pytest.approx(expected.total_seconds(), abs=0.002)
        assert waited[0] < delay.total_seconds()
        assert len(waited) == 2


async def test_a_counter_is_shared_and_gone_with_the_last_who_watches(valkey_port: int) -> None:
    async with (
        connection(valkey_port) as redis,
        JobQueue(redis, "default") as queue,
        ValkeyBroadcaster(redis) as broadcaster,
        JobCounters({"default": queue}, broadcaster) as counters,
    ):
        jobs = Jobs(queue, valkey_port)
        await jobs.enqueue(WORK)
        async with broadcaster.watch([queue.keys.feed(ALL_JOBS)]):
            before = asyncio.all_tasks()  # now that it is connected

        async with (
            counted_scripts(valkey_port) as scripts,
            asyncio.timeout(20),
            aclosing(counters.watch(ALL_JOBS)) as first,
            aclosing(counters.watch(ALL_JOBS)) as second,
        ):
            assert counted(await anext(first)) == counted(await anext(second))
            await jobs.enqueue(WORK)
            for values in (first, second):
                assert counted(await anext(values)) == {JobStatus.QUEUED: 2}
            assert counted(await counters.get(ALL_JOBS)) == {JobStatus.QUEUED: 2}

        assert scripts["statuses"] == 1
        async with asyncio.timeout(10):
            while asyncio.all_tasks() - before:
                await asyncio.sleep(0)
        assert broadcaster.registry.entries == {}


async def test_jobs_whose_retention_is_over_are_counted_no_longer(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter, "RECOUNT_SECONDS", 0.2)
    brief = replace(WORK, retention=timedelta(milliseconds=1))
    async with (
        connection(valkey_port) as redis,
        JobQueue(redis, "default") as queue,
        ValkeyBroadcaster(redis) as broadcaster,
        JobCounters({"default": queue}, broadcaster) as counters,
    ):
        jobs = Jobs(queue, valkey_port)
        kept = await jobs.enqueue(WORK)
        await jobs.client.cancel(await jobs.enqueue(brief))
        async with asyncio.timeout(20), aclosing(counters.watch(ALL_JOBS)) as values:
            first = counted(await anext(values))
            while await jobs.queue.redis.zcard(jobs.queue.keys.index(ALL_JOBS)) > 1:
                await jobs.queue.take_over()
            then = counted(await anext(values))

        assert first == {JobStatus.QUEUED: 1, JobStatus.CANCELLED: 1}
        assert then == {JobStatus.QUEUED: 1}
        assert (await jobs.record(kept)).status is JobStatus.QUEUED


async def test_the_newest_jobs_of_all_queues_are_counted(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "WINDOW", 7)
    monkeypatch.setattr(counting, "PAGE", 2)
    async with Redis(port=valkey_port) as redis:
        queues = [JobQueue(redis, name) for name in ("first", "second", "third")]
        async with queues[0], queues[1], queues[2]:
            records = []
            for at in (0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 1):
                jobs = Jobs(queues[at], valkey_port)
                records.append(
                    await jobs.record(await jobs.enqueue(replace(WORK, queue=queues[at].name)))
                )

            newest = await newest_statuses(queues, ALL_JOBS)

    in_order = sorted((record.enqueued_at, record.id) for record in records)
    assert [seen.job_id for seen in newest] == [job_id for _, job_id in in_order[-7:]]


def test_a_new_job_takes_the_place_of_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "WINDOW", 3)
    window = StatusWindow([Seen(n, f"j{n}", JobStatus.QUEUED) for n in (2, 3, 4)])

    assert not window.note(Seen(1, "j1", JobStatus.FAILED))  # older than all that are counted
    assert window.note(Seen(5, "j5", JobStatus.RUNNING))
    assert not window.note(Seen(2, "j2", JobStatus.SUCCEEDED))  # it was put out
    assert window.note(Seen(3, "j3", JobStatus.RUNNING))
    assert not window.note(Seen(3, "j3", JobStatus.RUNNING))

    assert counted(window.counts()) == {JobStatus.QUEUED: 1, JobStatus.RUNNING: 2}

"""What pausing does to a queue in Valkey, and how workers' numbers come together there."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tasks.latency import bucket_of
from tasks.options import EnqueueOptions
from tasks.overview import QueueOverview
from tasks.overviews import Overviews
from tasks.queue.claim import Claimed
from tasks.status import JobStatus
from tasks.worker.metrics import SAMPLED, Metrics
from tests.support.definitions import define
from tests.support.jobs import LEASE, Jobs, jobs_on, running_worker
from tests.support.wire import counted_scripts

pytestmark = pytest.mark.anyio


async def work() -> None:
    """Do nothing."""


async def fail() -> None:
    """Fail each time."""
    raise RuntimeError


WORK = define(work)
FAIL = define(fail, max_attempts=2)


async def overview(jobs: Jobs) -> QueueOverview:
    """The queue, read anew."""
    (queue,) = await Overviews({jobs.queue.name: jobs.queue}).get()
    return queue


async def claim_many(jobs: Jobs, count: int) -> list[Claimed]:
    """Jobs that have just begun."""
    for _ in range(count):
        await jobs.enqueue(WORK)
    claims: list[Claimed] = []
    while len(claims) < count:
        claims += (await jobs.queue.pop("w", count, LEASE))[0]
    return claims


async def test_a_pop_of_a_paused_queue_claims_nothing_and_leaves_nobody_awake(
    valkey_port: int,
) -> None:
    async with jobs_on(valkey_port) as jobs:
        await jobs.queue.call("pause")
        await jobs.enqueue(WORK)
        later = await jobs.enqueue(WORK, EnqueueOptions(delay=timedelta(milliseconds=1)))
        await jobs.reaches(later, JobStatus.SCHEDULED)
        async with asyncio.timeout(10):
            while (await jobs.record(later)).status is not JobStatus.QUEUED:
                claims, _ = await jobs.queue.pop("w", 10, LEASE)
                assert claims == []
        while_paused = await jobs.queue.redis.llen(jobs.queue.keys.wake)

        await jobs.queue.call("resume")
        when_resumed = await jobs.queue.redis.llen(jobs.queue.keys.wake)
        claims, _ = await jobs.queue.pop("w", 10, LEASE)

    assert (while_paused, when_resumed) == (0, 1)
    assert len(claims) == 2


async def test_an_idle_worker_on_a_paused_queue_does_not_ask_over_and_over(
    valkey_port: int,
) -> None:
    async with jobs_on(valkey_port) as jobs:
        await jobs.queue.call("pause")
        for _ in range(5):
            await jobs.enqueue(WORK)
        async with running_worker(valkey_port, WORK), counted_scripts(valkey_port) as scripts:
            await asyncio.sleep(2)  # in which a worker that is woken each time asks thousands

    # One every two seconds, one a token that an enqueue left, and one after the start.
    assert scripts["pop"] <= 10


async def test_what_several_workers_count_adds_up_in_one_minute(valkey_port: int) -> None:
    async with jobs_on(valkey_port) as jobs:
        workers = [Metrics(jobs.queue), Metrics(jobs.queue)]
        for claim in await claim_many(jobs, 3 * SAMPLED):
            workers[0].started(claim)
        for worker, status, seconds in (
            (workers[0], JobStatus.SUCCEEDED, 0.1),
            (workers[1], JobStatus.SUCCEEDED, 2.0),
            (workers[1], JobStatus.CANCELLED, 2.0),
            (workers[1], JobStatus.RETRYING, 2.0),
            (workers[1], JobStatus.QUEUED, 50.0),  # given back: it has not ended
            (workers[1], None, 50.0),  # superseded
        ):
            worker.ended(status, seconds)
        workers[1].lost(2)

        for worker in workers:
            await worker.tell()
        queue = await overview(jobs)
        keys = [key async for key in jobs.queue.redis.scan_iter("*:minute:*")]
        fields: dict[bytes, bytes] = {}
        lives: list[int] = []
        for key in keys:  # two, if the clock passed a minute in between
            fields |= await jobs.queue.redis.hgetall(key)
            lives.append(await jobs.queue.redis.pttl(key))

    def told(name: str) -> int:
        return sum(getattr(minute, name) for minute in queue.minutes)

    assert (told("started"), told("succeeded"), told("cancelled")) == (3 * SAMPLED, 2, 1)
    assert (told("retried"), told("failed"), told("lost")) == (1, 0, 2)
    # Each job of the sample stands for three.
    assert sum(int(v) for k, v in fields.items() if k.startswith(b"waited:")) == 3 * SAMPLED
    assert fields[b"ran:%d" % bucket_of(2.0)] == b"3"
    assert all(61 * 60_000 < life <= 65 * 60_000 for life in lives)


async def test_every_attempt_of_a_worker_is_counted_before_it_is_gone(valkey_port: int) -> None:
    async with jobs_on(valkey_port) as jobs:
        async with running_worker(valkey_port, WORK, FAIL):
            for job_id in [await jobs.enqueue(WORK), await jobs.enqueue(FAIL)]:
                await jobs.ends(job_id)
        queue = await overview(jobs)
        cards = [key async for key in jobs.queue.redis.scan_iter("*:worker:*")]

    counts = [
        sum(getattr(minute, name) for minute in queue.minutes)
        for name in ("enqueued", "started", "succeeded", "failed", "retried")
    ]
    assert counts == [2, 3, 1, 1, 1]
    assert queue.worker_count == 0
    assert cards == []

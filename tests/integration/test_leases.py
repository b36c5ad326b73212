"""Whose jobs are taken over, and whose are not: leases by Valkey's clock alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tasks.queue.lease import milliseconds
from tasks.status import JobStatus
from tests.support.definitions import define
from tests.support.jobs import LEASE, Jobs, jobs_on

pytestmark = pytest.mark.anyio


async def work() -> None: ...


TASK = define(work, max_attempts=3)


async def held_job(jobs: Jobs, worker: str) -> str:
    job_id = await jobs.enqueue(TASK)
    await jobs.queue.pop(worker, 1, LEASE)
    return job_id


async def now_ms(jobs: Jobs) -> int:
    seconds, microseconds = await jobs.queue.redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


async def test_after_an_outage_that_some_leases_did_not_outlast_nobodys_jobs_are_taken(
    valkey_port: int,
) -> None:
    async with jobs_on(valkey_port) as jobs:
        job_id = await held_job(jobs, "living")
        # Nobody could renew for two thirds of a lease; this worker was due just before.
        silence = milliseconds(LEASE * 2 / 3)
        renewed, lapsed = await now_ms(jobs) - silence, await now_ms(jobs) - 1
        await jobs.queue.redis.set(jobs.queue.keys.prefix + "renewed", renewed)
        await jobs.queue.redis.zadd(jobs.queue.keys.leases, {"living": lapsed})

        await jobs.queue.renew("another", LEASE)
        await jobs.queue.take_over()

        assert (await jobs.record(job_id)).status is JobStatus.RUNNING


async def test_a_worker_that_alone_missed_its_renewals_loses_its_jobs(valkey_port: int) -> None:
    async with jobs_on(valkey_port) as jobs:
        job_id = await held_job(jobs, "dead")
        await jobs.queue.renew("another", LEASE)
        await jobs.queue.redis.zadd(jobs.queue.keys.leases, {"dead": await now_ms(jobs) - 1})

        await jobs.queue.renew("another", LEASE)
        await jobs.queue.take_over()

        assert (await jobs.record(job_id)).status is JobStatus.RETRYING


async def test_a_job_that_was_taken_over_comes_before_all_that_waits(valkey_port: int) -> None:
    async with jobs_on(valkey_port) as jobs:
        lost = await held_job(jobs, "dead")
        await jobs.enqueue(TASK)
        await jobs.queue.redis.zadd(jobs.queue.keys.leases, {"dead": await now_ms(jobs) - 1})

        await jobs.queue.take_over()
        ((claim,), _) = await jobs.queue.pop("living", 1, LEASE)

        assert claim.job_id == lost


async def test_a_lease_given_by_a_clock_an_hour_ahead_lapses_all_the_same(
    valkey_port: int,
) -> None:
    hour = milliseconds(timedelta(hours=1))
    async with jobs_on(valkey_port) as jobs:
        job_id = await held_job(jobs, "dead")
        ahead = await now_ms(jobs) + hour
        prefix, leases = jobs.queue.keys.prefix, jobs.queue.keys.leases
        await jobs.queue.redis.zadd(leases, {"dead": ahead})
        await jobs.queue.redis.mset({prefix + "renewed": ahead, prefix + "sweep_after": ahead})

        await jobs.queue.take_over()
        clamped = await jobs.queue.redis.zscore(leases, "dead")
        await jobs.queue.redis.zadd(leases, {"dead": await now_ms(jobs) - 1})
        await jobs.queue.take_over()

        assert clamped <= await now_ms(jobs) + milliseconds(timedelta(minutes=10))
        assert (await jobs.record(job_id)).status is JobStatus.RETRYING


async def test_no_two_claims_have_the_same_fence(valkey_port: int) -> None:
    async with jobs_on(valkey_port) as jobs:
        job_id = await jobs.enqueue(TASK)
        before = {key: await jobs.queue.redis.dump(key) for key in await jobs.queue.redis.keys()}
        ((first,), _) = await jobs.queue.pop("one", 1, LEASE)
        # A failover to a replica that never heard of the claim.
        await jobs.queue.redis.flushall()
        for key, value in before.items():
            await jobs.queue.redis.restore(key, 0, value)
        ((second,), _) = await jobs.queue.pop("two", 1, LEASE)

        assert not await jobs.queue.finish_claim(first, JobStatus.SUCCEEDED, result=b"1")
        assert await jobs.queue.finish_claim(second, JobStatus.SUCCEEDED, result=b"2")
        assert (await jobs.record(job_id)).result == 2

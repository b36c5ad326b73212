"""What a job costs Valkey and the way there: counted, for times depend on the machine."""

from __future__ import annotations

import asyncio

import pytest

from broadcaster.broadcaster import ANSWER
from broadcaster.events import Position
from broadcaster.pipeline import ValkeyPipeline
from broadcaster.registry import Message
from broadcaster.valkey import ValkeyBroadcaster
from tasks.context import JobContext
from tasks.events import EventType
from tasks.queue.queue import JobQueue
from tests.support.definitions import define
from tests.support.jobs import QUEUE, Jobs, connection, jobs_on, running_worker, started
from tests.support.wire import counted_scripts, counting_writes

pytestmark = pytest.mark.anyio


# What a worker does now and then, whatever it runs.
UPKEEP = {"cancelling", "held", "measure", "renew", "resign", "sweep"}


async def work() -> None:
    """Do nothing."""


WORK = define(work)


@pytest.mark.parametrize(("at_once", "written"), [(1, 1), (7, 1), (64, 8)])
async def test_jobs_enqueued_in_one_moment_share_writes_eight_at_a_time(
    valkey_port: int, at_once: int, written: int
) -> None:
    async with connection(valkey_port) as redis:
        writes = counting_writes(redis)
        async with JobQueue(redis, QUEUE) as queue:
            jobs = Jobs(queue, valkey_port)
            await jobs.enqueue(WORK)  # connects, and brings the script
            before = writes.count

            async with counted_scripts(valkey_port) as scripts, asyncio.TaskGroup() as tasks:
                for _ in range(at_once):
                    tasks.create_task(jobs.enqueue(WORK))

    assert writes.count - before == written
    assert scripts == {"enqueue": at_once}


async def test_what_is_enqueued_during_a_round_trip_goes_with_the_next(valkey_port: int) -> None:
    async with connection(valkey_port) as redis:
        writes = counting_writes(redis)
        async with JobQueue(redis, QUEUE) as queue:
            jobs = Jobs(queue, valkey_port)
            await jobs.enqueue(WORK)
            before = writes.count

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(jobs.enqueue(WORK))
                while writes.count == before:
                    await asyncio.sleep(0)
                for _ in range(7):
                    tasks.create_task(jobs.enqueue(WORK))

    assert writes.count - before == 2


async def test_a_job_takes_one_script_to_accept_and_one_to_finish_and_shares_one_to_claim(
    valkey_port: int,
) -> None:
    many = 100
    async with jobs_on(valkey_port) as jobs:
        await jobs.enqueue(WORK)
        async with counted_scripts(valkey_port) as scripts:
            ids = [await jobs.enqueue(WORK) for _ in range(many)]
            async with running_worker(valkey_port, WORK, concurrency=10):
                for job_id in ids:
                    await jobs.ends(job_id)

    assert scripts["enqueue"] == many
    assert scripts["finish"] == many + 1
    # Five at a time at best, half of the places; places become free one by one.
    assert scripts["pop"] <= many / 3
    assert set(scripts) <= {"enqueue", "finish", "pop", *UPKEEP}


async def test_the_end_of_a_job_and_the_next_claim_share_a_round_trip(valkey_port: int) -> None:
    many = 40
    async with connection(valkey_port) as redis, jobs_on(valkey_port) as client:
        writes = counting_writes(redis)
        async with JobQueue(redis, QUEUE) as queue:
            ids = [await client.enqueue(WORK) for _ in range(many)]
            async with started(Jobs(queue, valkey_port).worker(WORK, concurrency=1)):
                await client.ends(ids[0])
                before = writes.count
                await client.ends(ids[-1])
                taken = writes.count - before

    assert taken <= many * 1.25  # and a few for its upkeep; two a job if they went one by one


async def test_an_event_of_a_running_job_takes_one_script(valkey_port: int) -> None:
    async def speak(job: JobContext) -> None:
        for line in range(20):
            await job.log("info", f"line {line}")
        await job.progress(0.5)

    task = define(speak)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        async with counted_scripts(valkey_port) as scripts:
            job_id = await jobs.enqueue(task)
            await jobs.ends(job_id)
        types = await jobs.types(job_id)

    told = types.count(EventType.LOGGED) + types.count(EventType.PROGRESSED)
    assert told == 21
    assert scripts["emit"] == told
    assert scripts["finish"] == 1


async def test_who_shares_a_pipeline_shares_its_round_trips(valkey_port: int) -> None:
    async with connection(valkey_port) as redis:
        writes, pipeline = counting_writes(redis), ValkeyPipeline(redis)
        broadcaster = ValkeyBroadcaster(redis, pipeline)
        async with pipeline, JobQueue(redis, QUEUE, pipeline) as queue, broadcaster:
            jobs = Jobs(queue, valkey_port)
            channel = queue.keys.job(await jobs.enqueue(WORK))
            await broadcaster.read(channel)
            before = writes.count

            async with asyncio.TaskGroup() as tasks:
                for _ in range(3):
                    tasks.create_task(jobs.enqueue(WORK))
                    tasks.create_task(broadcaster.read(channel))

            assert writes.count - before <= 2  # a ping may come in between


class Listener:
    """A receiver that does nothing."""

    def receive(self, channel: str, message: Message) -> None: ...

    def reconnected(self) -> None: ...

    def verify(self, newest: Position | None) -> None: ...


async def test_subscribers_who_come_and_go_in_one_moment_share_a_round_trip(
    valkey_port: int,
) -> None:
    async with connection(valkey_port) as redis:
        writes = counting_writes(redis)
        async with ValkeyBroadcaster(redis) as broadcaster:
            listener, registry = Listener(), broadcaster.registry

            async def watch(name: str, instead_of: str) -> None:
                registry.leave(instead_of, listener)
                await registry.join(name, listener, patience=ANSWER)

            async with asyncio.TaskGroup() as tasks:
                for number in range(20):
                    tasks.create_task(watch(f"old {number}", ""))
            before = writes.count
            async with asyncio.TaskGroup() as tasks:
                for number in range(20):
                    tasks.create_task(watch(f"new {number}", f"old {number}"))

            assert writes.count - before <= 2  # a ping may come in between
            assert sorted(await redis.pubsub_channels("*")) == sorted(
                f"new {number}".encode() for number in range(20)
            )

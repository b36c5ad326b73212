"""`run_worker`: the life of a worker process, over all the queues that it serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

import anyio
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from broadcaster.errors import in_words
from broadcaster.pipeline import ValkeyPipeline
from tasks.definition import TaskDefinition
from tasks.files.storage import FileStorage
from tasks.queue.queue import JobQueue
from tasks.worker.lease import Lease, LeaseKeeper
from tasks.worker.outage import NO_ANSWER
from tasks.worker.worker import JobWorker

logger = logging.getLogger("jobcast.worker")

# Valkey may be the reason why the worker stops; without this word its lease lapses by itself.
_GOODBYE = 1.0  # seconds


async def run_worker(
    *,
    redis: AsyncRedis,
    lease_redis: Redis,
    registry: Iterable[TaskDefinition],
    queues: Sequence[str],
    concurrency: int,
    lease: timedelta,
    drain_timeout: timedelta,
    files: FileStorage,
    stop: anyio.Event,
    version: str | None = None,
) -> list[str]:
    """Run jobs until `stop` is set, then drain.

    Args:
        redis: Must not time out on a blocking read, and needs at least 4 connections a queue.
        lease_redis: A blocking client used by the lease's thread only; its socket timeouts must
            be below a third of `lease`.
        registry: The tasks that this worker knows.
        queues: Names of the queues to serve.
        concurrency: How many jobs of each queue run at once.
        lease: How long a worker that is gone keeps its jobs.
        drain_timeout: How long running jobs may go on after `stop`.
        files: Where tasks keep files.
        stop: Asks the worker to drain.
        version: Of this program, for those who look at its workers.

    Returns:
        Ids of the jobs whose task would not end (a thread cannot be made to). They still hold
        their claim. When there are any, leave the process by `os._exit` at once: as soon as the
        lease lapses, they run elsewhere.

    Raises:
        ExceptionGroup: A part of the worker failed. Leave the process by `os._exit` as well.
    """
    async with AsyncExitStack() as stack:
        pipeline = await stack.enter_async_context(ValkeyPipeline(redis, eager=True))
        workers = [
            JobWorker(
                await stack.enter_async_context(JobQueue(redis, name, pipeline)),
                registry,
                concurrency=concurrency,
                lease=lease,
                drain_timeout=drain_timeout,
                files=files,
                version=version,
            )
            for name in queues
        ]
        leases = [
            Lease(
                worker.queue.keys,
                worker.id,
                overdue=worker.overdue,
                on_lapsed=worker.dispatcher.hold_off,
                on_regained=worker.dispatcher.resume,
            )
            for worker in workers
        ]
        keeper = await stack.enter_async_context(LeaseKeeper(lease_redis, leases, lease))
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(keeper.watch())
            running = [group.create_task(worker.start()) for worker in workers]
            await stop.wait()
            for worker in workers:
                worker.event.set()
            await asyncio.wait(running)
            watching.cancel()
        for worker in workers:
            if not worker.abandoned:  # else its lease must outlast this process
                await _resign(worker)
        return [job_id for worker in workers for job_id in worker.abandoned]


async def _resign(worker: JobWorker) -> None:
    try:
        async with asyncio.timeout(_GOODBYE):
            await worker.queue.resign(worker.id)
            await worker.queue.command("DEL", worker.queue.keys.card(worker.id))
    except (*NO_ANSWER, TimeoutError) as exc:
        logger.warning("Worker %s leaves without saying so: %s", worker.id, in_words(exc))

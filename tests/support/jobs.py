"""One queue on a real Valkey, and workers for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import anyio
import orjson
from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from broadcaster.events import Event
from tasks.client import JobClient
from tasks.definition import TaskDefinition
from tasks.events import EventType, JobEvent, decode_job_event
from tasks.files.storage import FileStorage
from tasks.options import EnqueueLimits, EnqueueOptions
from tasks.queue.queue import JobQueue
from tasks.records import JobRecord
from tasks.status import JobStatus
from tasks.worker.run import run_worker
from tasks.worker.worker import JobWorker

QUEUE = "default"
LEASE = timedelta(seconds=1)

# No test here stores a file.
NO_FILES = cast("FileStorage", None)


class Jobs:
    """What a test does with jobs."""

    def __init__(self, queue: JobQueue, port: int) -> None:
        self.queue = queue
        self.port = port
        self.client = JobClient({queue.name: queue})

    async def enqueue(
        self,
        task: TaskDefinition,
        /,
        options: EnqueueOptions | None = None,
        **arguments: Any,
    ) -> str:
        """Enqueue a job; its id."""
        enqueued = await self.client.enqueue(
            task,
            orjson.dumps(arguments),
            owner="ada",
            options=options or EnqueueOptions(),
            limits=EnqueueLimits(),
        )
        return enqueued.record.id

    async def record(self, job_id: str) -> JobRecord:
        """The job as it stands."""
        record = await self.client.get(job_id)
        assert record is not None
        return record

    async def events(self, job_id: str) -> list[JobEvent]:
        """The job's kept history."""
        raw = await self.queue.redis.lrange(self.queue.keys.history(job_id), 0, -1)
        return [decode_job_event(Event.decode(entry)) for entry in raw]

    async def types(self, job_id: str) -> list[EventType]:
        """What happened to the job, in order."""
        return [event.type for event in await self.events(job_id)]

    async def reaches(
        self, job_id: str, *statuses: JobStatus, within: timedelta = timedelta(seconds=10)
    ) -> JobRecord:
        """The job, once it has one of the statuses."""
        async with asyncio.timeout(within.total_seconds()):
            while (record := await self.record(job_id)).status not in statuses:
                await asyncio.sleep(0.005)
        return record

    async def ends(self, job_id: str) -> JobRecord:
        """The job, once it has ended."""
        ends = [status for status in JobStatus if status.terminal]
        return await self.reaches(job_id, *ends)

    def worker(self, *tasks: TaskDefinition, concurrency: int = 10) -> JobWorker:
        """A worker that is not started; its lease is not renewed but by its pops."""
        return JobWorker(
            self.queue,
            tasks,
            concurrency=concurrency,
            lease=LEASE,
            drain_timeout=timedelta(seconds=5),
            files=NO_FILES,
        )


class RunningWorker:
    """A worker under way."""

    def __init__(self) -> None:
        self.abandoned: list[str] | None = None
        self._stop = anyio.Event()
        self._ended = asyncio.Event()

    def ask_to_stop(self) -> None:
        self._stop.set()

    async def stop(self) -> None:
        """Drain it, and wait for its end."""
        self._stop.set()
        await self._ended.wait()

    async def run(self, port: int, tasks: Iterable[TaskDefinition], **options: Any) -> None:
        async with connection(port) as redis:
            with BlockingRedis(port=port, socket_timeout=0.3) as lease_redis:
                self.abandoned = await run_worker(
                    redis=redis,
                    lease_redis=lease_redis,
                    registry=tasks,
                    files=NO_FILES,
                    stop=self._stop,
                    **options,
                )
        self._ended.set()


@asynccontextmanager
async def running_worker(
    port: int,
    *tasks: TaskDefinition,
    concurrency: int = 10,
    lease: timedelta = LEASE,
    drain_timeout: timedelta = timedelta(seconds=5),
    queues: Sequence[str] = (QUEUE,),
) -> AsyncIterator[RunningWorker]:
    """A worker for the block, drained at its end."""
    worker = RunningWorker()
    async with asyncio.TaskGroup() as group:
        group.create_task(
            worker.run(
                port,
                tasks,
                queues=queues,
                concurrency=concurrency,
                lease=lease,
                drain_timeout=drain_timeout,
            )
        )
        yield worker
        worker.ask_to_stop()


@asynccontextmanager
async def jobs_on(port: int, name: str = QUEUE) -> AsyncIterator[Jobs]:
    """The queue, from a client's side."""
    async with connection(port) as redis, JobQueue(redis, name) as queue:
        yield Jobs(queue, port)


@asynccontextmanager
async def started(worker: JobWorker) -> AsyncIterator[JobWorker]:
    """Run the worker for the block, without `run_worker` around it."""
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.start())
        yield worker
        worker.event.set()


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[Redis]:
    """A client that waits on blocking reads for as long as they take."""
    async with Redis(port=port, socket_timeout=None) as redis:
        yield redis

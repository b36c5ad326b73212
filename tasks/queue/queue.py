"""`JobQueue`: the transitions as a SAQ queue, so that SAQ's `Worker` runs on them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, nullcontext
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from redis.asyncio import Redis
from saq.job import Job, Status
from saq.queue.base import Queue

from broadcaster.pipeline import ValkeyPipeline
from tasks.errors import AttemptSuperseded
from tasks.keys import ALL_JOBS
from tasks.queue.claim import Claimed
from tasks.queue.transitions import Transitions
from tasks.records import Failure, FailureKind, JobRecord
from tasks.status import FROM_SAQ_TERMINAL, TO_SAQ

if TYPE_CHECKING:
    from saq.types import CountKind, QueueInfo, WorkerInfo


class Dispatcher(Protocol):
    """Hands out this worker process's claims; the worker attaches one to the queue."""

    async def next_job(self, timeout: float) -> Job | None:
        """The next job to run; None after `timeout` seconds (0: wait for ever)."""
        ...

    def claim_of(self, job_id: str) -> Claimed | None:
        """The claim under which this process runs the job."""
        ...


class JobQueue(Transitions, Queue):
    """One queue of jobs in Valkey. An async context manager."""

    def __init__(self, redis: Redis, name: str, pipeline: ValkeyPipeline | None = None) -> None:
        """Take part in an open `pipeline`, so that calls of a moment are one write; or have one."""
        Transitions.__init__(self, redis, name, pipeline)
        self._opened: Any = self.pipeline if pipeline is None else nullcontext()
        Queue.__init__(self, name=name, dump=orjson.dumps, load=orjson.loads)
        self.dispatcher: Dispatcher | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> JobQueue:
        await self.connect()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.disconnect()

    async def connect(self) -> None:
        await super().connect()
        await self._stack.enter_async_context(self._opened)
        await self._stack.enter_async_context(self.waits)

    async def disconnect(self) -> None:
        await self._stack.aclose()

    def job_id(self, job_key: str) -> str:
        return job_key

    async def sweep(self, lock: int = 60, abort: float = 5.0) -> list[str]:
        """SAQ's hook for `take_over`. The script needs no lock, so both arguments are idle."""
        await self.take_over()
        return []

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:
        if self.dispatcher is None:
            raise RuntimeError("Attach a dispatcher before a worker takes jobs.")
        return await self.dispatcher.next_job(timeout)

    async def _update(self, job: Job, status: Status | None = None, **kwargs: Any) -> None:
        """Nothing to do: the pop made the job active, and events carry its progress."""

    async def update(self, job: Job, **kwargs: Any) -> None:
        for name, value in kwargs.items():
            if hasattr(job, name):
                setattr(job, name, value)

    async def _finish(
        self, job: Job, status: Status, *, result: Any = None, error: str | None = None
    ) -> None:
        failure = Failure(FailureKind.FAULT, "Fault", error) if error else None
        encoded = orjson.dumps(result) if status is Status.COMPLETE else None
        await self.finish_claim(
            self._claim(job), FROM_SAQ_TERMINAL[status], result=encoded, failure=failure
        )

    async def _retry(self, job: Job, error: str | None) -> None:
        failure = Failure(FailureKind.FAULT, "Fault", error or "")
        delay = timedelta(seconds=job.next_retry_delay())
        await self.retry_claim(self._claim(job), failure, delay)

    async def abort(self, job: Job, error: str, ttl: float = 5) -> None:
        await self.cancel(job.key)

    async def _enqueue(self, job: Job) -> Job | None:
        raise NotImplementedError("Enqueue with tasks.client.JobClient.")

    async def job(self, job_key: str) -> Job | None:
        return (await self.jobs([job_key]))[0]

    async def jobs(self, job_keys: Iterable[str]) -> list[Job | None]:
        records = await self.records(job_keys)
        return [self._as_saq_job(record) if record else None for record in records]

    async def iter_jobs(
        self,
        statuses: list[Status] = list(Status),  # noqa: B006 (SAQ's signature)
        batch_size: int = 100,
    ) -> AsyncIterator[Job]:
        start = 0
        index = self.keys.index(ALL_JOBS)
        while ids := await self.redis.zrange(index, start, start + batch_size - 1):
            for job in await self.jobs([job_id.decode() for job_id in ids]):
                if job is not None and job.status in statuses:
                    yield job
            start += batch_size

    async def count(self, kind: CountKind) -> int:
        if kind == "queued":
            return int(await self.redis.llen(self.keys.queued))
        if kind == "active":
            return len(await self._active_ids())
        open_jobs = await self.redis.hvals(self.keys.prefix + "open")
        return sum(map(int, open_jobs))

    async def info(self, jobs: bool = False, offset: int = 0, limit: int = 10) -> QueueInfo:
        queued, active = await self.count("queued"), await self.count("active")
        scheduled = int(await self.redis.zcard(self.keys.scheduled))
        return {
            "workers": {},
            "name": self.name,
            "queued": queued,
            "active": active,
            "scheduled": scheduled,
            "jobs": [],
        }

    async def write_worker_info(self, worker_id: str, info: WorkerInfo, ttl: int) -> None:
        """Nothing to do: the lease says that a worker lives."""

    async def _active_ids(self) -> list[bytes]:
        workers = await self.redis.zrange(self.keys.leases, 0, -1)
        ids: list[bytes] = []
        for worker in workers:
            ids += await self.redis.smembers(self.keys.running(worker.decode()))
        return ids

    def _claim(self, job: Job) -> Claimed:
        claim = self.dispatcher.claim_of(job.key) if self.dispatcher else None
        if claim is None:
            raise AttemptSuperseded(job.key)
        return claim

    def _as_saq_job(self, record: JobRecord) -> Job:
        return Job(
            function=record.task,
            queue=self,
            key=record.id,
            status=TO_SAQ[record.status],
            attempts=record.attempt,
            retries=record.max_attempts,
            result=record.result,
            error=record.failure.message if record.failure else None,
        )

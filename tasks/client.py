"""`JobClient`: what the API does with jobs, over all queues."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import orjson

from broadcaster.events import Event
from tasks.deadline import answer_in_time
from tasks.definition import TaskDefinition
from tasks.errors import (
    EnqueueRefused,
    IdempotencyConflict,
    JobNotFound,
    NotRetryable,
)
from tasks.events import decode_job_event
from tasks.ids import new_job_id, queue_of
from tasks.keys import ALL_JOBS, viewer_audience
from tasks.listing import list_jobs
from tasks.options import Enqueued, EnqueueLimits, EnqueueOptions, JobFilter, JobPage, PageMark
from tasks.queue.lease import milliseconds
from tasks.queue.queue import JobQueue
from tasks.records import JobRecord
from tasks.status import JobStatus

# How long an idempotency key is remembered, from the enqueue on.
IDEMPOTENCY_LIFETIME = timedelta(days=1)

# A viewer with too many open jobs waits for one of them to end; nobody knows when that is.
_RETRY_WHEN_FULL = timedelta(seconds=5)


class JobClient:
    """Enqueues, reads, cancels and retries jobs.

    Who may do what is not decided here: `resolvers.access` asks first. Every method raises
    `QueueUnavailable` when Valkey does not answer within `REQUEST_TIMEOUT`.
    """

    def __init__(
        self,
        queues: Mapping[str, JobQueue],
        idempotency_lifetime: timedelta = IDEMPOTENCY_LIFETIME,
    ) -> None:
        self._queues = dict(queues)
        self._idempotency_lifetime = idempotency_lifetime

    async def enqueue(
        self,
        task: TaskDefinition,
        arguments: bytes,
        *,
        owner: str,
        options: EnqueueOptions,
        limits: EnqueueLimits,
    ) -> Enqueued:
        """Accept a job: once this returns, it is stored and will run.

        Args:
            task: What to run; its queue must be one of this client's.
            arguments: The validated arguments, as JSON.
            owner: The viewer it belongs to.
            options: When to run it, its tags, watchers and idempotency key.
            limits: The owner's bounds in this queue.

        Raises:
            IdempotencyConflict: The key was used with other arguments.
            EnqueueRefused: One of the limits is reached.
            QueueFull: Valkey is out of memory; nothing was stored.
            QueueUnavailable: It may or may not have been stored; repeat with the same key.
        """
        # The id is the nonce: should the client library send the command twice, the second
        # finds the job there.
        job_id = new_job_id(task.queue)
        return await self._enqueue(
            self._queues[task.queue],
            job_id,
            arguments,
            task=task.name,
            owner=owner,
            options=options,
            limits=limits,
            max_attempts=task.retry.max_attempts,
            timeout_ms=milliseconds(task.timeout),
            retention_ms=milliseconds(task.retention),
        )

    async def get(self, job_id: str) -> JobRecord | None:
        """The job's record; None when there is no such job, or it is no longer kept."""
        return (await self.get_many([job_id]))[0]

    async def get_many(self, job_ids: Iterable[str]) -> list[JobRecord | None]:
        """The records in the order of the ids; None for each that does not exist."""
        ids = list(job_ids)
        found: dict[str, JobRecord | None] = {}
        with answer_in_time():
            for name, queue in self._queues.items():
                here = [job_id for job_id in ids if queue_of(job_id) == name]
                if here:
                    found.update(zip(here, await queue.records(here), strict=True))
        return [found.get(job_id) for job_id in ids]

    async def arguments(self, job_id: str) -> bytes | None:
        """The JSON that was given at enqueue; None when there is no such job."""
        queue = self._queue_of(job_id)
        if queue is None:
            return None
        with answer_in_time():
            value: bytes | None = await queue.command("HGET", queue.keys.job(job_id), "arguments")
            return value

    async def cancel(self, job_id: str) -> JobRecord:
        """Cancel the job if it waits; ask its worker to stop if it runs.

        A job that has ended stays as it is. One that ends before its worker learns of the
        cancel keeps its outcome, SUCCEEDED included.

        Raises:
            JobNotFound: There is no such job.
        """
        queue = self._queue_of(job_id)
        if queue is None:
            raise JobNotFound(job_id)
        with answer_in_time():
            return await queue.cancel(job_id)

    async def retry(self, job_id: str, *, limits: EnqueueLimits) -> JobRecord:
        """Run a failed or cancelled job's task again, as a new job with the same arguments.

        A job's end is final, so its history stays as it was. Asking again for the same job
        gives the same new job.

        Raises:
            JobNotFound: There is no such job.
            NotRetryable: The job has not failed, nor been cancelled.
            EnqueueRefused: One of the owner's limits is reached.
        """
        record = await self.get(job_id)
        queue = self._queue_of(job_id)
        if record is None or queue is None:
            raise JobNotFound(job_id)
        if record.status not in {JobStatus.FAILED, JobStatus.CANCELLED}:
            raise NotRetryable(job_id)
        with answer_in_time():
            arguments, timeout, retention = await queue.command(
                "HMGET", queue.keys.job(job_id), "arguments", "timeout", "retention"
            )
        if arguments is None or timeout is None or retention is None:
            raise JobNotFound(job_id)  # it expired since it was read
        enqueued = await self._enqueue(
            queue,
            new_job_id(queue.name),
            arguments,
            task=record.task,
            owner=record.owner,
            options=EnqueueOptions(
                idempotency_key=f"retry of {job_id}", tags=record.tags, watchers=record.watchers
            ),
            limits=limits,
            max_attempts=record.max_attempts,
            timeout_ms=int(timeout),
            retention_ms=int(retention),
        )
        return enqueued.record

    async def list(
        self, audience: str, filter: JobFilter, *, first: int, after: PageMark | None
    ) -> JobPage:
        """One page of the audience's jobs, newest first (see `tasks.listing`)."""
        with answer_in_time():
            queues = tuple(self._queues.values())
            return await list_jobs(queues, audience, filter, first=first, after=after)

    def channel(self, job_id: str) -> str | None:
        """The job's channel; None when no such job can exist."""
        queue = self._queue_of(job_id)
        return queue.keys.job(job_id) if queue else None

    def feeds(self, audience: str) -> Sequence[str]:
        """The feeds of the audience's newest job states, one a queue."""
        return [queue.keys.feed(audience) for queue in self._queues.values()]

    def _queue_of(self, job_id: str) -> JobQueue | None:
        name = queue_of(job_id)
        return self._queues.get(name) if name else None

    async def _enqueue(
        self,
        queue: JobQueue,
        job_id: str,
        arguments: bytes,
        *,
        task: str,
        owner: str,
        options: EnqueueOptions,
        limits: EnqueueLimits,
        max_attempts: int,
        timeout_ms: int,
        retention_ms: int,
    ) -> Enqueued:
        static = orjson.dumps(
            {
                "id": job_id,
                "queue": queue.name,
                "task": task,
                "owner": owner,
                "watchers": options.watchers,
                "tags": options.tags,
                "max_attempts": max_attempts,
            }
        )[1:-1]  # its members: the script adds those that change
        viewers = dict.fromkeys((owner, *options.watchers))
        audiences = [*map(viewer_audience, viewers), ALL_JOBS]
        with answer_in_time():
            outcome, value = await queue.call(
                "enqueue",
                job_id,
                secrets.token_hex(4),  # epoch seed: 32 bits tell two histories of one id apart
                static,
                orjson.dumps(audiences),
                arguments,
                _milliseconds_since_epoch(options.run_at) if options.run_at else "",
                milliseconds(options.delay) if options.delay is not None else "",
                max_attempts,
                timeout_ms,
                retention_ms,
                _digest(owner, task, key) if (key := options.idempotency_key) else "",
                hashlib.sha256(arguments).hexdigest() if key else "",
                milliseconds(self._idempotency_lifetime),
                "" if limits.waiting is None else limits.waiting,
                "" if limits.per_minute is None else limits.per_minute,
                task,
                owner,
            )
        match outcome:
            case b"conflict":
                raise IdempotencyConflict(value.decode())
            case b"open":
                raise EnqueueRefused("Too many of your jobs have not ended.", _RETRY_WHEN_FULL)
            case b"rate":
                wait = timedelta(milliseconds=int(value))
                raise EnqueueRefused("You enqueue jobs too fast.", wait)
        record = decode_job_event(Event.decode(value)).job
        return Enqueued(record, deduplicated=outcome == b"deduplicated")


def _digest(*parts: str) -> str:
    """One fixed-length name for parts that may hold anything, unambiguous in their limits."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def _milliseconds_since_epoch(moment: datetime) -> int:
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))

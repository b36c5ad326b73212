"""The moves of a queue's jobs: each method is one Lua script, one round trip."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from broadcaster.errors import BackendFull, BackendUnavailable
from broadcaster.events import Event, Kind
from broadcaster.pipeline import ValkeyPipeline
from tasks.errors import AttemptSuperseded, JobNotFound, QueueFull, QueueUnavailable
from tasks.events import EventType, decode_job_event
from tasks.keys import QueueKeys
from tasks.queue.claim import Claimed
from tasks.queue.emission import Emission
from tasks.queue.lease import milliseconds
from tasks.queue.scripts import script
from tasks.records import Failure, FailureKind, JobRecord
from tasks.status import JobStatus

# Events that leave the record as it was.
_QUIET = frozenset({EventType.OUTPUT, EventType.LOGGED})

# Replies of scripts that change a job; any other says that the claim was superseded.
_STATUSES = {status.encode(): status for status in JobStatus}

_SWEPT_AT_ONCE = 100  # AT_ONCE in sweep.lua

WORKER_LOST = Failure(
    FailureKind.WORKER_LOST, "WorkerLost", "The worker that ran this job was lost."
)


_BACKEND_ERRORS = (BackendUnavailable, BackendFull)


class Transitions:
    """Every way to change a job of one queue.

    All methods raise `QueueUnavailable` when Valkey does not answer.
    """

    def __init__(self, redis: Redis, name: str, pipeline: ValkeyPipeline | None = None) -> None:
        # Any: redis-py types replies as `bytes | str`; these clients never decode.
        self.redis: Any = redis
        self.keys = QueueKeys(name)
        self.pipeline = pipeline or ValkeyPipeline(redis)
        # A connection of its own for the command that blocks all that follow it.
        self.waits = ValkeyPipeline(redis, eager=True)

    async def call(self, name: str, *arguments: Any) -> Any:
        """Run the script `name` on this queue's keys."""
        try:
            return await self.pipeline.call(script(name), [self.keys.prefix], *arguments)
        except _BACKEND_ERRORS as exc:
            raise _translated(exc) from exc

    async def command(self, *arguments: Any) -> Any:
        """Run one command of Valkey's; it shares the round trip with others of this moment."""
        try:
            return await self.pipeline.command(*arguments)
        except _BACKEND_ERRORS as exc:
            raise _translated(exc) from exc

    async def commands(self, commands: Iterable[Sequence[Any]]) -> list[Any]:
        """`command` for each of them, in one round trip."""
        try:
            return await self.pipeline.commands(commands)
        except _BACKEND_ERRORS as exc:
            raise _translated(exc) from exc

    # What workers do.

    async def pop(
        self, worker: str, count: int, lease: timedelta
    ) -> tuple[list[Claimed], float | None]:
        """Claim up to `count` ready jobs, oldest first; renews the worker's lease as well.

        Returns:
            The claims, and the seconds until the next scheduled job is due (None: none is).
        """
        fence = secrets.token_hex(8)  # 64 bits: never given twice
        due, *claims = await self.call("pop", worker, count, milliseconds(lease), fence)
        seconds = int(due) / 1000 if due else None
        return [Claimed.from_reply(claim) for claim in claims], seconds

    async def held(self, worker: str) -> list[Claimed]:
        """All claims that Valkey has under the worker's name."""
        return [Claimed.from_reply(claim) for claim in await self.call("held", worker)]

    async def wait_for_work(self, timeout: float) -> None:
        """Return when something was pushed, or after `timeout` seconds (2 at most)."""
        try:
            await self.waits.command("BLPOP", self.keys.wake, timeout)
        except _BACKEND_ERRORS as exc:
            raise _translated(exc) from exc

    async def emit(
        self,
        claim: Claimed,
        kind: Kind,
        event: EventType,
        data: bytes,
        *,
        progress: bytes | None = None,
        sequence: int | None = None,
    ) -> JobStatus:
        """Add an event of a running attempt; `emit_all` of one.

        `sequence` defaults to the claim's next number.
        """
        if sequence is None:
            claim.sequence += 1
            sequence = claim.sequence
        return await self.emit_all(claim, [Emission(kind, event, data, progress)], sequence)

    async def emit_all(
        self, claim: Claimed, emissions: Iterable[Emission], sequence: int
    ) -> JobStatus:
        """Add events of a running attempt, in one step.

        `sequence` is the number of the first, counted from 1 in each claim. To repeat a call
        whose reply was lost, give the number it had: no event is added twice.

        Returns:
            RUNNING or CANCELLING.

        Raises:
            AttemptSuperseded: The job is no longer this claim's; nothing was written.
        """
        parts = [
            part
            for one in emissions
            for part in (
                one.kind,
                one.event,
                one.data,
                one.progress or b"",
                "1" if one.event in _QUIET else "",
            )
        ]
        status = await self.call("emit", claim.job_id, claim.fence, sequence, *parts)
        if status == b"superseded":
            raise AttemptSuperseded(claim.job_id)
        return JobStatus(status.decode())

    async def finish_claim(
        self,
        claim: Claimed,
        status: JobStatus,
        *,
        result: bytes | None = None,
        failure: Failure | None = None,
    ) -> JobStatus | None:
        """End the job; the terminal status that it has now, None when the claim was superseded."""
        encoded = failure.to_json() if failure else b""
        return _status(
            await self.call("finish", claim.job_id, claim.fence, status, result or b"", encoded)
        )

    async def retry_claim(
        self, claim: Claimed, failure: Failure, delay: timedelta
    ) -> JobStatus | None:
        """Schedule another attempt, or end the job if none is left.

        Returns:
            The status that it has now; None when the claim was superseded.
        """
        return _status(
            await self.call(
                "retry", claim.job_id, claim.fence, failure.to_json(), milliseconds(delay)
            )
        )

    async def release(self, claim: Claimed) -> JobStatus | None:
        """Give the job back without counting the attempt; None when superseded."""
        return _status(await self.call("release", claim.job_id, claim.fence))

    async def renew(self, worker: str, lease: timedelta) -> None:
        """Renew the worker's lease."""
        await self.call("renew", worker, milliseconds(lease))

    async def resign(self, worker: str) -> None:
        """End the worker's lease; what it still holds is taken over at the next sweep."""
        await self.call("resign", worker)

    async def cancelling(self, worker: str) -> list[str]:
        """The worker's running jobs that someone asked to cancel."""
        return [job_id.decode() for job_id in await self.call("cancelling", worker)]

    async def take_over(self) -> int:
        """Give on the jobs of workers whose lease lapsed, and remove jobs kept long enough.

        Returns:
            How many were given on.
        """
        given_on = 0
        while True:
            taken, removed = await self.call("sweep", WORKER_LOST.to_json())
            given_on += int(taken)
            if max(taken, removed) < _SWEPT_AT_ONCE:
                return given_on

    # What clients do.

    async def cancel(self, job_id: str) -> JobRecord:
        """Cancel the job, or ask its worker to; returns its record after that.

        Raises:
            JobNotFound: There is no such job.
        """
        raw = await self.call("cancel", job_id)
        if raw is None:
            raise JobNotFound(job_id)
        return decode_job_event(Event.decode(raw)).job

    async def records(self, job_ids: Iterable[str]) -> list[JobRecord | None]:
        """The jobs' records; None for each that does not exist."""
        try:
            newest = await self.pipeline.commands(
                ("LINDEX", self.keys.history(job_id), -1) for job_id in job_ids
            )
        except _BACKEND_ERRORS as exc:
            raise _translated(exc) from exc
        return [_record(raw) for raw in newest]


def _status(reply: bytes) -> JobStatus | None:
    return _STATUSES.get(reply)


def _record(raw: bytes | None) -> JobRecord | None:
    return decode_job_event(Event.decode(raw)).job if raw else None


def _translated(error: BackendUnavailable | BackendFull) -> QueueUnavailable | QueueFull:
    return QueueFull(str(error)) if isinstance(error, BackendFull) else QueueUnavailable(str(error))

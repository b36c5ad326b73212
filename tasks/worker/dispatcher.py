"""`Dispatcher`: claims jobs for the free places of one worker, as many at once as there are."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from math import ceil

import anyio
from saq.job import Job, Status

from tasks.queue.claim import Claimed
from tasks.queue.queue import JobQueue
from tasks.worker.outage import NO_ANSWER, Outage

logger = logging.getLogger("jobcast.worker")

# A claim costs Valkey about 36 µs: its other clients wait a millisecond for this many.
CLAIMED_AT_ONCE = 25

# What wakes a worker can be lost with a connection; work then waits this long at most. Not
# more than WAKE_WITHIN_MS in transition.lua.
LONGEST_WAIT = 2.0  # seconds


class Dispatcher:
    """Gives jobs to those who wait in `next_job`.

    A claim whose reply was lost would stay with this worker for ever, run by nobody; and a
    lease that lapsed may have cost it claims unnoticed. So after a failed call, and once a
    lease in any case, what Valkey says this worker holds is compared with what it knows of.
    """

    def __init__(
        self,
        queue: JobQueue,
        worker: str,
        lease: timedelta,
        on_lost: Callable[[Claimed], None],
        *,
        places: int,
    ) -> None:
        self._queue = queue
        self._worker = worker
        self._lease = lease
        # Half of the places at most: while Valkey claims for them, the other half runs.
        self._at_once = min(ceil(places / 2), CLAIMED_AT_ONCE)
        self._on_lost = on_lost  # called with a claim that turns out to be someone else's now
        self._claims: dict[str, Claimed] = {}  # by job: the newest, from its reply to `forget`
        self._surplus: deque[Claimed] = deque()  # claims that found no place: to be given back
        self._waiters: deque[asyncio.Future[Claimed | None]] = deque()
        self._expected = 0  # places that are about to wait
        self._changed = asyncio.Event()  # something to look at: a waiter, the lease, the stop
        self._stopped = asyncio.Event()
        self._held_off = False
        self._idle: anyio.CancelScope | None = None  # around the wait for work
        self._reconcile_at = 0.0  # loop time

    async def next_job(self, timeout: float = 0.0) -> Job | None:
        """A job to run, whose claim is `claim_of` it; `forget` the claim at its end.

        None when the dispatcher is stopped, or after `timeout` seconds (0: never).
        """
        self._expected = max(0, self._expected - 1)
        if self._stopped.is_set():
            return None
        waiter: asyncio.Future[Claimed | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._changed.set()
        try:
            if timeout:
                async with asyncio.timeout(timeout):
                    claim = await waiter
            else:
                claim = await waiter
        except (asyncio.CancelledError, TimeoutError) as exc:
            self._withdraw(waiter)
            if isinstance(exc, TimeoutError):
                return None
            raise
        return None if claim is None else self._as_job(claim)

    def expect(self) -> None:
        """Count a place as free whose `next_job` comes in the next turn of the event loop.

        Its claim can then share a round trip with what is sent to Valkey in this turn.
        """
        self._expected += 1
        self._changed.set()

    def claim_of(self, job_id: str) -> Claimed | None:
        """The newest claim on the job that this worker knows of."""
        return self._claims.get(job_id)

    def forget(self, claim: Claimed) -> None:
        """The claim's outcome is stored: Valkey no longer has it under this worker's name."""
        if self._claims.get(claim.job_id) is claim:
            del self._claims[claim.job_id]

    def hold_off(self) -> None:
        """Claim nothing: the lease could not be renewed, so others may take over."""
        self._held_off = True

    def resume(self) -> None:
        """The lease holds again: find out what is left of the claims, and go on."""
        self._held_off = False
        self._reconcile_at = 0.0
        self._changed.set()

    def stop(self) -> None:
        """Claim nothing more; whoever waits gets None. `run` ends when all surplus is back."""
        self._stopped.set()
        self._changed.set()
        while self._waiters:
            if not (waiter := self._waiters.popleft()).done():
                waiter.set_result(None)
        # Only the wait may be cut: the reply of a pop under way names jobs that are ours.
        if self._idle is not None:
            self._idle.cancel()

    async def run(self) -> None:
        """Claim and hand out until stopped."""
        self._reconcile_at = _now() + self._lease.total_seconds()
        outage = Outage(f"claim jobs of queue {self._queue.name}")
        while self._surplus or not self._stopped.is_set():
            self._changed.clear()
            try:
                if await self._step():
                    outage.over()
            except NO_ANSWER as exc:
                self._reconcile_at = 0.0  # a reply that named claims may be lost
                await asyncio.sleep(outage.wait_after(exc))

    async def _step(self) -> bool:
        """Do what is to be done next; whether Valkey was asked for it, and answered."""
        if self._surplus:
            await self._give_back()
        elif self._held_off:
            await self._changed.wait()
            return False
        elif (left := self._reconcile_at - _now()) <= 0:
            await self._reconcile()
        elif free := min(len(self._waiters) + self._expected, self._at_once):
            claims, due = await self._queue.pop(self._worker, free, self._lease)
            self._hand_out(claims)
            if len(claims) < free:
                longest = min(LONGEST_WAIT, left)
                await self._wait_for_work(longest if due is None else min(longest, due))
        else:
            await _wait(self._changed, left)
            return False
        return True

    async def _wait_for_work(self, seconds: float) -> None:
        if seconds < 0.001 or self._stopped.is_set():  # to BLPOP, 0 would mean for ever
            return
        with anyio.CancelScope() as self._idle:
            await self._queue.wait_for_work(seconds)
        self._idle = None

    def _hand_out(self, claims: list[Claimed]) -> None:
        for claim in claims:
            self._claims[claim.job_id] = claim
            while self._waiters:
                if not (waiter := self._waiters.popleft()).done():
                    waiter.set_result(claim)
                    break
            else:
                self._surplus.append(claim)

    def _withdraw(self, waiter: asyncio.Future[Claimed | None]) -> None:
        with suppress(ValueError):
            self._waiters.remove(waiter)
        if not waiter.cancelled() and (claim := waiter.result()) is not None:
            self._surplus.append(claim)  # it came in this very moment
            self._changed.set()

    def _as_job(self, claim: Claimed) -> Job:
        return Job(
            function=claim.task,
            queue=self._queue,
            key=claim.job_id,
            timeout=ceil(claim.timeout_ms / 1000),
            retries=claim.max_attempts,
            attempts=claim.attempt,
            status=Status.ACTIVE,
        )

    async def _give_back(self) -> None:
        while self._surplus:
            await self._queue.release(self._surplus[0])
            self.forget(self._surplus.popleft())

    async def _reconcile(self) -> None:
        # No pop is under way, so every claim that is new in the reply is one whose own reply
        # was lost. Those known before may have ended meanwhile: they must not run again.
        before = dict(self._claims)
        held = {claim.job_id: claim for claim in await self._queue.held(self._worker)}
        self._reconcile_at = _now() + self._lease.total_seconds()
        for job_id, claim in before.items():
            mine = self._claims.get(job_id) is claim
            if mine and (job_id not in held or held[job_id].fence != claim.fence):
                self._on_lost(claim)
        adopted = [
            claim
            for job_id, claim in held.items()
            if job_id not in before or before[job_id].fence != claim.fence
        ]
        if adopted:
            logger.warning(
                "Queue %s: found %d claims whose reply was lost", self._queue.name, len(adopted)
            )
            self._hand_out(adopted)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but not longer than `seconds`."""
    with anyio.move_on_after(seconds):
        await event.wait()

"""`Metrics`: what a worker counts of its jobs, told to Valkey once a second."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import timedelta

import anyio

from tasks.latency import bucket_of
from tasks.overview import MINUTES
from tasks.queue.claim import Claimed
from tasks.queue.lease import milliseconds
from tasks.queue.queue import JobQueue
from tasks.queue.waits import waits
from tasks.status import JobStatus
from tasks.worker.outage import NO_ANSWER, Outage

TOLD_EVERY = 1.0  # seconds; what a killed worker has not yet told is lost
# With nothing to tell, how many jobs wait is still noted, also while the queue is paused.
IDLE_SECONDS = 10.0
KEPT = timedelta(minutes=MINUTES + 5)

# First starts of which the wait is read each second: some 2 ms of the worker, and 3,000 in a
# minute, which is enough for percentiles. Each counts for as many as it was drawn from.
SAMPLED = 50

# What an attempt's end counts as. One that was given back counts as nothing.
_ENDS: dict[JobStatus | None, str] = {
    JobStatus.SUCCEEDED: "succeeded",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "cancelled",
    JobStatus.RETRYING: "retried",
}


class Metrics:
    """Counts in memory, so that a job pays for some additions to a dictionary only.

    Fields of a minute in Valkey, to which every worker adds: `started`, `succeeded`, `failed`,
    `cancelled`, `retried`, `lost`; `ran:<bucket>` and `waited:<bucket>` (`tasks.latency`).
    """

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._counts: Counter[str] = Counter()
        self._ran: Counter[int] = Counter()  # attempts that ended, by bucket
        self._sample: list[str] = []  # jobs that began for the first time
        self._sampled_from = 0
        self._counted = asyncio.Event()
        self._outage = Outage(f"tell the numbers of queue {queue.name}")

    def started(self, claim: Claimed) -> None:
        """Count an attempt that begins."""
        self._counts["started"] += 1
        self._counted.set()
        if claim.attempt != 1:
            return
        self._sampled_from += 1
        if len(self._sample) < SAMPLED:
            self._sample.append(claim.job_id)
        elif (place := int(random.random() * self._sampled_from)) < SAMPLED:
            self._sample[place] = claim.job_id

    def ended(self, status: JobStatus | None, seconds: float) -> None:
        """Count an attempt that ended, by the job's status since then, and how long it ran."""
        if field := _ENDS.get(status):
            self._counts[field] += 1
            self._ran[bucket_of(seconds)] += 1
            self._counted.set()

    def lost(self, attempts: int) -> None:
        """Count attempts that this worker took over from others."""
        if attempts:
            self._counts["lost"] += attempts
            self._counted.set()

    async def run(self) -> None:
        """Tell Valkey, for ever."""
        while True:
            with anyio.move_on_after(IDLE_SECONDS):
                await self._counted.wait()
            await asyncio.sleep(TOLD_EVERY)
            await self.tell()

    async def tell(self) -> None:
        """Add what was counted to the present minute. Without an answer it is lost."""
        counts, self._counts = self._counts, Counter()
        ran, self._ran = self._ran, Counter()
        sample, self._sample = self._sample, []
        sampled_from, self._sampled_from = self._sampled_from, 0
        self._counted.clear()
        counts.update({f"ran:{bucket}": times for bucket, times in ran.items()})
        try:
            if sample:
                counts.update(_waited(await waits(self._queue, sample), sampled_from))
            flat = [part for count in counts.items() for part in count]
            await self._queue.call("measure", milliseconds(KEPT), *flat)
            self._outage.over()
        except NO_ANSWER as exc:
            # Not again: it might count twice. Jobs do not move either while Valkey is away.
            self._outage.wait_after(exc)


def _waited(seconds_each: list[float], sampled_from: int) -> Counter[str]:
    """Fields of a sample of waits (seconds), each counted for its share of all."""
    counts: Counter[str] = Counter()
    for i, seconds in enumerate(seconds_each):
        share = sampled_from * (i + 1) // len(seconds_each) - sampled_from * i // len(seconds_each)
        counts[f"waited:{bucket_of(seconds)}"] += share
    return counts

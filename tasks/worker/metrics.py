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
from tasks.status import JobStatus
from tasks.worker.outage import NO_ANSWER

TOLD_EVERY = 1.0  # seconds; what a killed worker has not yet told is lost
# With nothing to tell, how many jobs wait is still noted, also while the queue is paused.
IDLE_SECONDS = 10.0
KEPT = timedelta(minutes=MINUTES + 5)

# First starts of which the wait is read each second: some 2 ms of the worker, and 3,000 in a
# minute, which is enough for percentiles. Each counts for as many as it was drawn from.
SAMPLED = 50

# What an attempt's end counts as. One that was given back counts as nothing.
_ENDS = {
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
        self._sample: list[str] = []  # jobs that began for the first time
        self._sampled_from = 0
        self._counted = asyncio.Event()

    def started(self, claim: Claimed) -> None:
        """Count an attempt that begins."""
        self._count("started")
        if claim.attempt != 1:
            return
        self._sampled_from += 1
        if len(self._sample) < SAMPLED:
            self._sample.append(claim.job_id)
        elif (place := random.randrange(self._sampled_from)) < SAMPLED:
            self._sample[place] = claim.job_id

    def ended(self, status: JobStatus | None, seconds: float) -> None:
        """Count an attempt that ended, by the job's status since then, and how long it ran."""
        if status in _ENDS:
            self._count(_ENDS[status])
            self._count(f"ran:{bucket_of(seconds)}")

    def lost(self, attempts: int) -> None:
        """Count attempts that this worker took over from others."""
        if attempts:
            self._count("lost", attempts)

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
        sample, self._sample = self._sample, []
        sampled_from, self._sampled_from = self._sampled_from, 0
        self._counted.clear()
        try:
            if sample:
                counts.update(_waited(await self._queue.waits(sample), sampled_from))
            flat = [part for count in counts.items() for part in count]
            await self._queue.call("measure", milliseconds(KEPT), *flat)
        except NO_ANSWER:
            # Repeated, it might be counted twice; and jobs do not move either while Valkey is away.
            pass

    def _count(self, field: str, times: int = 1) -> None:
        self._counts[field] += times
        self._counted.set()


def _waited(waits: list[float], sampled_from: int) -> Counter[str]:
    """Fields of a sample of waits (seconds), each counted for its share of all."""
    counts: Counter[str] = Counter()
    for i, seconds in enumerate(waits):
        share = sampled_from * (i + 1) // len(waits) - sampled_from * i // len(waits)
        counts[f"waited:{bucket_of(seconds)}"] += share
    return counts

"""Regularly takes over the jobs of workers that are gone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta

from tasks.queue.queue import JobQueue
from tasks.worker.outage import NO_ANSWER, Outage

SWEEPS_PER_LEASE = 3  # a lost worker's jobs go on after 1⅓ leases at the latest


async def sweep_regularly(
    queue: JobQueue, worker: str, lease: timedelta, on_lost: Callable[[int], None]
) -> None:
    """Sweep the queue; for ever. Any number of workers may do so.

    `on_lost` is told how many attempts were taken over, each time.
    """
    interval = lease.total_seconds() / SWEEPS_PER_LEASE
    outage = Outage(f"sweep queue {queue.name}")
    while True:
        await asyncio.sleep(interval * random.uniform(0.5, 1))  # apart from the other workers
        try:
            # After an outage every lease has lapsed, though its worker may live. A renewal
            # notices, and makes sweeps hold off: so none goes without one before it.
            await queue.renew(worker, lease)
            on_lost(await queue.take_over())
            outage.over()
        except NO_ANSWER as exc:
            outage.wait_after(exc)  # the next round is wait enough

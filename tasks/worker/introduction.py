"""Says regularly who a worker is, for those who look at the queue."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tasks.queue.lease import milliseconds
from tasks.queue.queue import JobQueue
from tasks.worker.outage import NO_ANSWER, Outage
from tasks.worker_card import WorkerCard

# A Valkey that lost its data knows it again after so long.
SAID_EVERY = 10.0  # seconds
# A worker whose event loop is blocked keeps its lease by a thread, but cannot say its card.
KEPT = timedelta(minutes=10)


async def introduce_regularly(queue: JobQueue, worker: str, card: WorkerCard) -> None:
    """Keep the worker's card in Valkey; for ever."""
    key, stored = queue.keys.card(worker), card.to_json()
    outage = Outage(f"introduce itself to queue {queue.name}")
    while True:
        try:
            await queue.command("SET", key, stored, "PX", milliseconds(KEPT))
            outage.over()
        except NO_ANSWER as exc:
            outage.wait_after(exc)  # the next round is soon enough
        await asyncio.sleep(SAID_EVERY)

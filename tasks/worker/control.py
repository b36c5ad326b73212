"""How a worker learns that someone wants a running job cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tasks.queue.queue import JobQueue
from tasks.worker.outage import NO_ANSWER, Outage

# A message can be lost with its connection, or come before the claim's own reply; a cancel is
# then noticed this much later. One cheap call, and only while jobs run.
POLL_INTERVAL = 1.0  # seconds


async def listen_for_cancels(queue: JobQueue, cancel: Callable[[str], None]) -> None:
    """Call `cancel` with the id of each job that is to be cancelled, at once; for ever."""
    outage = Outage(f"listen for cancels in queue {queue.name}")
    while True:
        try:
            async with queue.redis.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(queue.keys.control)
                async for message in channel.listen():
                    cancel(message["data"].decode())
                    outage.over()
        except NO_ANSWER as exc:
            await asyncio.sleep(outage.wait_after(exc))


async def poll_for_cancels(
    queue: JobQueue, worker: str, cancel: Callable[[str], None], busy: Callable[[], bool]
) -> None:
    """The same for those whose message was missed, within `POLL_INTERVAL`; for ever."""
    outage = Outage(f"look for cancels in queue {queue.name}")
    while True:
        await asyncio.sleep(POLL_INTERVAL)
        if not busy():
            continue
        try:
            for job_id in await queue.cancelling(worker):
                cancel(job_id)
            outage.over()
        except NO_ANSWER as exc:
            outage.wait_after(exc)  # the next round is wait enough

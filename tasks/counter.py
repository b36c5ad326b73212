"""`Counter`: keeps the counts of one audience's jobs current, for all who watch them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from broadcaster.broadcaster import Broadcaster
from broadcaster.events import Event
from tasks.counting import Seen, StatusWindow, newest_statuses
from tasks.errors import QueueUnavailable
from tasks.events import decode_job_event
from tasks.queue.queue import JobQueue

# Jobs whose retention is over vanish without an event: they are counted so much longer at most.
RECOUNT_SECONDS = 60.0


class Counter:
    """Counts the audience's newest jobs once, and then follows its feeds.

    So the transitions write nothing for it. `run` it as a task, and cancel that when `watchers`
    is 0 again.
    """

    def __init__(self, audience: str, queues: Sequence[JobQueue], broadcaster: Broadcaster) -> None:
        self.watchers = 0
        self.window = StatusWindow()
        self.version = 0  # one more with each change; 0: nothing is counted yet
        self.error: Exception | None = None  # what it ended with
        self.task: asyncio.Task[None] | None = None
        self._audience = audience
        self._queues = queues
        self._broadcaster = broadcaster
        self._waiting: set[asyncio.Future[None]] = set()
        self._noted: list[Seen] | None = None  # while jobs are counted anew

    async def changed(self, since: int) -> int:
        """The version, as soon as it is later than `since`.

        Raises:
            Exception: What ended the counter.
        """
        while self.version <= since and self.error is None:
            change = asyncio.get_running_loop().create_future()
            self._waiting.add(change)
            try:
                await change
            finally:
                self._waiting.discard(change)
        if self.error is not None:
            raise self.error
        return self.version

    async def run(self) -> None:
        """Count, and go on until cancelled."""
        feeds = [queue.keys.feed(self._audience) for queue in self._queues]
        try:
            # Watch before counting: a change between the two would be lost.
            async with self._broadcaster.watch(feeds) as events:
                self.window = StatusWindow(await newest_statuses(self._queues, self._audience))
                self._tell()
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._recount_regularly())
                    async for event in events:
                        self._note(event)
        except Exception as exc:  # noqa: BLE001 - raised to those who watch
            self.error = exc
            self._tell()

    def _note(self, event: Event) -> None:
        job = decode_job_event(event).job
        seen = Seen(round(job.enqueued_at.timestamp() * 1000), job.id, job.status)
        if self._noted is not None:
            self._noted.append(seen)
        if self.window.note(seen):
            self._tell()

    async def _recount_regularly(self) -> None:
        while True:
            await asyncio.sleep(RECOUNT_SECONDS)
            self._noted = []
            try:
                newest = await newest_statuses(self._queues, self._audience)
            except QueueUnavailable:
                continue  # the next time is soon enough
            finally:
                noted, self._noted = self._noted, None
            self.window = StatusWindow(newest)
            # Some are older than what was just read; then the newer one is still to come.
            for seen in noted:
                self.window.note(seen)
            self._tell()

    def _tell(self) -> None:
        self.version += 1
        for change in self._waiting:
            if not change.done():
                change.set_result(None)

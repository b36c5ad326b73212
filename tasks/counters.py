"""`JobCounters`: how many of an audience's jobs are in each status, live."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from types import TracebackType
from typing import Self

from broadcaster.broadcaster import Broadcaster
from tasks.counter import Counter
from tasks.counting import StatusCount, StatusWindow, newest_statuses
from tasks.queue.queue import JobQueue
from tasks.shared_reading import SharedReading

# People look at the counts as they move.
INTERVAL_SECONDS = 0.5
# A count of 10,000 jobs takes 20 ms of Valkey, so asking again within this gives the same.
ASKED_SECONDS = 1.0
MOST_ASKED = 256  # audiences whose last count is kept for that


class JobCounters:
    """One counter for each audience that someone watches here. An async context manager."""

    def __init__(self, queues: Mapping[str, JobQueue], broadcaster: Broadcaster) -> None:
        self._queues = tuple(queues.values())
        self._broadcaster = broadcaster
        self._tasks = asyncio.TaskGroup()
        self._counters: dict[str, Counter] = {}
        self._asked: OrderedDict[str, SharedReading[list[StatusCount]]] = OrderedDict()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for counter in self._counters.values():
            _stop(counter)
        await self._tasks.__aexit__(None, None, None)

    async def get(self, audience: str) -> list[StatusCount]:
        """How many of the audience's newest jobs are in each status, within the last second.

        Raises:
            QueueUnavailable: Valkey does not answer.
        """
        counter = self._counters.get(audience)
        if counter is not None and counter.version and counter.error is None:
            return counter.window.counts()
        reading = self._asked.get(audience)
        if reading is None:
            reading = SharedReading(partial(self._count, audience), ASKED_SECONDS)
            self._asked[audience] = reading
            if len(self._asked) > MOST_ASKED:
                self._asked.popitem(last=False)
        return await reading.get()

    async def watch(self, audience: str) -> AsyncGenerator[list[StatusCount], None]:
        """The same, and again whenever it has changed; twice a second at most. Does not end.

        Raises:
            QueueUnavailable: At the first count: Valkey does not answer.
            BackendUnavailable: Likewise.
        """
        counter = self._counters.get(audience)
        if counter is None or counter.error is not None:
            counter = self._counters[audience] = Counter(audience, self._queues, self._broadcaster)
            counter.task = self._tasks.create_task(counter.run(), name="job-counter")
        counter.watchers += 1
        version, given = 0, None
        try:
            while True:
                version = await counter.changed(version)
                if (counts := counter.window.counts()) != given:
                    given = counts
                    yield counts
                    await asyncio.sleep(INTERVAL_SECONDS)
        finally:
            counter.watchers -= 1
            if not counter.watchers:
                _stop(counter)
                if self._counters.get(audience) is counter:
                    del self._counters[audience]

    async def _count(self, audience: str) -> list[StatusCount]:
        return StatusWindow(await newest_statuses(self._queues, audience)).counts()


def _stop(counter: Counter) -> None:
    if counter.task is not None:
        counter.task.cancel()

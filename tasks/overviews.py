"""`Overviews`: how all queues stand, read once a second at most for all who look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping

from tasks.deadline import answer_in_time
from tasks.errors import QueueUnavailable
from tasks.overview import QueueOverview
from tasks.overview_reading import OverviewReader
from tasks.queue.queue import JobQueue
from tasks.shared_reading import SharedReading

# People look at it. A reading keeps Valkey for 0.2 ms a queue, and 7 µs for each running job.
INTERVAL_SECONDS = 1.0


class Overviews:
    """Nothing is read, and nothing runs, while nobody asks or watches."""

    def __init__(self, queues: Mapping[str, JobQueue]) -> None:
        self._queues = dict(queues)
        self._readers = [OverviewReader(queues[name]) for name in sorted(queues)]
        self._reading = SharedReading(self._read, INTERVAL_SECONDS)

    async def get(self) -> list[QueueOverview]:
        """All queues by name, as they stood within the last second. One list for all who ask.

        Raises:
            QueueUnavailable: Valkey does not answer.
        """
        return await self._reading.get()

    async def watch(self) -> AsyncGenerator[list[QueueOverview], None]:
        """The same, and again whenever it has changed; once a second at most. Does not end.

        Silent while Valkey is away.

        Raises:
            QueueUnavailable: At the first reading: Valkey does not answer.
        """
        given = await self.get()
        yield given
        while True:
            await asyncio.sleep(max(self._reading.wait_seconds(), 0))
            try:
                now = await self.get()
            except QueueUnavailable:
                continue
            if now != given:
                given = now
                yield now

    async def pause(self, name: str) -> QueueOverview | None:
        """Let workers begin no more of the queue's jobs; None when there is no such queue.

        Raises:
            QueueUnavailable: It may be paused, or not.
        """
        return await self._change(name, "pause")

    async def resume(self, name: str) -> QueueOverview | None:
        """Let workers begin the queue's jobs again; None when there is no such queue.

        Raises:
            QueueUnavailable: It may be resumed, or not.
        """
        return await self._change(name, "resume")

    async def _change(self, name: str, script: str) -> QueueOverview | None:
        queue = self._queues.get(name)
        if queue is None:
            return None
        with answer_in_time():
            await queue.call(script)
        overviews = await self._reading.get(fresh=True)
        return next(overview for overview in overviews if overview.name == name)

    async def _read(self) -> list[QueueOverview]:
        with answer_in_time():
            return [await reader.read() for reader in self._readers]

"""`Emitter`: writes one attempt's events, in order, each once, and progress not too often."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from itertools import islice

from broadcaster.events import Kind
from tasks.errors import AttemptSuperseded
from tasks.events import EventType
from tasks.queue.emission import Emission
from tasks.queue.queue import JobQueue
from tasks.worker.attempt import Attempt, Stop
from tasks.worker.outage import until_answered

# Ten a second: people see no more, and a task that reports every step costs no more.
PROGRESS_INTERVAL = 0.1  # seconds

# A value that comes so soon after the one before is not waited for: about ten round trips. What
# comes slower is worth a round trip, after which it is surely stored.
QUICK_SECONDS = 0.005
# How far a task may be ahead of what is stored: events that Valkey takes about 1 ms for, at once.
MOST_AHEAD = 32
MOST_BYTES_AHEAD = 64 * 1024


class Emitter:
    """Writes the events of a running attempt.

    Events that come during a round trip go together with the next, and so reach watchers
    together. While Valkey is away, `emit` waits for it, and of progress the newest is kept.
    """

    def __init__(self, queue: JobQueue, attempt: Attempt, background: asyncio.TaskGroup) -> None:
        self._queue = queue
        self._attempt = attempt
        self._background = background  # owns the task that sends what nobody waits for
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()
        self._waiting: deque[Emission] = deque()  # not yet stored, as far as is known
        self._waiting_bytes = 0
        self._sequence = attempt.claim.sequence + 1  # of the first of them
        self._last_emit = 0.0  # loop time
        self._progress: bytes | None = None  # the newest not yet among them
        self._next_progress = 0.0  # loop time before which none is sent
        self._timer: asyncio.TimerHandle | None = None
        self._sender: asyncio.Task[None] | None = None

    async def emit(self, event: EventType, data: bytes, *, ahead: bool = False) -> None:
        """Write an event; returns once it is stored.

        With `ahead`, it may return before that when events come quickly, but no more than
        `MOST_AHEAD` of them or `MOST_BYTES_AHEAD` wait then. They are stored before the
        attempt's end is.

        When the attempt is superseded, this stops it instead.
        """
        if self._loop.time() >= self._next_progress:
            self._put_progress()  # it was said first
        self._put(Emission(Kind.NORMAL, event, data))
        quick = self._loop.time() - self._last_emit < QUICK_SECONDS
        room = len(self._waiting) < MOST_AHEAD and self._waiting_bytes < MOST_BYTES_AHEAD
        if ahead and quick and room:
            self._send_soon()
            await asyncio.sleep(0)  # a loop that only yields must let others run
        else:
            await self._store()
        self._last_emit = self._loop.time()

    def progress(self, encoded: bytes) -> None:
        """Note the newest progress; it goes out within `PROGRESS_INTERVAL` unless newer comes."""
        self._progress = encoded
        if self._timer is None:
            self._timer = self._loop.call_at(self._next_progress, self._send_progress)

    async def flush(self) -> None:
        """Write what waits, held-back progress included; for when the body has ended."""
        self._put_progress()
        if self._waiting:
            await self._store()

    def close(self) -> None:
        """Drop what was not sent."""
        self._progress = None
        if self._timer is not None:
            self._timer.cancel()
        if self._sender is not None:
            self._sender.cancel()

    def _put(self, emission: Emission) -> None:
        self._attempt.claim.sequence += 1
        self._waiting.append(emission)
        self._waiting_bytes += len(emission.data)

    def _put_progress(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._progress is None:
            return
        progress, self._progress = self._progress, None
        self._next_progress = self._loop.time() + PROGRESS_INTERVAL
        self._put(Emission(Kind.MERGEABLE, EventType.PROGRESSED, b"null", progress))

    def _send_progress(self) -> None:
        self._timer = None
        if self._turn.locked():  # Valkey may be away: the newest is still to come
            self._timer = self._loop.call_later(PROGRESS_INTERVAL, self._send_progress)
        else:
            self._put_progress()
            self._send_soon()

    def _send_soon(self) -> None:
        if self._sender is None:
            self._sender = self._background.create_task(self._send())

    async def _send(self) -> None:
        try:
            await self._store()
        finally:
            self._sender = None

    async def _store(self) -> None:
        """Store what waits. It leaves the queue only then: a caller may be cancelled meanwhile."""
        async with self._turn:
            while self._waiting:
                batch = list(islice(self._waiting, MOST_AHEAD))
                call = partial(self._queue.emit_all, self._attempt.claim, batch, self._sequence)
                job_id = self._attempt.claim.job_id
                try:
                    await until_answered(call, f"store an event of job {job_id}")
                except AttemptSuperseded:
                    self._waiting.clear()
                    self._attempt.stop(Stop.SUPERSEDED)
                    await asyncio.sleep(0)  # where a coroutine meets the cancellation
                    return
                for one in batch:
                    self._waiting.popleft()
                    self._waiting_bytes -= len(one.data)
                self._sequence += len(batch)

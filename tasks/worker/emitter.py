"""`Emitter`: writes one attempt's events, in order, each once, and progress not too often."""

from __future__ import annotations

import asyncio
from functools import partial

from broadcaster.events import Kind
from tasks.errors import AttemptSuperseded
from tasks.events import EventType
from tasks.queue.queue import JobQueue
from tasks.worker.attempt import Attempt, Stop
from tasks.worker.outage import until_answered

# Ten a second: people see no more, and a task that reports every step costs no more.
PROGRESS_INTERVAL = 0.1  # seconds


class Emitter:
    """Writes the events of a running attempt.

    While Valkey is away, `emit` waits for it, and of progress the newest is kept.
    """

    def __init__(self, queue: JobQueue, attempt: Attempt, background: asyncio.TaskGroup) -> None:
        self._queue = queue
        self._attempt = attempt
        self._background = background  # owns the task that sends held-back progress
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()
        self._progress: bytes | None = None  # the newest not yet sent
        self._next_progress = 0.0  # loop time before which none is sent
        self._timer: asyncio.TimerHandle | None = None
        self._sender: asyncio.Task[None] | None = None

    async def emit(self, event: EventType, data: bytes) -> None:
        """Write an event; returns once it is stored.

        When the attempt is superseded, this stops it instead.
        """
        async with self._turn:
            if self._loop.time() >= self._next_progress:
                await self._store_progress()  # it was said first
            await self._store(Kind.NORMAL, event, data)

    def progress(self, encoded: bytes) -> None:
        """Note the newest progress; it goes out within `PROGRESS_INTERVAL` unless newer comes."""
        self._progress = encoded
        if self._timer is None and self._sender is None:
            self._timer = self._loop.call_at(self._next_progress, self._start_sender)

    async def flush(self) -> None:
        """Write what progress is held back; for when the body has ended."""
        if self._progress is None and self._sender is None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._send_progress()

    def close(self) -> None:
        """Drop what was not sent."""
        self._progress = None
        if self._timer is not None:
            self._timer.cancel()
        if self._sender is not None:
            self._sender.cancel()

    def _start_sender(self) -> None:
        self._timer = None
        self._sender = self._background.create_task(self._send_held_back())

    async def _send_held_back(self) -> None:
        try:
            await self._send_progress()
        finally:
            self._sender = None
        if self._progress is not None:  # noted while the last was under way
            self._timer = self._loop.call_at(self._next_progress, self._start_sender)

    async def _send_progress(self) -> None:
        async with self._turn:
            await self._store_progress()

    async def _store_progress(self) -> None:
        if self._progress is None:
            return
        progress, self._progress = self._progress, None
        self._next_progress = self._loop.time() + PROGRESS_INTERVAL
        await self._store(Kind.MERGEABLE, EventType.PROGRESSED, b"null", progress)

    async def _store(
        self, kind: Kind, event: EventType, data: bytes, progress: bytes | None = None
    ) -> None:
        claim = self._attempt.claim
        claim.sequence += 1
        # The number is fixed before the first try: a repeated call is known by it.
        call = partial(
            self._queue.emit, claim, kind, event, data, progress=progress, sequence=claim.sequence
        )
        try:
            await until_answered(call, f"store an event of job {claim.job_id}")
        except AttemptSuperseded:
            self._attempt.stop(Stop.SUPERSEDED)
            await asyncio.sleep(0)  # where a coroutine meets the cancellation

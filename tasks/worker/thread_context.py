"""The `SyncJobContext` of a function that runs in a thread."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading

from tasks.context import LogLevel
from tasks.errors import JobCancelled
from tasks.events import EventType
from tasks.queue.claim import Claimed
from tasks.worker.emitter import Emitter
from tasks.worker.job_context import encode_line, encode_progress


class ThreadJob:
    """The `SyncJobContext` of one attempt.

    A thread cannot be interrupted. It learns that it should end when it reads `cancelled`, or
    calls `progress` or `log`.
    """

    def __init__(self, claim: Claimed, emitter: Emitter) -> None:
        self.id = claim.job_id
        self.attempt = claim.attempt
        self.max_attempts = claim.max_attempts
        self.owner = claim.owner
        self.idempotency_key = claim.job_id
        self.noticed = False  # whether the thread knows that it should end
        self._emitter = emitter
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._stopped = False
        self._writes: set[concurrent.futures.Future[None]] = set()

    @property
    def cancelled(self) -> bool:
        """Whether the function should return soon."""
        if self._stopped:
            self.noticed = True
        return self._stopped

    def progress(self, fraction: float, message: str | None = None) -> None:
        """Say how far the job is; see `SyncJobContext.progress`."""
        self._check()
        encoded = encode_progress(fraction, message)
        self._loop.call_soon_threadsafe(self._emitter.progress, encoded)

    def log(self, level: LogLevel, message: str) -> None:
        """Add a line to the job's log; returns once it is stored."""
        line = encode_line(level, message)
        with self._lock:  # a stop comes before the write, and prevents it, or finds it and ends it
            self._check()
            write = asyncio.run_coroutine_threadsafe(
                self._emitter.emit(EventType.LOGGED, line), self._loop
            )
            self._writes.add(write)
        try:
            write.result()
        except concurrent.futures.CancelledError:
            self._check()
            raise
        finally:
            with self._lock:
                self._writes.discard(write)

    def stop(self) -> None:
        """Ask the function to end. Called by the event loop, never by the function."""
        with self._lock:
            self._stopped = True
            for write in self._writes:
                write.cancel()

    def _check(self) -> None:
        if self.cancelled:
            raise JobCancelled(f"Job {self.id} was told to end.")

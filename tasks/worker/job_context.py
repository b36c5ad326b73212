"""What a running task is given: the `JobContext` of a coroutine or an async generator."""

from __future__ import annotations

import asyncio

import orjson

from tasks.context import LogLevel
from tasks.events import EventType
from tasks.files.owner_files import OwnerFiles
from tasks.files.storage import FileStorage
from tasks.queue.claim import Claimed
from tasks.worker.emitter import Emitter
from tasks.worker.values import clip

LONGEST_LINE = 8 * 1024  # bytes of a log line that are kept
LONGEST_PROGRESS_MESSAGE = 1024  # bytes: it travels in every later event of the job

_LEVELS = ("debug", "info", "warning", "error")


class RunningJob:
    """The `JobContext` of one attempt."""

    def __init__(self, claim: Claimed, emitter: Emitter, files: FileStorage) -> None:
        self.id = claim.job_id
        self.attempt = claim.attempt
        self.max_attempts = claim.max_attempts
        self.owner = claim.owner
        self.idempotency_key = claim.job_id
        self.cancelled = asyncio.Event()
        self.files = OwnerFiles(files, claim.owner)
        self._emitter = emitter

    async def progress(self, fraction: float, message: str | None = None) -> None:
        """Say how far the job is; see `JobContext.progress`."""
        self._emitter.progress(encode_progress(fraction, message))
        # Storing is not waited for, but a loop that only reports must let others run.
        await asyncio.sleep(0)

    async def log(self, level: LogLevel, message: str) -> None:
        """Add a line to the job's log; see `JobContext.log`."""
        await self._emitter.emit(EventType.LOGGED, encode_line(level, message))


def encode_progress(fraction: float, message: str | None) -> bytes:
    """The stored form of a job's progress.

    Raises:
        ValueError: `fraction` is not a number from 0 to 1.
    """
    if not 0 <= fraction <= 1:  # true for NaN as well
        raise ValueError(f"Progress is a fraction from 0 to 1, not {fraction!r}.")
    text = None if message is None else clip(message, LONGEST_PROGRESS_MESSAGE)
    return orjson.dumps({"fraction": float(fraction), "message": text})


def encode_line(level: LogLevel, message: str) -> bytes:
    """The data of a log event.

    Raises:
        ValueError: There is no such level.
    """
    if level not in _LEVELS:
        raise ValueError(f"A log level is one of {', '.join(_LEVELS)}, not {level!r}.")
    return orjson.dumps({"level": level, "message": clip(message, LONGEST_LINE)})

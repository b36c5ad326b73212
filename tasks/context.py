"""What a running task is given: its job's identity, and ways to tell how it goes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from tasks.files.owner_files import OwnerFiles

LogLevel = Literal["debug", "info", "warning", "error"]


class JobContext(Protocol):
    """The first parameter of a task that wants to speak of its progress.

    Cancellation arrives as `asyncio.CancelledError` at the next await; what was produced so
    far is kept. In a thread or a process, use `SyncJobContext`.
    """

    id: str
    attempt: int  # 1 for the first
    max_attempts: int
    owner: str
    idempotency_key: str  # the same in every attempt: give it to services that must act once
    cancelled: asyncio.Event  # set when someone asks to cancel, before CancelledError is raised
    files: OwnerFiles  # the owner's files

    async def progress(self, fraction: float, message: str | None = None) -> None:
        """Say how far the job is; 0 to 1.

        At most 10 of these a second go out (the newest wins); the last one always does.

        Raises:
            ValueError: `fraction` is not a number from 0 to 1.
        """
        ...

    async def log(self, level: LogLevel, message: str) -> None:
        """Add a line to the job's log, which its viewers see live (at most 8 KiB are kept)."""
        ...


class SyncJobContext(Protocol):
    """The same for functions that run in a thread: calls block, and cancellation is asked for."""

    id: str
    attempt: int
    max_attempts: int
    owner: str
    idempotency_key: str

    @property
    def cancelled(self) -> bool:
        """Whether someone asked to cancel; return soon when it is true."""
        ...

    def progress(self, fraction: float, message: str | None = None) -> None:
        """Say how far the job is; 0 to 1.

        Raises:
            JobCancelled: Someone asked to cancel the job. Let it propagate.
            ValueError: `fraction` is not a number from 0 to 1.
        """
        ...

    def log(self, level: LogLevel, message: str) -> None:
        """Add a line to the job's log.

        Raises:
            JobCancelled: Someone asked to cancel the job. Let it propagate.
        """
        ...

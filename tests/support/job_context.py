"""A `JobContext` that remembers: for calling a task's function without a queue."""

from __future__ import annotations

import asyncio

from tasks.context import LogLevel
from tasks.files.owner_files import OwnerFiles
from tasks.files.storage import FileStorage


class RecordingJob:
    """The context of one attempt. Another attempt of the same job: the same `id`."""

    def __init__(
        self,
        storage: FileStorage | None = None,
        *,
        id: str = "default.0193a5f2-7c1e-7d4b-9a54-3f0d2c1b8e77",
        attempt: int = 1,
        max_attempts: int = 5,
        owner: str = "ada",
    ) -> None:
        self.id = id
        self.attempt = attempt
        self.max_attempts = max_attempts
        self.owner = owner
        self.idempotency_key = id
        self.cancelled = asyncio.Event()
        self.files = OwnerFiles(storage or FileStorage("memory://"), owner)
        self.fractions: list[float] = []
        self.messages: list[str | None] = []
        self.lines: list[tuple[LogLevel, str]] = []
        self._changed = asyncio.Event()

    async def progress(self, fraction: float, message: str | None = None) -> None:
        assert 0 <= fraction <= 1
        self.fractions.append(fraction)
        self.messages.append(message)
        self._changed.set()
        await asyncio.sleep(0)

    async def log(self, level: LogLevel, message: str) -> None:
        self.lines.append((level, message))
        await asyncio.sleep(0)

    async def reaches(self, fraction: float) -> None:
        """Wait until the task has come so far."""
        async with asyncio.timeout(30):
            while not self.fractions or self.fractions[-1] < fraction:
                self._changed.clear()
                await self._changed.wait()

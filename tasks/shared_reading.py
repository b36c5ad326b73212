"""`SharedReading`: something that is read at most so often, for all who ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

from tasks.errors import TaskLayerError

T = TypeVar("T")


class SharedReading(Generic[T]):
    """Reads when asked, unless the last time was within the interval; then gives that again."""

    def __init__(self, read: Callable[[], Awaitable[T]], interval_seconds: float) -> None:
        self._read = read
        self._interval = interval_seconds
        self._lock = asyncio.Lock()  # who comes while it is read gets the same
        self._read_at = -interval_seconds
        self._outcome: T | TaskLayerError | None = None

    async def get(self, *, fresh: bool = False) -> T:
        """What was read last; what is read now, if that is too old or not `fresh` enough.

        Raises:
            TaskLayerError: What the last reading raised.
        """
        async with self._lock:
            if fresh or self.wait_seconds() <= 0:
                try:
                    self._outcome = await self._read()
                except TaskLayerError as exc:
                    self._outcome = exc
                self._read_at = monotonic()
        outcome = self._outcome
        if isinstance(outcome, TaskLayerError):
            raise outcome
        return outcome  # type: ignore[return-value]  # it was read

    def wait_seconds(self) -> float:
        """Until it is read again."""
        return self._read_at + self._interval - monotonic()

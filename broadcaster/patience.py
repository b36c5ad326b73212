"""`Patience`: `asyncio.timeout` for waits that may all take the same time, in a fifth of its time.

A timer of the event loop's for each of a request's waits takes 5 µs, to be cancelled nearly always.
Waits of one length are over in the order in which they began, so one timer is enough for all.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import TracebackType


class Patience:
    """How long each of some waits may take; for any number of event loops."""

    def __init__(self, patience: timedelta) -> None:
        self.seconds = patience.total_seconds()
        self._waits: _Waits | None = None

    def limit(self) -> Limit:
        """What a wait is put into, by `with`; as `asyncio.timeout`, it bounds the current task.

        Raises:
            TimeoutError: At the end of the block, which was cancelled since it took too long.
        """
        loop = asyncio.get_running_loop()
        waits = self._waits
        if waits is None or waits.loop is not loop:
            waits = self._waits = _Waits(loop, self.seconds)
        return Limit(waits)


class Limit:
    """One wait."""

    __slots__ = ("_cancelling", "_task", "_waits")

    def __init__(self, waits: _Waits) -> None:
        self._waits = waits

    def __enter__(self) -> None:
        task = asyncio.current_task(self._waits.loop)
        if task is None:
            raise RuntimeError("Only a task's waits can be bounded.")
        self._task = task
        self._cancelling = task.cancelling()
        self._waits.begin(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._waits.end(self):
            return
        # Whether it was cancelled by us alone: as `asyncio.Timeout.__aexit__` has it.
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from exc

    def overdue(self) -> None:
        """End the wait."""
        self._task.cancel()


class _Waits:
    """Those of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.loop = loop
        self._seconds = seconds
        # In the order in which they began, and so will be overdue: loop time, in seconds.
        self._ends: dict[Limit, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, limit: Limit) -> None:
        ends_at = self.loop.time() + self._seconds
        self._ends[limit] = ends_at
        if self._timer is None:
            self._timer = self.loop.call_at(ends_at, self._look)

    def end(self, limit: Limit) -> bool:
        """Whether it ended in time."""
        return self._ends.pop(limit, None) is not None

    def _look(self) -> None:
        """End those that are overdue, and look again when the next one would be."""
        now = self.loop.time()
        self._timer = None
        while self._ends:
            limit, ends_at = next(iter(self._ends.items()))
            if ends_at > now:
                self._timer = self.loop.call_at(ends_at, self._look)
                return
            del self._ends[limit]
            limit.overdue()

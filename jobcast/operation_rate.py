"""`OperationRates`: how much one viewer may ask of this process, over all connections."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

from jobcast.budget import Budget
from jobcast.request_errors import RequestRefused
from jobcast.token_bucket import TokenBucket
from schema.durations import format_duration
from schema.error_codes import ErrorCode

# About 2 MiB. Whoever has not been here for the longest is forgotten, and begins anew.
MOST_VIEWERS = 10_000

# Who owes less waits instead of being refused: a client that comes back with all that it watches
# may be a few operations above its burst, and cannot do better than to come again. Bounds what
# waits for one viewer as well, at so many seconds' worth of operations.
PATIENCE_SECONDS = 2.0


class OperationRates:
    """A budget for each viewer."""

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow each viewer `per_second`; `clock` is in seconds."""
        self._per_second = per_second
        self._clock = clock
        self._budgets: OrderedDict[str, Budget] = OrderedDict()

    async def admit(self, viewer_id: str) -> None:
        """Charge the viewer with one operation; returns when its turn has come.

        Raises:
            RequestRefused: It would wait for too long; says when to ask again.
        """
        budget = self.budget(viewer_id)
        wait = budget.owed_seconds()
        if wait > PATIENCE_SECONDS:
            raise _refusal(wait - PATIENCE_SECONDS)
        budget.take()  # now: the next to come waits for longer
        if wait:
            await asyncio.sleep(wait)
        await budget.next_window()

    def reading_for(self, viewer_id: str) -> _Reading:
        """A block whose time the viewer is charged for."""
        return _Reading(self.budget(viewer_id), self._clock)

    def budget(self, viewer_id: str) -> Budget:
        """What the viewer may still cause."""
        budget = self._budgets.get(viewer_id)
        if budget is None:
            budget = Budget(TokenBucket(self._per_second, clock=self._clock))
            self._budgets[viewer_id] = budget
            if len(self._budgets) > MOST_VIEWERS:
                self._budgets.popitem(last=False)
        else:
            self._budgets.move_to_end(viewer_id)
        return budget


class _Reading:
    # A class, since a generator takes another microsecond of each request.
    __slots__ = ("_budget", "_clock", "_started")

    def __init__(self, budget: Budget, clock: Callable[[], float]) -> None:
        self._budget = budget
        self._clock = clock

    def __enter__(self) -> None:
        self._started = self._clock()

    def __exit__(self, *exc_info: object) -> None:
        self._budget.charge(self._clock() - self._started)


def _refusal(seconds: float) -> RequestRefused:
    rounded = timedelta(milliseconds=max(1, round(seconds * 1000)))
    error = {
        "message": "You ask too much at a time. Wait a little, or ask simpler questions.",
        "extensions": {"code": ErrorCode.TOO_MANY_REQUESTS, "retryAfter": format_duration(rounded)},
    }
    return RequestRefused([error], retry_after=rounded)

"""`TokenBucket`: how fast something may come, with room for a burst."""

from __future__ import annotations

import time
from collections.abc import Callable

# A client that comes back subscribes to everything at once: so many seconds' worth may come
# together.
BURST_SECONDS = 4.0


class TokenBucket:
    """One token for each that comes, refilled evenly."""

    __slots__ = ("_at", "_clock", "_most", "_per_second", "_tokens")  # a connection has one

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow `per_second`; `clock` is in seconds."""
        self._per_second = per_second
        self._most = per_second * BURST_SECONDS
        self._clock = clock
        self._tokens = self._most
        self._at = clock()

    def allows(self) -> bool:
        """Whether one more may come now; it is counted."""
        if self.wait_seconds():
            return False
        self._tokens -= 1
        return True

    def charge(self, tokens: float) -> None:
        """Count something that came and cost more; the bucket may owe it."""
        self._tokens -= tokens

    def wait_seconds(self) -> float:
        """Until one more may come; 0 when it may now."""
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        return max(0.0, (1 - self._tokens) / self._per_second)

"""`MessageRate`: how fast one connection may send messages."""

from __future__ import annotations

import time
from collections.abc import Callable

# A client that comes back subscribes to everything at once: so many seconds' worth may come
# together.
BURST_SECONDS = 4.0


class MessageRate:
    """A bucket of tokens: one for each message, refilled evenly."""

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow `per_second` messages; `clock` is in seconds."""
        self._per_second = per_second
        self._most = per_second * BURST_SECONDS
        self._clock = clock
        self._tokens = self._most
        self._at = clock()

    def allows(self) -> bool:
        """Whether one more message may come now; it is counted."""
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

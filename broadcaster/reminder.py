"""`Reminder`: what goes on is said once, and now and then again."""

from __future__ import annotations

import time
from collections.abc import Callable

# Often enough for whoever looks, and no flood: what fails is tried several times a second.
SAID_AGAIN_SECONDS = 60.0


class Reminder:
    """Tells when one thing is worth a line in the log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is in seconds."""
        self._clock = clock
        self._said_at: float | None = None

    def is_due(self) -> bool:
        """Whether to say it now: it was not said yet, or a minute ago. It counts as said then."""
        now = self._clock()
        due = self._said_at is None or now - self._said_at >= SAID_AGAIN_SECONDS
        if due:
            self._said_at = now
        return due

    def over(self) -> None:
        """It has ended: should it begin again, that is news."""
        self._said_at = None

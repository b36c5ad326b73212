"""`Budget`: how much work a viewer may cause in this process, and how much of it at a time."""

from __future__ import annotations

import asyncio
from time import perf_counter

from jobcast.token_bucket import TokenBucket

# Reading a question, or answering an event, keeps everyone else waiting, up to 17 ms for the worst
# question: a viewer who asks such ones gets 250 ms of each second at most, by the default.
SECONDS_PER_TOKEN = 0.001
# Of each window, one viewer's work may take so much; the event loop has the rest for others. Short
# enough that nobody notices the wait; the last piece of work may go beyond it.
WINDOW_SECONDS = 0.010
WORK_SECONDS = 0.005  # some five hundred usual answers
# Executions that have begun and wait for something. Each keeps the loop for a moment when it goes
# on, and those of one viewer may all do so in one turn.
AT_A_TIME = 4


class Budget:
    """A bucket of tokens, of which an operation takes one, and so does each millisecond of work."""

    __slots__ = ("__weakref__", "_bucket", "_since", "_spent", "turns")

    def __init__(self, bucket: TokenBucket) -> None:
        self._bucket = bucket
        self._since = 0.0  # when the window began, by `perf_counter`
        self._spent = 0.0  # seconds, in this window
        # Held while something is executed that may be done later as well as now.
        self.turns = asyncio.Semaphore(AT_A_TIME)

    def owed_seconds(self) -> float:
        """Until the viewer has a token again; 0 when there is one."""
        return self._bucket.wait_seconds()

    def wait_seconds(self) -> float:
        """Until the viewer may cause more: there is a token, and others had their time."""
        return self._window_left() or self._bucket.wait_seconds()

    async def next_window(self) -> None:
        """Let others be served first, if the viewer has kept them waiting just now."""
        while left := self._window_left():  # noqa: ASYNC110 - it may be used up again by then
            await asyncio.sleep(left)

    def take(self) -> None:
        """Count an operation."""
        self._bucket.charge(1)

    def charge(self, seconds: float) -> None:
        """Count work that kept the loop, and has just ended."""
        self._bucket.charge(seconds / SECONDS_PER_TOKEN)
        now = perf_counter()
        if now - self._since >= WINDOW_SECONDS:
            self._since, self._spent = now - seconds, 0.0
        self._spent += seconds

    def _window_left(self) -> float:
        """Seconds until the next window, if this one is used up; else 0."""
        if self._spent < WORK_SECONDS:
            return 0.0
        return max(0.0, self._since + max(WINDOW_SECONDS, 2 * self._spent) - perf_counter())

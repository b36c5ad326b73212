"""`Budget`: how much work a viewer may cause in this process, and how much of it at a time."""

from __future__ import annotations

import asyncio

from jobcast.token_bucket import TokenBucket

# Reading a question, or answering an event, keeps everyone else waiting, up to 17 ms for the worst
# question: a viewer who asks such ones gets 250 ms of each second at most, by the default.
SECONDS_PER_TOKEN = 0.001
# What one viewer may cause in one turn of the event loop, in which nobody else is served: some five
# hundred usual answers. The last piece of work may go beyond it.
TURN_SECONDS = 0.005
# Executions that have begun and wait for something. Each keeps the loop for a moment when it goes
# on, and those of one viewer may all do so in one turn.
AT_A_TIME = 4


class Budget:
    """A bucket of tokens, of which an operation takes one, and so does each millisecond of work."""

    __slots__ = ("__weakref__", "_bucket", "_spent", "turns")

    def __init__(self, bucket: TokenBucket) -> None:
        self._bucket = bucket
        self._spent = 0.0  # seconds, in this turn of the loop
        # Held while something is executed that may be done later as well as now.
        self.turns = asyncio.Semaphore(AT_A_TIME)

    def wait_seconds(self) -> float:
        """Until the viewer may cause more; 0 when that is now."""
        return self._bucket.wait_seconds()

    def has_room_now(self) -> bool:
        """Whether the viewer may cause more within this turn of the loop."""
        return self._spent < TURN_SECONDS and not self._bucket.wait_seconds()

    async def next_turn(self) -> None:
        """Let others be served first, if the viewer has kept them waiting in this turn."""
        while self._spent >= TURN_SECONDS:  # noqa: ASYNC110 - it is a turn that it waits for
            await asyncio.sleep(0)

    def take(self, seconds: float) -> None:
        """Count an operation that kept the loop for so long."""
        self._bucket.charge(1)
        self.charge(seconds)

    def charge(self, seconds: float) -> None:
        """Count work that kept the loop."""
        self._bucket.charge(seconds / SECONDS_PER_TOKEN)
        if not self._spent:
            asyncio.get_running_loop().call_soon(self._begin_turn)
        self._spent += seconds

    def _begin_turn(self) -> None:
        self._spent = 0.0

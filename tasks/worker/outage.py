"""Outlasting an outage of Valkey: how long to wait between tries, and what to log of it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.exceptions import RedisError

from broadcaster.errors import in_words
from broadcaster.reminder import Reminder
from tasks.errors import QueueFull, QueueUnavailable

logger = logging.getLogger("jobcast.worker")

# What "no answer" looks like. Replies such as LOADING, BUSY or MISCONF count as well: they
# pass, and whoever gives up on one loses a job's outcome.
NO_ANSWER = (QueueUnavailable, QueueFull, RedisError, OSError)

_FIRST_WAIT = 0.05  # seconds: a restart of Valkey takes about twice that
_LONGEST_WAIT = 0.4  # seconds: subscribers are to see events again within 1 s of its return

T = TypeVar("T")


class Outage:
    """What a caller remembers between calls that may fail; logs where an outage starts and ends."""

    def __init__(self, what: str) -> None:
        self._what = what  # completes "Cannot … for now"
        self._ceiling = 0.0
        # Some end only when someone sees to them: a right that is missing, a certificate.
        self._reminder = Reminder()

    def over(self) -> None:
        """A call was answered."""
        if self._ceiling:
            self._ceiling = 0.0
            self._reminder.over()
            logger.info("Valkey answers again: can %s", self._what)

    def wait_after(self, exc: BaseException) -> float:
        """Seconds to wait before the next try, with jitter: not all workers come at once."""
        if self._reminder.is_due():
            message = "Still cannot %s: %s" if self._ceiling else "Cannot %s for now: %s"
            logger.warning(message, self._what, in_words(exc))
        self._ceiling = min(_LONGEST_WAIT, self._ceiling * 2 or _FIRST_WAIT)
        return self._ceiling * random.uniform(0.5, 1)


async def until_answered(call: Callable[[], Awaitable[T]], what: str) -> T:
    """The outcome of `call`, repeated until Valkey answers it.

    Only for calls that may be repeated. `what` names it in the log.
    """
    outage: Outage | None = None
    while True:
        try:
            outcome = await call()
        except NO_ANSWER as exc:
            outage = outage or Outage(what)
            await asyncio.sleep(outage.wait_after(exc))
        else:
            if outage is not None:
                outage.over()
            return outcome

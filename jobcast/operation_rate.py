"""`OperationRates`: how much one viewer may ask of this process, over all connections."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from jobcast.request_errors import RequestRefused
from jobcast.token_bucket import TokenBucket
from schema.durations import format_duration
from schema.error_codes import ErrorCode

# Reading a question keeps everyone else waiting, up to 17 ms for the worst: a viewer who sends
# such ones gets 250 ms of each second at most, by the default.
SECONDS_PER_TOKEN = 0.001

# About 2 MiB. Whoever has not been here for the longest is forgotten, and begins anew.
MOST_VIEWERS = 10_000


class OperationRates:
    """A bucket of tokens for each viewer."""

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow each viewer `per_second`; `clock` is in seconds."""
        self._per_second = per_second
        self._clock = clock
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    @contextmanager
    def reading_for(self, viewer_id: str) -> Iterator[None]:
        """Charge the viewer with one operation, and with the time that the block takes.

        Raises:
            RequestRefused: It is one too many; says when there is room again.
        """
        bucket = self.bucket(viewer_id)
        wait = bucket.wait_seconds()
        if wait:
            raise _refusal(wait)
        started = self._clock()
        try:
            yield
        finally:
            bucket.charge(1 + (self._clock() - started) / SECONDS_PER_TOKEN)

    def bucket(self, viewer_id: str) -> TokenBucket:
        """What the viewer may still cause; a token is SECONDS_PER_TOKEN of work."""
        bucket = self._buckets.get(viewer_id)
        if bucket is None:
            bucket = self._buckets[viewer_id] = TokenBucket(self._per_second, clock=self._clock)
            if len(self._buckets) > MOST_VIEWERS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(viewer_id)
        return bucket


def _refusal(seconds: float) -> RequestRefused:
    rounded = timedelta(milliseconds=max(1, round(seconds * 1000)))
    error = {
        "message": "You ask too much at a time. Wait a little, or ask simpler questions.",
        "extensions": {"code": ErrorCode.TOO_MANY_REQUESTS, "retryAfter": format_duration(rounded)},
    }
    return RequestRefused([error], retry_after=rounded)

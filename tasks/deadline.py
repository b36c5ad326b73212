"""How long a request waits for Valkey."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType

from redis.exceptions import RedisError

from broadcaster.patience import Patience
from tasks.errors import QueueUnavailable

# Then its caller is told instead of kept waiting: within two seconds in all.
REQUEST_TIMEOUT = Patience(timedelta(seconds=1.5))

_LATE = "Valkey did not answer in time."


@dataclass(slots=True)
class _Request:
    unanswered: bool = False


_request: ContextVar[_Request | None] = ContextVar("jobcast_request", default=None)


class one_request:  # noqa: N801 - called like a function
    """Wait in vain only once in the block, however many calls it makes one after another."""

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token = _request.set(_Request())

    def __exit__(self, *exc_info: object) -> None:
        _request.reset(self._token)


class answer_in_time:  # noqa: N801 - called like a function
    """Bound what the block waits for Valkey.

    Raises:
        QueueUnavailable: The time is over, or Valkey cannot be reached.
    """

    # A class, since a generator for each of a request's blocks takes 4 µs.
    __slots__ = ("_limit", "_request")

    def __enter__(self) -> None:
        self._request = _request.get()
        if self._request is not None and self._request.unanswered:
            raise QueueUnavailable(_LATE)
        self._limit = REQUEST_TIMEOUT.limit()
        self._limit.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._limit.__exit__(kind, exc, traceback)
        except TimeoutError as late:
            exc = late
        if isinstance(exc, TimeoutError | RedisError | OSError):
            if self._request is not None:
                self._request.unanswered = True
            raise QueueUnavailable(_LATE) from exc

"""`LeaseKeeper`: a thread that renews the leases of a process, whatever its event loop does."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType

from redis import Redis
from redis.exceptions import RedisError

from broadcaster.errors import in_words
from tasks.keys import QueueKeys
from tasks.queue.lease import renew_from_thread

logger = logging.getLogger("jobcast.worker")

RENEWALS_PER_LEASE = 4  # three may fail before the lease lapses
_TRIES_PER_LEASE = 10  # after a failure: to be back soon when Valkey is


@dataclass(slots=True)
class Lease:
    """One worker's lease, and whom to tell what becomes of it."""

    keys: QueueKeys
    worker: str
    overdue: Callable[[float], bool]  # whether all its jobs should have ended by that time
    on_lapsed: Callable[[], None]  # it was not renewed for its whole length
    on_regained: Callable[[], None]
    renewed_at: float = field(default_factory=time.monotonic)
    lapsed: bool = False


class LeaseKeeper:
    """Renews leases from a thread. An async context manager.

    A task that blocks the event loop must not cost its worker the lease: all its other jobs
    would be run a second time elsewhere. But once all of them should have ended, a loop that is
    still blocked will not end them: then the lease is left to lapse.

    `redis` is a blocking client of the thread's own, whose timeouts must be well below a third
    of the lease.
    """

    def __init__(self, redis: Redis, leases: Sequence[Lease], length: timedelta) -> None:
        self._redis = redis
        self._leases = leases
        self._length = length
        self._stop = threading.Event()
        self._answered = threading.Event()  # the event loop is not blocked
        self._thread = threading.Thread(target=self._keep, name="lease-keeper", daemon=True)

    async def __aenter__(self) -> LeaseKeeper:
        self._loop = asyncio.get_running_loop()
        self._died: asyncio.Future[None] = self._loop.create_future()
        self._thread.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        # Not joined for ever: its client may hang in a call, and a daemon holds nobody up.
        await asyncio.to_thread(self._thread.join, self._length.total_seconds() / 3)

    async def watch(self) -> None:
        """Raise what the thread died of, should it ever; else wait for ever."""
        await asyncio.shield(self._died)

    def _keep(self) -> None:
        try:
            self._answered.set()
            blocked = False
            while not self._stop.is_set():
                if self._answered.is_set():
                    blocked = False
                elif not blocked:
                    blocked = True
                    logger.warning("A task blocks the event loop: all other jobs wait for it")
                self._answered.clear()
                self._tell(self._answered.set)
                renewed = [
                    self._given_up(lease, blocked) or self._renew(lease) for lease in self._leases
                ]
                tries = RENEWALS_PER_LEASE if all(renewed) else _TRIES_PER_LEASE
                self._stop.wait(self._length.total_seconds() / tries)
        except BaseException as exc:  # noqa: BLE001 - `watch` raises it
            self._tell(self._died.set_exception, exc)

    def _given_up(self, lease: Lease, blocked: bool) -> bool:
        # One lease beyond the last timeout, for what tasks do on their way out.
        return blocked and lease.overdue(time.monotonic() - self._length.total_seconds())

    def _renew(self, lease: Lease) -> bool:
        started = time.monotonic()  # the new lease begins at some moment after this one
        over = started - lease.renewed_at > self._length.total_seconds()
        try:
            renew_from_thread(self._redis, lease.keys, lease.worker, self._length)
        except (RedisError, OSError) as exc:
            if over and not lease.lapsed:
                logger.error("The lease of worker %s has lapsed: %s", lease.worker, in_words(exc))
                lease.lapsed = True
                self._tell(lease.on_lapsed)
            return False
        lease.renewed_at = started
        lease.lapsed = False
        if over:  # Valkey was away, or this process was suspended
            logger.warning("The lease of worker %s had lapsed and holds again", lease.worker)
            self._tell(lease.on_regained)
        return True

    def _tell(self, callback: Callable[..., object], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, *arguments)

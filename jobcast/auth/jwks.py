"""`PublishedKeys`: an issuer's public keys, read from its JWKS URL and kept fresh."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Self

import anyio
import httpx

from jobcast.auth.errors import KeysUnavailable
from jobcast.auth.key_set import PublishedKey, read_key_set
from jobcast.auth.keys import KeySource, VerificationKey

# Tokens with invented key ids must not make this server hammer the issuer.
REFETCH_INTERVAL = timedelta(seconds=30)
# How long a key stays in use after the issuer has withdrawn it.
KEYS_LIFETIME = timedelta(minutes=10)
FETCH_TIMEOUT = timedelta(seconds=5)
LARGEST_DOCUMENT = 256 * 1024  # bytes; a key has about 500

_LOG = logging.getLogger(__name__)


class PublishedKeys(KeySource):
    """Keys as the issuer publishes them.

    They are read at entry, every ten minutes, and when a token names an unknown one, but not
    within 30 s of the last time. While the issuer cannot be reached, the known keys stay in use,
    and tokens with others are refused.
    """

    def __init__(
        self, url: str, accepted: Collection[str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare to read `url` for keys of the `accepted` algorithms; `clock` is in seconds."""
        self._url = url
        self._accepted = frozenset(accepted)
        self._clock = clock
        self._keys: Sequence[PublishedKey] = ()
        self._tried_at = float("-inf")
        self._fetching = False
        self._succeeded = False
        self._asked = anyio.Event()
        self._finished = anyio.Event()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(
                httpx.AsyncClient(timeout=FETCH_TIMEOUT.total_seconds())
            )
            tasks = await stack.enter_async_context(anyio.create_task_group())
            stack.callback(tasks.cancel_scope.cancel)
            # Of its own, so that no caller's cancellation ends a fetch that others wait for.
            tasks.start_soon(self._keep_fresh, client)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if isinstance(exc, anyio.get_cancelled_exc_class()):
            return await self._stack.__aexit__(kind, exc, traceback)
        # An error of the caller's passes as it is, not in the task group's ExceptionGroup.
        await self._stack.aclose()
        return None

    def known(self, key_id: str | None, algorithm: str) -> Sequence[VerificationKey]:
        """The key of that id; all that fit the algorithm, when the token names none."""
        return [
            key.by_algorithm[algorithm]
            for key in self._keys
            if algorithm in key.by_algorithm and key_id in {None, key.key_id}
        ]

    async def refresh(self) -> bool:
        """Read the keys again, unless that was tried less than 30 s ago; whether it worked."""
        since = self._clock() - self._tried_at
        if not self._fetching and since < REFETCH_INTERVAL.total_seconds():
            return False
        finished = self._finished
        self._asked.set()
        await finished.wait()
        return self._succeeded

    async def _keep_fresh(self, client: httpx.AsyncClient) -> None:
        while True:
            self._tried_at, self._fetching = self._clock(), True
            try:
                self._keys = await self._fetch(client)
                self.version += 1
                self._succeeded = True
            except KeysUnavailable as exc:
                self._succeeded = False
                _LOG.warning(
                    "The keys at %s cannot be read: %s. %d known ones stay in use.",
                    self._url,
                    exc,
                    len(self._keys),
                )
            self._fetching = False
            self._finished.set()
            # No await until the wait below, so no question can come between.
            self._finished, self._asked = anyio.Event(), anyio.Event()
            pause = KEYS_LIFETIME if self._succeeded else REFETCH_INTERVAL
            with anyio.move_on_after(pause.total_seconds()):
                await self._asked.wait()

    async def _fetch(self, client: httpx.AsyncClient) -> Sequence[PublishedKey]:
        document = bytearray()
        try:
            with anyio.fail_after(FETCH_TIMEOUT.total_seconds()):
                async with client.stream("GET", self._url) as response:
                    if response.status_code != httpx.codes.OK:
                        raise KeysUnavailable(f"the answer's status is {response.status_code}")
                    async for chunk in response.aiter_bytes():
                        document += chunk
                        if len(document) > LARGEST_DOCUMENT:
                            raise KeysUnavailable("the answer is too large")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as exc:
            raise KeysUnavailable(f"{type(exc).__name__}: {exc}") from exc
        return read_key_set(bytes(document), self._accepted)

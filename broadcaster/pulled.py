"""`PulledDeliveries`: a channel's deliveries for whoever asks for one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Self

from broadcaster.events import Delivery


class PulledDeliveries(AsyncIterator[Delivery]):
    """A `Consumer` that takes a delivery when it is asked for one, and no sooner."""

    def __init__(self) -> None:
        self._asked: asyncio.Future[Delivery | None] | None = None
        self._room: asyncio.Future[None] | None = None  # awaited by who has a delivery to give
        self._kept: Delivery | None = None  # given to one who was cancelled before it had it
        self._over = False
        self._error: Exception | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Delivery:
        if self._kept is not None:
            delivery, self._kept = self._kept, None
            return delivery
        if self._over:
            raise self._error or StopAsyncIteration
        asked = self._asked = asyncio.get_running_loop().create_future()
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        try:
            given: Delivery | None = await asked
        except asyncio.CancelledError:
            if asked.done() and not asked.cancelled():
                self._kept = asked.result()
            raise
        finally:
            self._asked = None
        if given is None:
            raise self._error or StopAsyncIteration
        return given

    def accept(self, delivery: Delivery) -> bool:
        """Whether someone is waiting for it."""
        if self._asked is None or self._asked.done():
            return False
        self._asked.set_result(delivery)
        return True

    async def take(self, delivery: Delivery) -> None:
        """Wait until someone asks."""
        while not self.accept(delivery):
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    def ended(self, error: Exception | None) -> None:
        """Let the iterator end, once what was given is taken."""
        self._over, self._error = True, error
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(None)

"""Who listens to which pub/sub channel in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from broadcaster.errors import BackendUnavailable
from broadcaster.events import Event, Position
from broadcaster.patience import Patience


class Receiver(Protocol):
    """Takes what is published on a channel; no method blocks."""

    def receive(self, channel: str, message: Message) -> None:
        """Take a message."""
        ...

    def reconnected(self) -> None:
        """Messages may have been missed; the backend may even have lost some of those given."""
        ...

    def verify(self, newest: Position | None) -> None:
        """Nothing came for long: this is the channel's newest position, None if it has none."""
        ...


@dataclass(slots=True)
class Message:
    """What was published, and what the first receiver made of it, for the others."""

    raw: bytes
    event: Event | None = None
    revision: int = 0  # in a feed


class Entry:
    """A channel that someone here listens to."""

    __slots__ = ("acknowledged", "heard_at", "name", "receivers", "waiting")

    def __init__(self, name: str, heard_at: float) -> None:
        self.name = name
        self.receivers: set[Receiver] = set()
        # Whether the backend said that messages published from then on will come.
        self.acknowledged = False
        self.waiting: list[asyncio.Future[None]] = []  # for that
        self.heard_at = heard_at  # `monotonic()` at the last message, in seconds


class Registry:
    """References to channels, counted; the backend is told of the first and after the last."""

    def __init__(self, on_first: Callable[[Entry], None], on_last: Callable[[Entry], None]) -> None:
        self.entries: dict[str, Entry] = {}
        self._on_first = on_first
        self._on_last = on_last

    async def join(self, channel: str, receiver: Receiver, *, patience: Patience) -> None:
        """Let `receiver` have what is published on `channel`, until it leaves.

        Raises:
            BackendUnavailable: The backend did not acknowledge in time; it has left.
        """
        loop = asyncio.get_running_loop()
        entry = self.entries.get(channel)
        if entry is None:
            entry = self.entries[channel] = Entry(channel, monotonic())
            self._on_first(entry)
        entry.receivers.add(receiver)
        if entry.acknowledged:
            return
        acknowledged = loop.create_future()
        entry.waiting.append(acknowledged)
        try:
            with patience.limit():
                await acknowledged
        except BaseException as exc:
            self.leave(channel, receiver)
            if isinstance(exc, TimeoutError):
                raise BackendUnavailable("The subscription was not acknowledged.") from exc
            raise

    def leave(self, channel: str, receiver: Receiver) -> None:
        """Give `receiver` nothing more; it may have left already."""
        entry = self.entries.get(channel)
        if entry is None or receiver not in entry.receivers:
            return
        entry.receivers.discard(receiver)
        if not entry.receivers:
            del self.entries[channel]
            self._on_last(entry)

    @asynccontextmanager
    async def joined(
        self, channel: str, receiver: Receiver, *, patience: Patience
    ) -> AsyncIterator[None]:
        """`join`, and `leave` at the end.

        Raises:
            BackendUnavailable: The backend did not acknowledge in time.
        """
        await self.join(channel, receiver, patience=patience)
        try:
            yield
        finally:
            self.leave(channel, receiver)

    @asynccontextmanager
    async def joined_all(
        self, channels: Sequence[str], receiver: Receiver, *, patience: Patience
    ) -> AsyncIterator[None]:
        """`joined` for several channels at once."""
        async with AsyncExitStack() as stack:
            for channel in dict.fromkeys(channels):
                await stack.enter_async_context(self.joined(channel, receiver, patience=patience))
            yield

    def dispatch(self, channel: str, raw: bytes) -> None:
        """Hand a message to everyone who listens."""
        entry = self.entries.get(channel)
        if entry is not None:
            entry.heard_at = monotonic()
            message = Message(raw)
            for receiver in tuple(entry.receivers):
                receiver.receive(channel, message)

    def acknowledge(self, entry: Entry) -> None:
        """Note that the backend delivers from now on; what came before may have been missed."""
        if entry.acknowledged:
            for receiver in tuple(entry.receivers):
                receiver.reconnected()
        entry.acknowledged = True
        for waiter in entry.waiting:
            if not waiter.done():
                waiter.set_result(None)
        entry.waiting = []

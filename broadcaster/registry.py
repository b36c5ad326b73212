"""Who listens to which pub/sub channel in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from broadcaster.errors import BackendUnavailable
from broadcaster.events import Event


class Receiver(Protocol):
    """Takes what is published on a channel; no method blocks."""

    def receive(self, channel: str, message: Message) -> None:
        """Take a message."""
        ...

    def reconnected(self) -> None:
        """Messages may have been missed; the backend may even have lost some of those given."""
        ...


@dataclass(slots=True)
class Message:
    """What was published, and what the first receiver made of it, for the others."""

    raw: bytes
    event: Event | None = None
    revision: int = 0  # in a feed


@dataclass(slots=True)
class Entry:
    """A channel that someone here listens to."""

    name: str
    receivers: set[Receiver] = field(default_factory=set)
    # Set once the backend said that messages published from then on will come.
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)


class Registry:
    """References to channels, counted; the backend is told of the first and after the last."""

    def __init__(self, on_first: Callable[[Entry], None], on_last: Callable[[Entry], None]) -> None:
        self.entries: dict[str, Entry] = {}
        self._on_first = on_first
        self._on_last = on_last

    @asynccontextmanager
    async def joined(
        self, channel: str, receiver: Receiver, *, timeout_seconds: float
    ) -> AsyncIterator[None]:
        """Let `receiver` have what is published on `channel`, from entering on.

        Raises:
            BackendUnavailable: The backend did not acknowledge in time.
        """
        entry = self.entries.get(channel)
        if entry is None:
            entry = self.entries[channel] = Entry(channel)
            self._on_first(entry)
        entry.receivers.add(receiver)
        try:
            try:
                async with asyncio.timeout(timeout_seconds):
                    await entry.acknowledged.wait()
            except TimeoutError as exc:
                raise BackendUnavailable("The subscription was not acknowledged.") from exc
            yield
        finally:
            entry.receivers.discard(receiver)
            if not entry.receivers:
                del self.entries[channel]
                self._on_last(entry)

    @asynccontextmanager
    async def joined_all(
        self, channels: Sequence[str], receiver: Receiver, *, timeout_seconds: float
    ) -> AsyncIterator[None]:
        """`joined` for several channels at once."""
        async with AsyncExitStack() as stack:
            for channel in dict.fromkeys(channels):
                await stack.enter_async_context(
                    self.joined(channel, receiver, timeout_seconds=timeout_seconds)
                )
            yield

    def dispatch(self, channel: str, raw: bytes) -> None:
        """Hand a message to everyone who listens."""
        entry = self.entries.get(channel)
        if entry is not None:
            message = Message(raw)
            for receiver in tuple(entry.receivers):
                receiver.receive(channel, message)

    def acknowledge(self, entry: Entry) -> None:
        """Note that the backend delivers from now on; what came before may have been missed."""
        if entry.acknowledged.is_set():
            for receiver in tuple(entry.receivers):
                receiver.reconnected()
        entry.acknowledged.set()

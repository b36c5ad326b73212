"""One subscriber's place in a channel: a bounded buffer, and history when that is not enough."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable

from broadcaster.errors import BackendUnavailable, ChannelGone, ChannelNotFound
from broadcaster.events import Delivery, Event, History, Kind, Position, Reset, Snapshot
from broadcaster.registry import Message

# About 25 s of a job that reports 10 times a second, unmerged.
BUFFER_EVENTS = 256
# Bounds what a thousand stalled subscribers of large outputs can hold to 256 MiB.
BUFFER_BYTES = 256 * 1024

# Without a word for this long, look whether one was missed: a backstop behind the hub's own
# health check, and how one learns that a server has been emptied, which tells nobody. A thousand
# idle subscriptions make 33 reads a second of it, some 0.2 % of a core.
SILENCE_SECONDS = 30.0

# Between attempts to read while the backend is away. Recovery is promised within 1 s.
RETRY_SECONDS = 0.2

Reader = Callable[[Position | None], Awaitable[History]]


class Subscription:
    """Merges live events and history into one gapless order.

    Register it with the hub, then read history, then iterate `deliveries`: what is published
    in between waits in the buffer. When the buffer
    overflows it is emptied, and what it held is read from history once the consumer is ready:
    a slow client costs a note, not bytes.
    """

    def __init__(
        self, read: Reader, after: Position | None, *, silence_seconds: float = SILENCE_SECONDS
    ) -> None:
        self._read = read
        self._last = after  # the position of what the consumer was given last
        self._silence_seconds = silence_seconds
        self._buffer: deque[Event] = deque()
        self._bytes = 0
        self._behind = False  # whether history has to be read before the buffer
        self._wake = asyncio.Event()

    def receive(self, channel: str, message: Message) -> None:
        """Take a live event; never blocks."""
        if message.event is None:
            message.event = Event.decode(message.raw, channel)
        self._deliver(message.event)

    def _deliver(self, event: Event) -> None:
        if self._behind:
            self._wake.set()
            return  # it is in the history by now, and will be read from there
        if event.kind is Kind.MERGEABLE and self._buffer and self._mergeable(event):
            older = self._buffer.pop()
            self._bytes -= len(older.payload)
            event = _merge(older, event)
        self._buffer.append(event)
        self._bytes += len(event.payload)
        if len(self._buffer) > BUFFER_EVENTS or self._bytes > BUFFER_BYTES:
            self.disturb()
        self._wake.set()

    def reconnected(self) -> None:
        """Read again: what the read then says of the last position tells whether it is lost."""
        self.disturb()

    def disturb(self) -> None:
        """Say that events may have been missed; history will be read again."""
        self._buffer.clear()
        self._bytes = 0
        self._behind = True
        self._wake.set()

    async def deliveries(self, first: History) -> AsyncGenerator[Delivery, None]:
        """All events from `first` (just read) on. Ends after a final event."""
        history: History | None = first
        while True:
            if history is not None:
                for delivery in self._from_history(history):
                    yield delivery
                    if self._ended(delivery):
                        return
                if history.position == self._last and _is_final(history.latest):
                    return
            while not self._behind and self._buffer:
                event = self._next_buffered()
                if event is not None:
                    yield event
                    if self._ended(event):
                        return
            history = await self._more()

    def _mergeable(self, event: Event) -> bool:
        newest = self._buffer[-1]
        return (
            newest.kind is Kind.MERGEABLE
            and newest.position.epoch == event.position.epoch
            and newest.position.offset + 1 == event.position.offset
        )

    def _from_history(self, history: History) -> list[Delivery]:
        deliveries: list[Delivery] = []
        if history.reset is not None:
            deliveries = [Reset(history.reset, history.latest)]
            self._last = history.position
        elif self._last is None:
            deliveries = [Snapshot(history.latest)]
            self._last = history.position
        elif history.events:
            deliveries = list(history.events)
            self._last = history.events[-1].position
        # A page may end before the newest event; then the next one has to be read as well.
        self._behind = self._behind or self._last != history.position
        return deliveries

    def _next_buffered(self) -> Event | None:
        """The next event to give, None when it was given already or is not the next one."""
        event = self._buffer.popleft()
        self._bytes -= len(event.payload)
        position = event.position
        if self._last is None or position.epoch != self._last.epoch:
            self.disturb()
            return None
        if position.offset <= self._last.offset:
            if position.offset == self._last.offset and position != self._last:
                self.disturb()  # the backend lost what was given, and counts on from before it
            return None
        if position.offset - event.merged > self._last.offset + 1:
            self.disturb()  # a hole: some were lost between the backend and here
            return None
        # What it was merged from may have been given from history meanwhile.
        event = _unmerge(event, self._last)
        self._last = position
        return event

    async def _more(self) -> History | None:
        """Wait for something to do. Returns history if that has to come first."""
        while not self._behind and not self._buffer:
            self._wake.clear()
            try:
                async with asyncio.timeout(self._silence_seconds):
                    await self._wake.wait()
            except TimeoutError:
                self._behind = True
        if not self._behind:
            return None
        # From here on live events are buffered: those that the read does not show come there.
        self._behind = False
        try:
            return await self._read(self._last)
        except ChannelNotFound as exc:
            raise ChannelGone(str(exc)) from exc
        except BackendUnavailable:
            self._behind = True
            await asyncio.sleep(RETRY_SECONDS)
            return None

    def _ended(self, delivery: Delivery) -> bool:
        event = delivery if isinstance(delivery, Event) else delivery.event
        return _is_final(event)


def _is_final(event: Event) -> bool:
    return event.kind is Kind.FINAL


def _merge(older: Event, newer: Event) -> Event:
    """The newer event, standing for the older as well."""
    return Event(
        newer.position, newer.kind, newer.payload, older.merged + newer.merged + 1, newer.channel
    )


def _unmerge(event: Event, given: Position) -> Event:
    already = given.offset + 1 - (event.position.offset - event.merged)
    if already <= 0:
        return event
    return Event(event.position, event.kind, event.payload, event.merged - already, event.channel)

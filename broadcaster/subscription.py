"""One subscriber's place in a channel: a bounded buffer, and history when that is not enough."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Protocol

from broadcaster.consumer import Consumer
from broadcaster.errors import BackendUnavailable, ChannelGone, ChannelNotFound
from broadcaster.events import Delivery, Event, History, Kind, Position, Reset, Snapshot
from broadcaster.merging import follows, merge, unmerge
from broadcaster.registry import Message, Receiver

# About 25 s of a job that reports 10 times a second, unmerged.
BUFFER_EVENTS = 256
# Bounds what a thousand stalled subscribers of large outputs can hold to 256 MiB.
BUFFER_BYTES = 256 * 1024

# Between attempts to read while the backend is away. Recovery is promised within 1 s.
RETRY_SECONDS = 0.2


class Source(Protocol):
    """Where a subscription reads, and what it leaves when it ends."""

    async def read(self, channel: str, after: Position | None = None) -> History:
        """As `Broadcaster.read`."""
        ...

    def leave(self, channel: str, receiver: Receiver) -> None:
        """Give `receiver` nothing more of the channel."""
        ...


class Subscription:
    """Merges live events and history into one gapless order, and gives it to a consumer.

    Let it receive what is published, then read history, then `begin`: what is published in
    between waits in the buffer. While the consumer takes each event at once, nothing waits and
    no task runs. When it refuses one, a task gives it what follows; when the buffer overflows it
    is emptied, and what it held is read from history once the consumer is ready: a slow client
    costs a note, not bytes.
    """

    __slots__ = (
        "_after",
        "_behind",
        "_buffer",
        "_bytes",
        "_channel",
        "_consumer",
        "_last",
        "_live",
        "_source",
        "_task",
    )

    def __init__(
        self, source: Source, channel: str, after: Position | None, consumer: Consumer
    ) -> None:
        self._source = source
        self._channel = channel
        self._consumer = consumer
        self._last = after  # the position of what the consumer was given last
        self._buffer: deque[Event] | None = None  # made when needed: most are idle
        self._bytes = 0
        self._behind = False  # whether history has to be read before the buffer
        self._live = False  # whether nothing waits, so that events go straight to the consumer
        self._task: asyncio.Task[None] | None = None

    def begin(self, first: History) -> None:
        """Give what `first` (just read) says, and then everything that follows."""
        deliveries = deque(self._from_history(first))
        while deliveries and self._consumer.accept(deliveries[0]):
            if _is_final(deliveries.popleft()):
                self._end(None)
                return
        if not deliveries and self._is_over(first):
            self._end(None)
        elif deliveries or self._behind or self._buffer:
            self._give(deliveries, first)
        else:
            self._live = True

    def close(self) -> None:
        """Give nothing more."""
        self._live = False
        self._source.leave(self._channel, self)
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def receive(self, channel: str, message: Message) -> None:
        """Take a live event; never blocks."""
        event = message.event
        if event is None:
            event = message.event = Event.decode(message.raw, channel)
            event.answers = {}
        if self._live:
            last, position = self._last, event.position
            if (
                last is not None
                and position.offset == last.offset + 1
                and position.epoch == last.epoch
                and self._consumer.accept(event)
            ):
                self._last = position
                if event.kind is Kind.FINAL:
                    self._end(None)
                return
        self._keep(event)
        self._wake()

    def reconnected(self) -> None:
        """Read again: what the read then says of the last position tells whether it is lost."""
        self.disturb()

    def verify(self, newest: Position | None) -> None:
        """Read again unless this, the channel's newest position, is the last one given."""
        if newest != self._last:
            self.disturb()

    def disturb(self) -> None:
        """Say that events may have been missed; history will be read again."""
        self._buffer = None
        self._bytes = 0
        self._behind = True
        self._wake()

    def _wake(self) -> None:
        if self._live:
            self._live = False
            self._give((), None)

    def _give(self, deliveries: Iterable[Delivery], history: History | None) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(deliveries, history))

    async def _run(self, deliveries: Iterable[Delivery], history: History | None) -> None:
        """Give these, and all that waits, until nothing does."""
        try:
            while True:
                for delivery in deliveries:
                    await self._consumer.take(delivery)
                    if _is_final(delivery):
                        self._end(None)
                        return
                if history is not None and self._is_over(history):
                    self._end(None)
                    return
                while self._buffer and not self._behind:
                    event = self._next_buffered(self._buffer)
                    if event is not None:
                        await self._consumer.take(event)
                        if _is_final(event):
                            self._end(None)
                            return
                if not self._behind:
                    self._buffer = self._task = None
                    self._live = True
                    return
                history = await self._history()
                deliveries = () if history is None else self._from_history(history)
        except Exception as exc:  # noqa: BLE001 - the consumer is told, whatever it is
            self._end(exc)

    def _end(self, error: Exception | None) -> None:
        self._task = None  # which may be the one that runs this
        self.close()
        self._consumer.ended(error)

    def _keep(self, event: Event) -> None:
        if self._behind:
            return  # it is in the history by now, and will be read from there
        if self._buffer is None:
            self._buffer = deque()
        elif event.kind is Kind.MERGEABLE and self._buffer and follows(event, self._buffer[-1]):
            older = self._buffer.pop()
            self._bytes -= len(older.payload)
            event = merge(older, event)
        self._buffer.append(event)
        self._bytes += len(event.payload)
        if len(self._buffer) > BUFFER_EVENTS or self._bytes > BUFFER_BYTES:
            self.disturb()

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

    def _next_buffered(self, buffer: deque[Event]) -> Event | None:
        """The next event to give, None when it was given already or is not the next one."""
        event = buffer.popleft()
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
        event = unmerge(event, self._last)
        self._last = position
        return event

    async def _history(self) -> History | None:
        """A page of it; None while the backend is away."""
        # From here on live events are buffered: those that the read does not show come there.
        self._behind = False
        try:
            return await self._source.read(self._channel, self._last)
        except ChannelNotFound as exc:
            raise ChannelGone(str(exc)) from exc
        except BackendUnavailable:
            self._behind = True
            await asyncio.sleep(RETRY_SECONDS)
            return None

    def _is_over(self, history: History) -> bool:
        return history.position == self._last and history.latest.kind is Kind.FINAL


def _is_final(delivery: Delivery) -> bool:
    event = delivery if isinstance(delivery, Event) else delivery.event
    return event.kind is Kind.FINAL

"""The broadcaster in one process's memory, for tests: the same promises, nothing kept after."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from broadcaster.broadcaster import ANSWER, Broadcaster
from broadcaster.errors import ChannelNotFound
from broadcaster.events import Event, History, Kind, Position, ResetReason
from broadcaster.feed import Changes, FeedWatch
from broadcaster.registry import Entry, Registry

KEPT_EVENTS = 1000  # as append.lua
KEPT_BYTES = 1024 * 1024  # as append.lua
PAGE_EVENTS = 200  # as the Valkey backend


@dataclass(slots=True)
class _Channel:
    epoch: str
    offset: int = 0
    size_bytes: int = 0
    first: int = 1  # offset of the oldest event kept
    history: deque[bytes] = field(default_factory=deque)

    def lacks(self, after: Position) -> ResetReason | None:
        """Why the events after a position cannot be given; None when they can."""
        if after.epoch != self.epoch or after.offset > self.offset:
            return ResetReason.EPOCH_CHANGED
        if after.offset == 0 or not after.stamp:
            return ResetReason.HISTORY_TRIMMED if after.offset + 1 < self.first else None
        if after.offset < self.first:
            return ResetReason.HISTORY_TRIMMED
        there = Event.decode(self.history[after.offset - self.first]).position
        return None if there == after else ResetReason.EPOCH_CHANGED


@dataclass(slots=True)
class _Feed:
    revision: int = 0
    changed: dict[str, int] = field(default_factory=dict)  # in the order of change


class MemoryBroadcaster(Broadcaster):
    """Channels in a dict. Nothing it does waits."""

    def __init__(self) -> None:
        self._channels: dict[str, _Channel] = {}
        self._feeds: dict[str, _Feed] = {}
        super().__init__(Registry(_acknowledge_at_once, _forget))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._channels.clear()
        self._feeds.clear()

    async def publish(
        self,
        channel: str,
        payload: bytes,
        *,
        kind: Kind = Kind.NORMAL,
        feeds: Sequence[str] = (),
    ) -> Position:
        kept = self._channels.setdefault(channel, _Channel(secrets.token_hex(4)))
        kept.offset += 1
        position = Position(kept.epoch, kept.offset, secrets.token_hex(4))
        raw = Event(position, kind, payload).encode()
        kept.history.append(raw)
        kept.size_bytes += len(raw)
        while len(kept.history) > 1 and (
            len(kept.history) > KEPT_EVENTS or kept.size_bytes > KEPT_BYTES
        ):
            kept.size_bytes -= len(kept.history.popleft())
            kept.first += 1
        self.registry.dispatch(channel, raw)
        for name in feeds:
            feed = self._feeds.setdefault(name, _Feed())
            feed.revision += 1
            feed.changed.pop(channel, None)
            feed.changed[channel] = feed.revision
            self.registry.dispatch(name, b"%d %s %s" % (feed.revision, channel.encode(), raw))
        return position

    async def read(self, channel: str, after: Position | None = None) -> History:
        kept = self._channels.get(channel)
        if kept is None:
            raise ChannelNotFound(channel)
        latest = Event.decode(kept.history[-1], channel)
        reset: ResetReason | None = None
        events: tuple[Event, ...] = ()
        if after is not None:
            reset = kept.lacks(after)
            if reset is None:
                page = list(kept.history)[after.offset + 1 - kept.first :][:PAGE_EVENTS]
                events = tuple(Event.decode(raw, channel) for raw in page)
        return History(latest.position, events, latest, reset)

    @asynccontextmanager
    async def watch(self, feeds: Sequence[str]) -> AsyncIterator[AsyncIterator[Event]]:
        watch = FeedWatch(self._changes)
        async with self.registry.joined_all(feeds, watch, patience=ANSWER):
            await watch.start(feeds)
            async with aclosing(watch.events()) as events:
                yield events

    def remove(self, channel: str) -> None:
        """Forget the channel, as retention does."""
        self._channels.pop(channel, None)

    async def _changes(
        self, feed: str, era: str, after: int, most: int, known: Event | None = None
    ) -> Changes:
        kept = self._feeds.get(feed, _Feed())
        if kept.revision < after or (known is not None and not self._keeps(known)):
            after = 0
        rows = [
            (revision, Event.decode(self._channels[channel].history[-1], channel))
            for channel, revision in kept.changed.items()
            if revision > after and channel in self._channels
        ]
        if most == 0:
            return Changes(kept.revision, kept.revision, rows[-1:], after)
        reached = rows[most - 1][0] if most < len(rows) else kept.revision
        return Changes(kept.revision, reached, rows[:most], after)

    def _keeps(self, event: Event) -> bool:
        channel = self._channels.get(event.channel)
        return channel is not None and channel.lacks(event.position) is None


def _acknowledge_at_once(entry: Entry) -> None:
    entry.acknowledged = True


def _forget(_: Entry) -> None:
    """Nothing to tell anyone."""

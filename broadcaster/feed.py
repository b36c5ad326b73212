"""One watcher of feeds: the newest event of every channel in them, none forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from broadcaster.errors import BackendUnavailable
from broadcaster.events import Event, Position
from broadcaster.registry import Message
from broadcaster.subscription import RETRY_SECONDS

# Channels with a state not yet given; one state each. Beyond it they are read when needed.
PENDING_CHANNELS = 1024

# Channels read at once after a gap: at most about 0.5 MiB of usual events.
PAGE = 500

# A feed that is never silent is read this often all the same, since that keeps it being written.
RENEW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Changes:
    """Channels of a feed that changed after a revision, oldest change first."""

    revision: int  # the feed's newest
    reached: int  # the revision up to which `rows` tell all; less than the newest: there is more
    rows: Sequence[tuple[int, Event]]  # revision, newest event
    after: int = 0  # the revision after which `rows` begin: the one asked for, or 0 if lost
    era: str = ""  # while it is the same, no change was left out


# Feed, era and revision to read on from, most rows (0: the newest only), and an event that must
# still be kept, else the revision is taken for lost.
Reader = Callable[[str, str, int, int, Event | None], Awaitable[Changes]]


@dataclass(slots=True)
class _Feed:
    last: int  # revision up to which everything was given or is pending
    given: int  # revision up to which everything was given
    known: Event | None  # the newest event that was seen of the feed
    era: str  # in which `given` counts
    read_at: float  # `monotonic()`, in seconds
    behind: bool = False
    doubted: bool = False  # whether the backend may have lost what was given
    live: int = 0  # of the last message on this connection, where they come in order


class FeedWatch:
    """Merges live messages and re-reads into the newest state of each channel.

    A feed numbers its messages. One that is missing, or more states than the buffer holds,
    makes the watch read what changed since the last one it is sure of.
    """

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._feeds: dict[str, _Feed] = {}
        self._pending: dict[str, tuple[int, Event]] = {}  # with its revision
        self._early: set[str] = set()  # feeds that published while the watch began
        self._wake = asyncio.Event()

    async def start(self, feeds: Sequence[str]) -> None:
        """Begin with the feeds' present revisions; call it once they are joined."""
        for name in feeds:
            begun = await self._read(name, "", 0, 0, None)
            # A message may be quicker than the reply that was read before it was published.
            self._feeds[name] = _Feed(
                begun.revision,
                begun.revision,
                begun.rows[0][1] if begun.rows else None,
                begun.era,
                monotonic(),
                behind=name in self._early,
            )

    def receive(self, channel: str, message: Message) -> None:
        """Take a live message of a feed; never blocks."""
        if message.event is None:
            revision, name, raw = message.raw.split(b" ", 2)
            message.revision = int(revision)
            message.event = Event.decode(raw, name.decode())
            message.event.answers = {}
        number, event = message.revision, message.event
        feed = self._feeds.get(channel)
        if feed is None:
            self._early.add(channel)
            return
        if number <= feed.live:  # the server was emptied, and counts anew
            self.reconnected()
        feed.live = number
        if number <= feed.last and not feed.doubted:
            return
        if feed.behind or number != feed.last + 1:
            feed.behind = True
        elif len(self._pending) >= PENDING_CHANNELS and event.channel not in self._pending:
            self.disturb()
        else:
            feed.last, feed.known = number, event
            # To the end: the order of what is given is the order of the newest changes.
            self._pending.pop(event.channel, None)
            self._pending[event.channel] = (number, event)
        self._wake.set()

    def reconnected(self) -> None:
        """As `disturb`; and what was given may be lost to the backend, and its numbers reused."""
        for feed in self._feeds.values():
            feed.doubted, feed.live = True, 0
        self.disturb()

    def verify(self, newest: Position | None) -> None:
        """Nothing came for long, and a feed has no position to compare: read again."""
        self.disturb()

    def disturb(self) -> None:
        """Messages may have been missed: read again what is not surely given."""
        self._pending.clear()
        for feed in self._feeds.values():
            feed.last = feed.given
            feed.behind = True
        self._wake.set()

    async def events(self) -> AsyncGenerator[Event, None]:
        """The newest events, without end."""
        while True:
            for name, feed in self._feeds.items():
                if feed.behind or monotonic() - feed.read_at > RENEW_SECONDS:
                    async for event in self._catch_up(name, feed):
                        yield event
            while self._pending:
                channel = next(iter(self._pending))
                yield self._pending.pop(channel)[1]
            for feed in self._feeds.values():
                feed.given = feed.last
            if not any(feed.behind for feed in self._feeds.values()):
                await self._wait()

    async def _catch_up(self, name: str, feed: _Feed) -> AsyncGenerator[Event, None]:
        feed.behind = True
        while feed.behind:
            doubted, feed.doubted, feed.behind = feed.doubted, False, False
            # Without an event to know the feed by, nothing proves that it is the same.
            after = 0 if doubted and feed.known is None else feed.given
            try:
                changes = await self._read(
                    name, feed.era, after, PAGE, feed.known if doubted else None
                )
            except BackendUnavailable:
                feed.doubted, feed.behind = feed.doubted or doubted, True
                await asyncio.sleep(RETRY_SECONDS)
                continue
            feed.era, feed.read_at = changes.era, monotonic()
            if changes.after < feed.given:  # lost, at least in part: all newest states again
                feed.given = feed.last = changes.after
            # Before the first is given: what was read outdates messages still on their way.
            feed.last = max(feed.last, changes.reached)
            for number, event in changes.rows:
                if self._pending.get(event.channel, (number + 1, event))[0] <= number:
                    del self._pending[event.channel]
            if changes.rows:
                feed.known = changes.rows[-1][1]
            for _, event in changes.rows:
                yield event
            feed.given = changes.reached
            feed.last = max(feed.last, feed.given)  # it was set back if disturbed meanwhile
            feed.behind = feed.behind or changes.reached < changes.revision

    async def _wait(self) -> None:
        self._wake.clear()
        if self._pending or any(feed.behind for feed in self._feeds.values()):
            return
        await self._wake.wait()

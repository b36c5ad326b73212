"""`Broadcaster`: channels with history, and feeds of newest states. What every backend gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from types import TracebackType
from typing import Self

from broadcaster.consumer import Consumer
from broadcaster.events import Delivery, Event, History, Kind, Position
from broadcaster.patience import Patience
from broadcaster.pulled import PulledDeliveries
from broadcaster.registry import Receiver, Registry
from broadcaster.subscription import Subscription

# An answer that takes longer is as good as none: the caller is told, within two seconds in all,
# and may try again.
ANSWER = Patience(timedelta(seconds=1.5))

Admit = Callable[[Event], None]


class Broadcaster(ABC):
    """Delivers every event of a channel once, in order, to whoever subscribes.

    An async context manager: its connections live as long as it is open. All methods raise
    `BackendUnavailable` when the backend does not answer.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    @abstractmethod
    async def __aenter__(self) -> Self: ...

    @abstractmethod
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    @abstractmethod
    async def publish(
        self,
        channel: str,
        payload: bytes,
        *,
        kind: Kind = Kind.NORMAL,
        feeds: Sequence[str] = (),
    ) -> Position:
        """Append an event to the channel's history and deliver it, in one step.

        Returns:
            The position just after this event.
        """

    @abstractmethod
    async def read(self, channel: str, after: Position | None = None) -> History:
        """A page of what the channel keeps after a position; the newest event only, without one.

        Raises:
            ChannelNotFound: Nothing is kept there.
        """

    async def follow(
        self,
        channel: str,
        after: Position | None,
        consumer: Consumer,
        admit: Admit | None = None,
    ) -> Subscription:
        """Give a consumer what a channel has, from its newest event or from just after a position.

        The first delivery is a `Snapshot` (no position given), or what was published since then,
        or a `Reset` when history no longer reaches that far. It ends after a final event. A
        consumer that takes too slowly misses nothing but superseded mergeable events
        (`Event.merged` counts them); memory for it stays bounded.

        Args:
            channel: What to follow.
            after: Go on just after this position.
            consumer: Who is given what comes.
            admit: Shown the newest event before anything is given; whatever it raises, `follow`
                raises.

        Returns:
            What to `close` when no more is wanted.

        Raises:
            ChannelNotFound: Nothing is kept there.
        """
        subscription = Subscription(self, channel, after, consumer)
        # Subscribe before reading: an event between the two would be lost.
        await self.registry.join(channel, subscription, patience=ANSWER)
        try:
            first = await self.read(channel, after)
            if admit is not None:
                admit(first.latest)
        except BaseException:
            subscription.close()
            raise
        subscription.begin(first)
        return subscription

    def leave(self, channel: str, receiver: Receiver) -> None:
        """Give `receiver` nothing more of the channel."""
        self.registry.leave(channel, receiver)

    @asynccontextmanager
    async def subscribe(
        self, channel: str, after: Position | None = None, admit: Admit | None = None
    ) -> AsyncIterator[AsyncIterator[Delivery]]:
        """`follow`, for whoever asks for one delivery after the other.

        Raises:
            ChannelNotFound: On entering: nothing is kept there.
            ChannelGone: While iterating: the channel was removed.
        """
        deliveries = PulledDeliveries()
        subscription = await self.follow(channel, after, deliveries, admit)
        try:
            yield deliveries
        finally:
            subscription.close()

    @abstractmethod
    def watch(self, feeds: Sequence[str]) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Follow the newest event of every channel in these feeds, from now on.

        Older states of a channel may be skipped, its newest never is.
        """

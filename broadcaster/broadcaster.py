"""`Broadcaster`: channels with history, and feeds of newest states. What every backend gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from broadcaster.events import Delivery, Event, History, Kind, Position


class Broadcaster(ABC):
    """Delivers every event of a channel once, in order, to whoever subscribes.

    An async context manager: its connections live as long as it is open. All methods raise
    `BackendUnavailable` when the backend does not answer.
    """

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

    @abstractmethod
    def subscribe(
        self, channel: str, after: Position | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[Delivery]]:
        """Follow a channel, from its newest event or from just after a position.

        The first item is a `Snapshot` (no position given), or what was published since then,
        or a `Reset` when history no longer reaches that far. The iterator ends after a final
        event. Whoever reads too slowly misses nothing but superseded mergeable events
        (`Event.merged` counts them); memory for it stays bounded.

        Raises:
            ChannelNotFound: On entering: nothing is kept there.
            ChannelGone: While iterating: the channel was removed.
        """

    @abstractmethod
    def watch(self, feeds: Sequence[str]) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Follow the newest event of every channel in these feeds, from now on.

        Older states of a channel may be skipped, its newest never is.
        """

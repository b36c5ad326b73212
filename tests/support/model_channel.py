"""A channel with its history in a list, and one subscription to it."""

from __future__ import annotations

import asyncio

from broadcaster.consumer import Consumer
from broadcaster.events import Delivery, Event, History, Kind, Position
from broadcaster.registry import Message, Receiver
from broadcaster.subscription import Subscription

PAGE = 7


class ModelChannel:
    """Publishes what a test says, and loses it or lets it race with a read."""

    def __init__(self, consumer: Consumer) -> None:
        self.history: list[Event] = []
        self.racing: list[Kind] = []  # published twice while the next read is under way
        self.left = False
        self.reads = 0
        self.subscription = Subscription(self, "c", Position("e", 0), consumer)

    def leave(self, channel: str, receiver: Receiver) -> None:
        """The subscription wants no more."""
        assert (channel, receiver) == ("c", self.subscription)
        self.left = True

    def publish(self, kind: Kind, *, lost: bool = False, size: int = 1) -> None:
        """Append an event; one that is lost reaches the history only."""
        event = Event(Position("e", len(self.history) + 1), kind, b"x" * size)
        self.history.append(event)
        if not (lost or self.left):
            self.subscription.receive("c", Message(event.encode()))

    async def read(self, channel: str, after: Position | None = None) -> History:
        """A page of the history."""
        assert channel == "c"
        assert after is not None
        self.reads += 1
        await asyncio.sleep(0)
        racing = self.racing.pop() if self.racing else None
        if racing is not None:
            self.publish(racing)  # the read shows it, and it comes live
        latest = self.history[-1]
        page = tuple(self.history[after.offset : after.offset + PAGE])
        if racing is not None:
            self.publish(racing)  # it comes live only
        return History(latest.position, page, latest)


def covered(deliveries: list[Delivery]) -> list[int]:
    """The offsets that these events stand for."""
    return [
        offset
        for event in deliveries
        if isinstance(event, Event)
        for offset in range(event.position.offset - event.merged, event.position.offset + 1)
    ]

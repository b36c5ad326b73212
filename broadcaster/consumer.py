"""`Consumer`: whoever is given a channel's deliveries, in order."""

from __future__ import annotations

from typing import Protocol

from broadcaster.events import Delivery


class Consumer(Protocol):
    """Takes deliveries at once if it can, else when there is room.

    What it refuses is offered again with `take`, and nothing else before it.
    """

    def accept(self, delivery: Delivery) -> bool:
        """Take it now, or answer False; never blocks."""
        ...

    async def take(self, delivery: Delivery) -> None:
        """Take it; returns when there may be room for the next.

        Whatever it raises ends the subscription, and comes back by `ended`.
        """
        ...

    def ended(self, error: Exception | None) -> None:
        """Nothing more will come: the final event was given, or this happened."""
        ...

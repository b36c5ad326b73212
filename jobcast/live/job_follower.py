"""`JobFollower`: one WebSocket subscription to one job."""

from __future__ import annotations

from collections.abc import Callable

from broadcaster.events import Delivery
from broadcaster.subscription import Subscription
from jobcast.live.question import Question
from jobcast.live.renderer import Renderer
from jobcast.token_bucket import TokenBucket
from jobcast.websocket.outlet import Outlet

Ended = Callable[[Exception | None], None]


class JobFollower:
    """A `Consumer` that answers each event at its connection's outlet.

    An idle one is a few objects, and no task.
    """

    __slots__ = ("_budget", "_ended", "_outlet", "_question", "_renderer", "_tail", "subscription")

    def __init__(
        self,
        question: Question,
        *,
        renderer: Renderer,
        budget: TokenBucket,
        outlet: Outlet,
        tail: bytes,
        ended: Ended,
    ) -> None:
        """`tail` ends each message: it names the operation."""
        self._question = question
        self._renderer = renderer
        self._budget = budget
        self._outlet = outlet
        self._tail = tail
        self._ended = ended
        self.subscription: Subscription | None = None

    def accept(self, delivery: Delivery) -> bool:
        """Send the answer, if the client reads and the answer is to be had at once."""
        if not self._outlet.writable:
            return False
        payload = self._renderer.at_once(self._question, delivery, self._budget)
        if payload is None:
            return False
        self._outlet.send_payload(payload, self._tail)
        return True

    async def take(self, delivery: Delivery) -> None:
        """Send the answer as soon as the client reads and it is to be had.

        Raises:
            ConnectionClosed: The client read nothing for too long.
            ClientLeft: It is gone.
        """
        await self._outlet.until_writable()
        payload = await self._renderer.whenever(self._question, delivery, self._budget)
        await self._outlet.until_writable()
        self._outlet.send_payload(payload, self._tail)

    def ended(self, error: Exception | None) -> None:
        """Hand on why."""
        self._ended(error)

    def close(self) -> None:
        """Send nothing more."""
        if self.subscription is not None:
            self.subscription.close()

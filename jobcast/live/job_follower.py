"""`JobFollower`: one WebSocket subscription to one job."""

from __future__ import annotations

from typing import Protocol

from broadcaster.events import Delivery
from broadcaster.subscription import Subscription
from jobcast.budget import Budget
from jobcast.live.question import Question
from jobcast.live.renderer import Renderer
from jobcast.websocket.outlet import Outlet, tail_of


class Owner(Protocol):
    """Whoever subscribed."""

    def operation_ended(self, id: str, error: Exception | None) -> None:
        """Nothing more will come of the operation: its job has ended, or this happened."""

    def leave_subscription(self) -> None:
        """One that was counted is over. Called once, however it ends."""


class JobFollower:
    """A `Consumer` that answers each event at its connection's outlet.

    An idle one is a few objects, and no task.
    """

    __slots__ = (
        "_budget",
        "_id",
        "_outlet",
        "_owner",
        "_question",
        "_renderer",
        "_tail",
        "over",
        "subscription",
    )

    def __init__(
        self,
        id: str,
        question: Question,
        *,
        renderer: Renderer,
        budget: Budget,
        outlet: Outlet,
        owner: Owner,
    ) -> None:
        """`id` is the operation's."""
        self._id = id
        self._question = question
        self._renderer = renderer
        self._budget = budget
        self._outlet = outlet
        self._owner = owner
        self._tail = tail_of(id)
        self.over = False
        self.subscription: Subscription | None = None  # until it is over

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
        if self._end():
            self._owner.operation_ended(self._id, error)

    def cancel(self) -> None:
        """Send nothing more."""
        if self._end() and self.subscription is not None:
            self.subscription.close()
        self.subscription = None

    def _end(self) -> bool:
        if self.over:
            return False
        self.over = True
        self._owner.leave_subscription()
        return True

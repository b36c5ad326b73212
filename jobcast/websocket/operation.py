"""One operation on a connection, from its Subscribe to its Complete."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import Any, TypeVar

from graphql import OperationType

from jobcast.execution import Executor, Prepared
from jobcast.live.job_follower import JobFollower, Owner
from jobcast.live.subscriptions import LiveSubscriptions
from jobcast.operation_rate import OperationRates
from jobcast.request_errors import RequestRefused
from jobcast.websocket.messages import message_of
from jobcast.websocket.outlet import Outlet, tail_of
from jobcast.websocket.protocol import CloseCode, ConnectionClosed, MessageType
from resolvers.context import Context

_T = TypeVar("_T")


class Operation:
    """Runs a query, a mutation or a subscription and sends what comes of it."""

    def __init__(
        self,
        id: str,
        payload: Any,
        *,
        executor: Executor,
        live: LiveSubscriptions,
        rates: OperationRates,
        outlet: Outlet,
        forget: Callable[[str], None],
    ) -> None:
        """Read the Subscribe message's payload.

        Args:
            id: The client's name for the operation.
            payload: Query, variables and operation name.
            executor: Runs queries and mutations.
            live: Runs subscriptions.
            rates: Say whether the viewer may ask more just now.
            outlet: Where results go.
            forget: Called before the last message, which makes the id free again.

        Raises:
            ConnectionClosed: The payload is not as the protocol has it.
        """
        query = payload.get("query") if isinstance(payload, dict) else None
        if not isinstance(query, str):
            raise ConnectionClosed(CloseCode.BAD_REQUEST, "subscribe needs payload.query, a text")
        self._query = query
        self._variables = _optional(payload, "variables", dict)
        self._name = _optional(payload, "operationName", str)
        _optional(payload, "extensions", dict)  # none is known, so they mean nothing
        self.id = id
        self._executor = executor
        self._live = live
        self._rates = rates
        self._outlet = outlet
        self._forget = forget

    async def run(self, context: Context, owner: Owner) -> JobFollower | None:
        """Execute; ends with `complete`, or with `error` when it could not begin.

        Returns:
            What goes on by itself, and will tell the owner of its end.

        Raises:
            ConnectionClosed: The client reads nothing.
            ClientLeft: It is gone.
        """
        try:
            await self._rates.admit(context.viewer.id)
            with self._rates.reading_for(context.viewer.id):
                prepared = self._executor.prepare(self._query, self._name, self._variables)
            if prepared.operation_type is not OperationType.SUBSCRIPTION:
                await self._send(MessageType.NEXT, await self._executor.execute(prepared, context))
            else:
                follower = await self._live.follow(
                    self.id, prepared, context, outlet=self._outlet, owner=owner
                )
                if follower is not None:
                    return follower
                await self._stream(prepared, context)
        except RequestRefused as refused:
            self._forget(self.id)
            await self._send(MessageType.ERROR, refused.errors)
        else:
            self._forget(self.id)
            await self._send(MessageType.COMPLETE)
        return None

    async def _stream(self, prepared: Prepared, context: Context) -> None:
        tail = tail_of(self.id)
        answers = self._live.stream(prepared, context)
        async with aclosing(answers):
            async for payload, _ in answers:
                await self._outlet.until_writable()
                self._outlet.send_payload(payload, tail)

    async def _send(self, type: MessageType, payload: Any = None) -> None:
        await self._outlet.until_writable()
        self._outlet.send(message_of(self.id, type, payload))


def _optional(payload: dict[str, Any], name: str, kind: type[_T]) -> _T | None:
    value = payload.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise ConnectionClosed(CloseCode.BAD_REQUEST, f"payload.{name} has the wrong type")

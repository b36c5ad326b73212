"""One operation on a connection, from its Subscribe to its Complete."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import Any, TypeVar

import orjson
from graphql import OperationType

from jobcast.execution import Executor
from jobcast.operation_rate import OperationRates
from jobcast.request_errors import RequestRefused
from jobcast.websocket.outlet import Outlet
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
        rates: OperationRates,
        outlet: Outlet,
        forget: Callable[[str], None],
    ) -> None:
        """Read the Subscribe message's payload.

        Args:
            id: The client's name for the operation.
            payload: Query, variables and operation name.
            executor: Runs it.
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
        self._rates = rates
        self._outlet = outlet
        self._forget = forget

    async def run(self, context: Context) -> None:
        """Execute; ends with `complete`, or with `error` when it could not begin.

        Raises:
            ConnectionClosed: The client reads nothing.
            ClientLeft: It is gone.
        """
        try:
            with self._rates.reading_for(context.viewer.id):
                prepared = self._executor.prepare(self._query, self._name, self._variables)
            if prepared.operation_type is OperationType.SUBSCRIPTION:
                results = self._executor.subscribe(prepared, context)
                async with aclosing(results):
                    async for result in results:
                        await self._send(MessageType.NEXT, result)
            else:
                await self._send(MessageType.NEXT, await self._executor.execute(prepared, context))
        except RequestRefused as refused:
            self._forget(self.id)
            await self._send(MessageType.ERROR, refused.errors)
        else:
            self._forget(self.id)
            await self._send(MessageType.COMPLETE)

    async def _send(self, type: MessageType, payload: Any = None) -> None:
        message = {"id": self.id, "type": type}
        if payload is not None:
            message["payload"] = payload
        await self._outlet.until_writable()
        self._outlet.send(orjson.dumps(message))


def _optional(payload: dict[str, Any], name: str, kind: type[_T]) -> _T | None:
    value = payload.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise ConnectionClosed(CloseCode.BAD_REQUEST, f"payload.{name} has the wrong type")

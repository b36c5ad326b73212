"""One client's connection: the states of graphql-transport-ws, and its operations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jobcast.auth.authenticator import Authenticator
from jobcast.auth.errors import AuthenticationFailed
from jobcast.connection_limits import ConnectionLimits, TooManyConnections, TooManySubscriptions
from jobcast.execution import Executor
from jobcast.request_errors import masked_fault
from jobcast.token_bucket import TokenBucket
from jobcast.websocket.channel import MessageChannel
from jobcast.websocket.operation import Operation
from jobcast.websocket.protocol import ClientLeft, CloseCode, ConnectionClosed, MessageType
from resolvers.context import Context, Viewer
from schema.error_codes import ErrorCode
from tasks.watch_links import WatchLink

# Operation ids are the client's; long ones only cost memory. A UUID has 36 characters.
LONGEST_OPERATION_ID = 128

MakeContext = Callable[[Viewer, str | None, Mapping[str, str]], Context]
Revoked = Callable[[WatchLink], Awaitable[None]]  # returns once the link is


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """What a connection may do, from the settings."""

    init_timeout: timedelta
    subscriptions: int
    messages_per_second: int


class Connection:
    """Serves a connection until one side ends it; all it starts ends with it."""

    def __init__(
        self,
        channel: MessageChannel,
        *,
        headers: Mapping[str, str],
        executor: Executor,
        authenticator: Authenticator,
        revoked: Revoked,
        make_context: MakeContext,
        limits: ConnectionLimits,
        rules: ConnectionRules,
    ) -> None:
        self._channel = channel
        self._headers = headers
        self._executor = executor
        self._authenticator = authenticator
        self._revoked = revoked
        self._make_context = make_context
        self._limits = limits
        self._rules = rules
        self._rate = TokenBucket(rules.messages_per_second)
        self._viewer: Viewer | None = None  # set once the connection is acknowledged
        self._renewed = asyncio.Event()
        self._initialised = asyncio.Event()
        self._parameters: Mapping[str, Any] = {}
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks = asyncio.TaskGroup()

    async def serve(self) -> None:
        """Return when the connection is over; an error of ours closes it with 4500."""
        try:
            with ExitStack() as held:
                async with self._tasks:
                    self._tasks.create_task(self._await_init())
                    await self._receive(held)
        except* ClientLeft:
            pass
        except* ConnectionClosed as group:
            closed = _first(group)
            await self._channel.close(closed.code, closed.reason)
        except* Exception as faults:  # noqa: BLE001 - logged there, under the reference
            reference = masked_fault(faults)["extensions"].get("correlationId", "unavailable")
            await self._channel.close(
                CloseCode.INTERNAL_ERROR, f"Internal server error, reference {reference}"
            )

    async def _await_init(self) -> None:
        try:
            async with asyncio.timeout(self._rules.init_timeout.total_seconds()):
                await self._initialised.wait()
        except TimeoutError:
            raise ConnectionClosed(CloseCode.TIMEOUT, "Connection initialisation timeout") from None

    async def _receive(self, held: ExitStack) -> None:
        while True:
            message = await self._channel.receive()
            if not self._rate.allows():
                raise ConnectionClosed(CloseCode.TOO_MANY_REQUESTS, "You send messages too fast")
            match message.get("type"):
                case MessageType.CONNECTION_INIT:
                    await self._init(message, held)
                case MessageType.PING:
                    await self._answer_ping(_payload(message))
                case MessageType.PONG:
                    _payload(message)
                case MessageType.SUBSCRIBE:
                    await self._subscribe(message)
                case MessageType.COMPLETE:
                    task = self._operations.pop(_operation_id(message), None)
                    if task is not None:
                        task.cancel()
                case _:
                    raise ConnectionClosed(CloseCode.BAD_REQUEST, "Unknown message type")

    async def _init(self, message: Mapping[str, Any], held: ExitStack) -> None:
        if self._initialised.is_set():
            raise ConnectionClosed(CloseCode.TOO_MANY_REQUESTS, "Too many initialisation requests")
        self._initialised.set()
        self._parameters = _payload(message)
        viewer = await self._authenticate(self._parameters)
        try:
            held.enter_context(self._limits.hold(viewer.id))
        except TooManyConnections:
            raise ConnectionClosed(
                CloseCode.TOO_MANY_REQUESTS, "You have too many connections"
            ) from None
        self._viewer = viewer
        self._tasks.create_task(self._await_expiry())
        if viewer.link is not None:
            self._tasks.create_task(self._await_revocation(viewer.link))
        await self._channel.send({"type": MessageType.CONNECTION_ACK})

    async def _authenticate(self, parameters: Mapping[str, Any]) -> Viewer:
        try:
            return await self._authenticator.authenticate(
                self._headers.get("authorization"),
                connection_params=parameters,
                local_viewer=self._headers.get("x-jobcast-viewer"),
            )
        except AuthenticationFailed:
            raise ConnectionClosed(CloseCode.FORBIDDEN, "Forbidden: not signed in") from None

    async def _answer_ping(self, payload: Mapping[str, Any]) -> None:
        """Answer; a ping with a new token renews the connection (docs/protocol.md)."""
        if self._viewer is not None and "authorization" in payload:
            renewed = await self._authenticate(payload)
            if not renewed.has_rights_of(self._viewer):
                # What runs was begun with the old rights.
                raise ConnectionClosed(CloseCode.FORBIDDEN, "Forbidden: a token of other rights")
            self._viewer = renewed
            self._renewed.set()
        await self._channel.send({"type": MessageType.PONG})

    async def _await_expiry(self) -> None:
        """Close the connection when the viewer's token has expired and no new one came."""
        while self._viewer is not None and self._viewer.expires_at is not None:
            self._renewed.clear()
            remaining = (self._viewer.expires_at - datetime.now(UTC)).total_seconds()
            try:
                async with asyncio.timeout(max(0, remaining)):
                    await self._renewed.wait()
            except TimeoutError:
                raise ConnectionClosed(
                    CloseCode.FORBIDDEN, "Forbidden: the token has expired"
                ) from None

    async def _await_revocation(self, link: WatchLink) -> None:
        await self._revoked(link)
        raise ConnectionClosed(CloseCode.FORBIDDEN, "Forbidden: the watch link was revoked")

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        id = _operation_id(message)
        if self._viewer is None:
            raise ConnectionClosed(CloseCode.UNAUTHORIZED, "Unauthorized")
        if id in self._operations:
            raise ConnectionClosed(
                CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {id} already exists"
            )
        operation = Operation(
            id,
            message.get("payload"),
            executor=self._executor,
            rates=self._limits.rates,
            channel=self._channel,
            forget=self._forget,
        )
        if len(self._operations) >= self._rules.subscriptions:
            await self._channel.send(_too_many(id, "on one connection"))
            return
        context = self._make_context(self._viewer, id, _resume(self._parameters))
        self._operations[id] = self._tasks.create_task(self._run(operation, context))

    async def _run(self, operation: Operation, context: Context) -> None:
        try:
            with self._limits.hold_subscription(context.viewer.id):
                await operation.run(context)
        except TooManySubscriptions:
            self._forget(operation.id)
            await self._channel.send(_too_many(operation.id, "of one viewer"))

    def _forget(self, id: str) -> None:
        self._operations.pop(id, None)


def _operation_id(message: Mapping[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= LONGEST_OPERATION_ID:
        raise ConnectionClosed(
            CloseCode.BAD_REQUEST, f"id must be a text of at most {LONGEST_OPERATION_ID} characters"
        )
    return id


def _payload(message: Mapping[str, Any]) -> dict[str, Any]:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise ConnectionClosed(CloseCode.BAD_REQUEST, "The payload must be an object")
    return payload or {}


def _resume(parameters: Mapping[str, Any]) -> dict[str, str]:
    resume = parameters.get("resume")
    if not isinstance(resume, dict):
        return {}
    return {id: cursor for id, cursor in resume.items() if isinstance(cursor, str)}


def _too_many(id: str, whose: str) -> dict[str, Any]:
    error = {
        "message": f"More operations {whose} cannot run at a time.",
        "extensions": {"code": ErrorCode.TOO_MANY_SUBSCRIPTIONS},
    }
    return {"id": id, "type": MessageType.ERROR, "payload": [error]}


def _first(group: BaseExceptionGroup[ConnectionClosed]) -> ConnectionClosed:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ConnectionClosed)  # noqa: S101 - `except*` has sorted them
    return error

"""`Session`: the states of graphql-transport-ws for one connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from jobcast.auth.errors import AuthenticationFailed
from jobcast.connection_limits import TooManyConnections, TooManySubscriptions
from jobcast.live.job_follower import JobFollower
from jobcast.live.subscriptions import refusal
from jobcast.token_bucket import TokenBucket
from jobcast.websocket.connection import Connection
from jobcast.websocket.messages import (
    ACKNOWLEDGED,
    PONG,
    message_of,
    operation_id,
    payload_of,
    read_message,
    resume_cursors,
    too_many,
)
from jobcast.websocket.operation import Operation
from jobcast.websocket.protocol import ClientLeft, CloseCode, ConnectionClosed, MessageType
from jobcast.websocket.session_life import Later, SessionLife, SessionParts
from resolvers.context import Context, Viewer
from tasks.watch_links import WatchLink


@dataclass(frozen=True, slots=True)
class Handshake:
    """What is kept of the request that opened a connection.

    Attributes:
        address: Where it came from; counted in the limits, and given back at the end.
    """

    address: str
    authorization: str | None
    local_viewer: str | None


class Session(SessionLife):
    """Takes messages one after the other, as calls; all that it started ends with it.

    Most messages are dealt with within the call. While one has to wait, for a token to be
    verified or for the client to read, no other is read.
    """

    __slots__ = ("_handshake", "_initialised", "_rate", "_resume")

    def __init__(self, connection: Connection, parts: SessionParts, handshake: Handshake) -> None:
        """Begin: the client has `init_timeout` to say who it is."""
        super().__init__(connection, parts)
        self._handshake = handshake
        self._rate = TokenBucket(parts.rules.messages_per_second)
        self._initialised = False
        self._resume: Mapping[str, str] = {}
        self._set_timer(parts.rules.init_timeout.total_seconds(), self._init_is_late)

    # What the connection tells

    def on_text(self, text: str) -> None:
        """Take a message."""
        if self._over:
            return
        try:
            if not self._rate.allows():
                raise ConnectionClosed(CloseCode.TOO_MANY_REQUESTS, "You send messages too fast")
            later = self._take(read_message(text))
            if later is not None:
                self._connection.pause_reading()
                self._step = self._start(partial(self._take_step, later))
        except Exception as exc:  # noqa: BLE001 - logged there, under the reference
            self._close_because_of(exc)

    def on_bytes(self) -> None:
        """Refuse it."""
        self._close(CloseCode.BAD_REQUEST, "Messages must be text")

    def on_lost(self) -> None:
        """End all that was started."""
        self._end()
        self._parts.limits.leave_from(self._handshake.address)

    async def _take_step(self, later: Later) -> None:
        await later()
        self._step = None
        self._connection.resume_reading()

    # The messages

    def _take(self, message: dict[str, Any]) -> Later | None:
        match message.get("type"):
            case MessageType.CONNECTION_INIT:
                return self._init(message)
            case MessageType.PING:
                return self._answer_ping(payload_of(message))
            case MessageType.PONG:
                payload_of(message)
            case MessageType.SUBSCRIBE:
                return self._subscribe(message)
            case MessageType.COMPLETE:
                running = self._operations.pop(operation_id(message), None)
                if running is not None:
                    running.cancel()
            case _:
                raise ConnectionClosed(CloseCode.BAD_REQUEST, "Unknown message type")
        return None

    def _init(self, message: Mapping[str, Any]) -> Later:
        if self._initialised:
            raise ConnectionClosed(CloseCode.TOO_MANY_REQUESTS, "Too many initialisation requests")
        self._initialised = True
        self._set_timer(None)
        return partial(self._sign_in, payload_of(message))

    async def _sign_in(self, parameters: Mapping[str, Any]) -> None:
        viewer = await self._authenticate(parameters)
        try:
            self._parts.limits.enter(viewer.id)
        except TooManyConnections:
            raise ConnectionClosed(
                CloseCode.TOO_MANY_REQUESTS, "You have too many connections"
            ) from None
        self._viewer = viewer
        self._resume = resume_cursors(parameters)
        self._await_expiry()
        if viewer.link is not None:
            self._revocation = self._start(partial(self._await_revocation, viewer.link))
        await self._send_when_writable(ACKNOWLEDGED)

    def _answer_ping(self, payload: Mapping[str, Any]) -> Later | None:
        """Answer; a ping with a new token renews the connection (docs/protocol.md)."""
        if self._viewer is not None and "authorization" in payload:
            return partial(self._renew, self._viewer, payload)
        return self._send(PONG)

    async def _renew(self, viewer: Viewer, payload: Mapping[str, Any]) -> None:
        renewed = await self._authenticate(payload)
        if not renewed.has_rights_of(viewer):
            # What runs was begun with the old rights.
            raise ConnectionClosed(CloseCode.FORBIDDEN, "Forbidden: a token of other rights")
        self._viewer = renewed
        self._await_expiry()
        await self._send_when_writable(PONG)

    async def _authenticate(self, parameters: Mapping[str, Any]) -> Viewer:
        try:
            viewer = await self._parts.authenticator.authenticate(
                self._handshake.authorization,
                connection_params=parameters,
                local_viewer=self._handshake.local_viewer,
            )
        except AuthenticationFailed:
            raise ConnectionClosed(CloseCode.FORBIDDEN, "Forbidden: not signed in") from None
        if self._over:
            raise ClientLeft
        return viewer

    def _subscribe(self, message: Mapping[str, Any]) -> Later | None:
        id = operation_id(message)
        if self._viewer is None:
            raise ConnectionClosed(CloseCode.UNAUTHORIZED, "Unauthorized")
        if id in self._operations:
            raise ConnectionClosed(
                CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {id} already exists"
            )
        operation = Operation(
            id,
            message.get("payload"),
            executor=self._parts.executor,
            live=self._parts.live,
            rates=self._parts.limits.rates,
            outlet=self._connection,
            forget=self._forget,
        )
        if len(self._operations) >= self._parts.rules.subscriptions:
            return self._send(too_many(id, "on one connection"))
        context = self._parts.make_context(self._viewer, id, self._resume)
        self._operations[id] = self._start(partial(self._run, operation, context))
        return None

    async def _run(self, operation: Operation, context: Context) -> None:
        follower: JobFollower | None = None
        try:
            self._parts.limits.enter_subscription(context.viewer.id)
        except TooManySubscriptions:
            self._forget(operation.id)
            await self._send_when_writable(too_many(operation.id, "of one viewer"))
            return
        try:
            follower = await operation.run(context, self)
        finally:
            if follower is None:
                self._parts.limits.leave_subscription(context.viewer.id)
        if follower is not None and not follower.over:
            self._operations[operation.id] = follower

    # What operations tell that run without a task

    def operation_ended(self, id: str, error: Exception | None) -> None:
        """Nothing more will come of it."""
        self._forget(id)
        if error is None:
            self._connection.send(message_of(id, MessageType.COMPLETE))
        elif isinstance(error, ConnectionClosed | ClientLeft):
            self._close_because_of(error)
        else:
            self._connection.send(message_of(id, MessageType.ERROR, refusal(error).errors))

    def leave_subscription(self) -> None:
        """One of the viewer's is over."""
        assert self._viewer is not None  # noqa: S101 - else there was none
        self._parts.limits.leave_subscription(self._viewer.id)

    def _forget(self, id: str) -> None:
        self._operations.pop(id, None)

    def _send(self, message: bytes) -> Later | None:
        if self._connection.writable:
            self._connection.send(message)
            return None
        return partial(self._send_when_writable, message)

    async def _send_when_writable(self, message: bytes) -> None:
        await self._connection.until_writable()
        self._connection.send(message)

    # What ends it

    def _init_is_late(self) -> None:
        self._close(CloseCode.TIMEOUT, "Connection initialisation timeout")

    def _await_expiry(self) -> None:
        """Close the connection when the viewer's token has expired and no new one came."""
        expires = self._viewer.expires_at if self._viewer is not None else None
        if expires is None:
            self._set_timer(None)
            return
        left = (expires - datetime.now(UTC)).total_seconds()
        if left <= 0:
            self._close(CloseCode.FORBIDDEN, "Forbidden: the token has expired")
        else:
            self._set_timer(left, self._await_expiry)

    async def _await_revocation(self, link: WatchLink) -> None:
        await self._parts.revoked(link)
        raise ConnectionClosed(CloseCode.FORBIDDEN, "Forbidden: the watch link was revoked")

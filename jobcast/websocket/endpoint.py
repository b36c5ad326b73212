"""The WebSocket side of `/graphql`: who may connect, and in which subprotocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from starlette.websockets import WebSocket

from jobcast.auth.authenticator import LOCAL_VIEWER_HEADER, Authenticator
from jobcast.connection_limits import ConnectionLimits, TooManyConnections
from jobcast.execution import Executor
from jobcast.live.subscriptions import LiveSubscriptions
from jobcast.origins import is_allowed_origin
from jobcast.websocket.asgi_connection import AsgiConnection
from jobcast.websocket.connection import Connection
from jobcast.websocket.denial import deny
from jobcast.websocket.protocol import SUBPROTOCOL, CloseCode
from jobcast.websocket.session import Handshake, Session
from jobcast.websocket.session_life import ConnectionRules, MakeContext, Revoked, SessionParts
from jobcast.websocket.session_tasks import SessionTasks
from schema.error_codes import ErrorCode

# An ASGI extension of our server (jobcast.websocket_protocol): its `take_over` makes the accepted
# connection one that lives on when the ASGI call has returned.
TAKE_OVER = "jobcast.take_over"


class WebSocketEndpoint:
    """Accepts graphql-transport-ws connections from allowed pages, and serves them."""

    def __init__(
        self,
        *,
        executor: Executor,
        live: LiveSubscriptions,
        authenticator: Authenticator,
        revoked: Revoked,
        make_context: MakeContext,
        limits: ConnectionLimits,
        rules: ConnectionRules,
        allowed_origins: Collection[str],
        message_bytes: int,
        stall: timedelta,
    ) -> None:
        self._make_parts = partial(
            SessionParts,
            executor=executor,
            live=live,
            authenticator=authenticator,
            revoked=revoked,
            make_context=make_context,
            limits=limits,
            rules=rules,
        )
        self._parts: SessionParts | None = None  # while it runs
        self._limits = limits
        self._allowed_origins = frozenset(allowed_origins)
        self._message_bytes = message_bytes
        self._stall = stall

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connections can be served within the block; what they run is ended after it."""
        tasks = SessionTasks()
        self._parts = self._make_parts(tasks=tasks)
        try:
            yield
        finally:
            await tasks.close()

    async def __call__(self, websocket: WebSocket) -> None:
        """Serve one connection, or hand it to the server that goes on with it."""
        if not is_allowed_origin(websocket.headers, self._allowed_origins):
            await deny(
                websocket,
                403,
                "This web page may not connect: name its origin in JOBCAST_ALLOWED_ORIGINS.",
                ErrorCode.FORBIDDEN,
            )
            return
        address = websocket.client.host if websocket.client else "a unix socket"
        try:
            self._limits.enter_from(address)
        except TooManyConnections:
            await deny(
                websocket,
                429,
                "Your address holds as many connections as one may; close one first.",
                ErrorCode.TOO_MANY_CONNECTIONS,
            )
            return
        accepted = False
        try:
            subprotocol = SUBPROTOCOL if SUBPROTOCOL in websocket["subprotocols"] else None
            await websocket.accept(subprotocol=subprotocol)
            accepted = True
        finally:
            if not accepted:
                self._limits.leave_from(address)
        await self._serve(websocket, address, speaks=subprotocol is not None)

    async def _serve(self, websocket: WebSocket, address: str, *, speaks: bool) -> None:
        """Returns at once if the server goes on with the connection."""
        parts, headers = self._parts, websocket.headers
        assert parts is not None  # noqa: S101 - the lifespan has begun
        handshake = Handshake(
            address, headers.get("authorization"), headers.get(LOCAL_VIEWER_HEADER.lower())
        )

        def make_session(connection: Connection) -> Session:
            if not speaks:
                connection.close(
                    CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE,
                    f"Subprotocol not acceptable; offer {SUBPROTOCOL}",
                )
            return Session(connection, parts, handshake)

        take_over = (websocket.scope.get("extensions") or {}).get(TAKE_OVER)
        if take_over is not None:
            take_over["take_over"](make_session)
        else:
            connection = AsgiConnection(
                websocket, message_bytes=self._message_bytes, stall=self._stall
            )
            await connection.serve(make_session)

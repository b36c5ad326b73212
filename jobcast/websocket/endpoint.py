"""The WebSocket side of `/graphql`: who may connect, and in which subprotocol."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from starlette.websockets import WebSocket

from jobcast.auth.authenticator import Authenticator
from jobcast.connection_limits import ConnectionLimits, TooManyConnections
from jobcast.execution import Executor
from jobcast.origins import is_allowed_origin
from jobcast.websocket.channel import MessageChannel
from jobcast.websocket.connection import Connection, ConnectionRules, MakeContext, Revoked
from jobcast.websocket.denial import deny
from jobcast.websocket.protocol import SUBPROTOCOL, CloseCode
from schema.error_codes import ErrorCode


class WebSocketEndpoint:
    """Accepts graphql-transport-ws connections from allowed pages, and serves them."""

    def __init__(
        self,
        *,
        executor: Executor,
        authenticator: Authenticator,
        revoked: Revoked,
        make_context: MakeContext,
        limits: ConnectionLimits,
        rules: ConnectionRules,
        allowed_origins: Collection[str],
        message_bytes: int,
        stall: timedelta,
    ) -> None:
        self._executor = executor
        self._authenticator = authenticator
        self._revoked = revoked
        self._make_context = make_context
        self._limits = limits
        self._rules = rules
        self._allowed_origins = frozenset(allowed_origins)
        self._message_bytes = message_bytes
        self._stall = stall

    async def __call__(self, websocket: WebSocket) -> None:
        """Serve one connection."""
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
            with self._limits.hold_from(address):
                await self._serve(websocket)
        except TooManyConnections:
            await deny(
                websocket,
                429,
                "Your address holds as many connections as one may; close one first.",
                ErrorCode.TOO_MANY_CONNECTIONS,
            )

    async def _serve(self, websocket: WebSocket) -> None:
        channel = MessageChannel(websocket, message_bytes=self._message_bytes, stall=self._stall)
        if SUBPROTOCOL not in websocket["subprotocols"]:
            await websocket.accept()
            await channel.close(
                CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE,
                f"Subprotocol not acceptable; offer {SUBPROTOCOL}",
            )
            return
        await websocket.accept(subprotocol=SUBPROTOCOL)
        await Connection(
            channel,
            headers=websocket.headers,
            executor=self._executor,
            authenticator=self._authenticator,
            revoked=self._revoked,
            make_context=self._make_context,
            limits=self._limits,
            rules=self._rules,
        ).serve()

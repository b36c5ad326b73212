"""`OwnNames`: answers requests only to names that are the server's own."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from jobcast.error_response import error_response
from jobcast.websocket.denial import deny
from schema.error_codes import ErrorCode

_REFUSAL = (
    "This server signs in whoever reaches it, so it answers to its own names only: ask for "
    "localhost, or configure tokens (JOBCAST_JWT_SECRET or JOBCAST_JWKS_URL)."
)


class OwnNames:
    """Keeps out pages whose foreign name resolves to this machine (DNS rebinding)."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        """`names`: hosts without a port, IPv6 addresses without brackets."""
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 400."""
        if scope["type"] == "lifespan" or _host(Headers(scope=scope)) in self._names:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await deny(WebSocket(scope, receive, send), 400, _REFUSAL, ErrorCode.BAD_REQUEST)
        else:
            await error_response(400, _REFUSAL, ErrorCode.BAD_REQUEST)(scope, receive, send)


def _host(headers: Headers) -> str | None:
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return None

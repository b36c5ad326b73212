"""Refuses a handshake in words, over HTTP.

Source: ASGI, "WebSocket Denial Response".
"""

from __future__ import annotations

from starlette.websockets import WebSocket

from jobcast.error_response import error_response
from schema.error_codes import ErrorCode

_EXTENSION = "websocket.http.response"


async def deny(websocket: WebSocket, status: int, message: str, code: ErrorCode) -> None:
    """Answer with this status and the error; a server without the extension says 403 only.

    To be called before the connection is accepted, so that it costs no more than a request.
    """
    if _EXTENSION in (websocket.scope.get("extensions") or {}):
        await websocket.send_denial_response(error_response(status, message, code))
    else:
        await websocket.close()

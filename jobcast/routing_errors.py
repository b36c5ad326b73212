"""Answers to requests that no route takes: in the shape of all other errors."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from jobcast.error_response import error_response
from jobcast.websocket.denial import deny
from schema.error_codes import ErrorCode

_NO_SUCH_PATH = "There is nothing at this path. The API is at /graphql."


async def routing_error(request: Request, exc: Exception) -> Response:
    """What Starlette's router refuses (404 for a path, 405 for a method), as a GraphQL error."""
    assert isinstance(exc, HTTPException)  # noqa: S101 - it is registered for no other
    headers = dict(exc.headers or {})
    if exc.status_code == 404:
        return error_response(404, _NO_SUCH_PATH, ErrorCode.NOT_FOUND, headers)
    message = exc.detail
    if exc.status_code == 405:
        # Starlette gives them in any order, and HEAD with every GET.
        allowed = set(headers.get("Allow", "").split(", ")) - {"HEAD"}
        headers["Allow"] = ", ".join(sorted(allowed))
        message = f"Not by {request.method}. Use {' or '.join(sorted(allowed))}."
    return error_response(exc.status_code, message, ErrorCode.BAD_REQUEST, headers)


async def no_such_websocket(websocket: WebSocket) -> None:
    """The same to a handshake, which Starlette would refuse without a word."""
    await deny(websocket, 404, _NO_SUCH_PATH, ErrorCode.NOT_FOUND)

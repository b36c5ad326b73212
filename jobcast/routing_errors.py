"""Answers to requests that no route takes: in the shape of all other errors."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schema.error_codes import ErrorCode


async def routing_error(request: Request, exc: Exception) -> Response:
    """What Starlette's router refuses (404 for a path, 405 for a method), as a GraphQL error."""
    assert isinstance(exc, HTTPException)  # noqa: S101 - it is registered for no other
    error: dict[str, Any] = {"message": exc.detail, "extensions": {"code": ErrorCode.BAD_REQUEST}}
    headers = dict(exc.headers or {})
    if exc.status_code == 404:
        error["message"] = "There is nothing at this path. The API is at /graphql."
        error["extensions"]["code"] = ErrorCode.NOT_FOUND
    elif exc.status_code == 405:
        # Starlette gives them in any order, and HEAD with every GET.
        allowed = set(headers.get("Allow", "").split(", ")) - {"HEAD"}
        headers["Allow"] = ", ".join(sorted(allowed))
        error["message"] = f"Not by {request.method}. Use {' or '.join(sorted(allowed))}."
    return JSONResponse({"errors": [error]}, exc.status_code, headers)

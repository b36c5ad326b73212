"""Refusals of requests that no operation came of: in the shape of all other errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from schema.error_codes import ErrorCode


def errors_body(message: str, code: ErrorCode) -> dict[str, Any]:
    """A response to GraphQL with this one error."""
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def error_response(
    status: int, message: str, code: ErrorCode, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer with this status."""
    return JSONResponse(errors_body(message, code), status, headers)

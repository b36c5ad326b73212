"""Errors as clients see them: those meant for them as they are, faults masked."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Any

from graphql import GraphQLError

from broadcaster.errors import BackendFull, BackendUnavailable
from schema.error_codes import ErrorCode
from schema.errors import SchemaError
from schema.quoting import bounded
from tasks.errors import QueueFull, QueueUnavailable
from tasks.files.errors import StorageUnavailable

logger = logging.getLogger("jobcast.graphql")

_AWAY = (QueueFull, QueueUnavailable, BackendFull, BackendUnavailable, StorageUnavailable)


class RequestRefused(Exception):
    """The operation did not run; `errors` says why, as entries of a response's `errors`.

    `retry_after`: when it may be asked again, if it was refused for coming too soon.
    """

    def __init__(
        self, errors: list[dict[str, Any]], *, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors
        self.retry_after = retry_after

    @classmethod
    def because(cls, message: str, code: ErrorCode = ErrorCode.BAD_REQUEST) -> RequestRefused:
        """One reason."""
        return cls([{"message": message, "extensions": {"code": code}}])


def malformed(error: GraphQLError) -> dict[str, Any]:
    """An entry of `errors` for what is wrong with the request itself."""
    formatted: dict[str, Any] = dict(error.formatted)
    code = {"code": ErrorCode.BAD_REQUEST, **formatted.get("extensions", {})}
    return {**formatted, "message": bounded(error.message), "extensions": code}


def visible_error(error: GraphQLError) -> dict[str, Any]:
    """An entry of `errors`.

    An exception that nobody raised for clients becomes "Internal server error" with a
    correlation id, under which the log has it whole.
    """
    formatted = malformed(error)  # such as a null for an argument that must not be null
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        formatted = {**formatted, "extensions": malformed(cause)["extensions"]}
        cause = cause.original_error
    if cause is None:
        return formatted
    if isinstance(cause, SchemaError):
        return {**formatted, "message": str(cause), "extensions": {"code": ErrorCode.UNREADABLE}}
    return {**formatted, **masked_fault(cause)}


def masked_fault(cause: BaseException) -> dict[str, Any]:
    """Message and extensions for a fault, which is logged here."""
    correlation_id = secrets.token_hex(8)  # 64 bits: no two in a log that anyone keeps
    if isinstance(cause, _AWAY):
        logger.warning("Answered SERVICE_UNAVAILABLE: %s Correlation id %s", cause, correlation_id)
        return {
            "message": "A service that this needs does not answer. Try again in a moment.",
            "extensions": {"code": ErrorCode.SERVICE_UNAVAILABLE, "correlationId": correlation_id},
        }
    logger.error("Internal server error, correlation id %s", correlation_id, exc_info=cause)
    return {
        "message": "Internal server error",
        "extensions": {"code": ErrorCode.INTERNAL_SERVER_ERROR, "correlationId": correlation_id},
    }

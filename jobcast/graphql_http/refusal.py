"""A request that is refused before its operation runs."""

from __future__ import annotations

from collections.abc import Mapping

from jobcast.auth.errors import NOT_SIGNED_IN
from schema.error_codes import ErrorCode


class HttpRefusal(Exception):
    """Answered with this status, and the message as a GraphQL error."""

    def __init__(
        self,
        status: int,
        message: str,
        code: ErrorCode = ErrorCode.BAD_REQUEST,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})


def unauthenticated() -> HttpRefusal:
    """RFC 6750, section 3: the challenge names the scheme, and here nothing more."""
    return HttpRefusal(
        401,
        NOT_SIGNED_IN,
        ErrorCode.UNAUTHENTICATED,
        {"WWW-Authenticate": 'Bearer realm="jobcast"'},
    )

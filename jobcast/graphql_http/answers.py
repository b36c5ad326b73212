"""Answers in JSON, as ASGI applications: a result, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from jobcast.error_response import errors_body
from jobcast.graphql_http.media_types import GRAPHQL, JSON
from jobcast.graphql_http.refusal import HttpRefusal
from jobcast.request_errors import RequestRefused
from schema.error_codes import ErrorCode

_CONTENT_TYPES = {kind: f"{kind}; charset=utf-8".encode() for kind in (JSON, GRAPHQL)}
_NO_STORE = (b"cache-control", b"no-store")


class JsonAnswer:
    """Sends a payload as JSON."""

    def __init__(
        self,
        payload: dict[str, Any],
        media_type: str | None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`media_type`: what the client accepts; what is neither form of JSON becomes JSON."""
        self.status = status
        self._body = orjson.dumps(payload)
        self._content_type = _CONTENT_TYPES.get(media_type or JSON, _CONTENT_TYPES[JSON])
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        headers = [
            (b"content-type", self._content_type),
            _NO_STORE,
            (b"content-length", b"%d" % len(self._body)),
        ]
        if self._headers:
            headers += [
                (name.lower().encode(), value.encode()) for name, value in self._headers.items()
            ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


class NoAnswer:
    """Sends nothing: the client is gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""


def not_run(refused: RequestRefused, media_type: str | None) -> JsonAnswer:
    """Why the operation did not run."""
    payload = {"errors": refused.errors}
    if refused.retry_after is None:
        # A well-formed request that cannot run: with the media type of old, 200.
        return JsonAnswer(payload, media_type, 400 if media_type != JSON else 200)
    # Whole seconds (RFC 9110, section 10.2.3).
    wait = str(math.ceil(refused.retry_after.total_seconds()))
    return JsonAnswer(payload, media_type, 429, {"Retry-After": wait})


def refused(refusal: HttpRefusal, media_type: str | None) -> JsonAnswer:
    """Why the request is none that could be run."""
    body = errors_body(refusal.message, refusal.code)
    return JsonAnswer(body, media_type, refusal.status, refusal.headers)


def too_many_uploads(media_type: str | None) -> JsonAnswer:
    """One more upload of the viewer would be too many."""
    message = "You have too many uploads; let one end."
    return refused(HttpRefusal(429, message, ErrorCode.TOO_MANY_UPLOADS), media_type)

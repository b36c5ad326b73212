"""The HTTP side of `/graphql`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Mapping
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from jobcast.auth.authenticator import LOCAL_VIEWER_HEADER, Authenticator
from jobcast.auth.errors import AuthenticationFailed
from jobcast.connection_limits import ConnectionLimits, TooManyUploads
from jobcast.execution import Executor, Prepared
from jobcast.graphql_http.body import read_body
from jobcast.graphql_http.event_stream import EventStream, Results
from jobcast.graphql_http.media_types import (
    EVENTS,
    GRAPHQL,
    JSON,
    accepts_events,
    negotiate,
    wants_page,
)
from jobcast.graphql_http.parameters import Parameters, from_json, from_query_string
from jobcast.graphql_http.refusal import HttpRefusal, unauthenticated
from jobcast.graphql_http.uploads import Uploads
from jobcast.live.subscriptions import LiveSubscriptions
from jobcast.origins import is_allowed_origin
from jobcast.read_only import check_may_change
from jobcast.request_errors import RequestRefused, masked_fault
from jobcast.websocket.session_life import MakeContext, Revoked
from resolvers.context import Context, Viewer
from schema.error_codes import ErrorCode
from tasks.files.errors import StorageUnavailable
from tasks.files.storage import FileStorage

_FOREIGN_PAGE = "This web page may not use the API: name its origin in JOBCAST_CORS_ORIGINS."

# The operation's name towards `Context.resume`: a stream has only one.
_STREAM = "stream"


class GraphQLEndpoint:
    """Answers GET and POST, to the GraphQL over HTTP specification."""

    def __init__(
        self,
        *,
        executor: Executor,
        live: LiveSubscriptions,
        authenticator: Authenticator,
        revoked: Revoked,
        make_context: MakeContext,
        storage: FileStorage,
        limits: ConnectionLimits,
        allowed_origins: Collection[str],
        page: str,
        message_bytes: int,
        upload_bytes: int,
        stall: timedelta,
        stopping: asyncio.Event,
    ) -> None:
        self._executor = executor
        self._live = live
        self._authenticator = authenticator
        self._revoked = revoked
        self._make_context = make_context
        self._storage = storage
        self._limits = limits
        self._allowed_origins = frozenset(allowed_origins)
        self._page = page
        self._message_bytes = message_bytes
        self._upload_bytes = upload_bytes
        self._stall = stall
        self._stopping = stopping

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        accept = request.headers.get("accept")
        if request.method == "GET" and "query" not in request.query_params and wants_page(accept):
            return HTMLResponse(self._page)
        media_type = negotiate(accept)
        try:
            if not is_allowed_origin(request.headers, self._allowed_origins):
                # A browser would not show the answer to that page; nor need it be worked out.
                raise HttpRefusal(403, _FOREIGN_PAGE, ErrorCode.FORBIDDEN)
            if request.method not in {"GET", "POST"}:
                raise HttpRefusal(405, "Use GET or POST.", headers={"Allow": "GET, POST"})
            if "content-encoding" in request.headers:
                raise HttpRefusal(415, "Send the body without compression.")
            if media_type is None:
                raise HttpRefusal(406, f"Accept {GRAPHQL}, {JSON} or, for subscriptions, {EVENTS}.")
            viewer = await self._viewer(request)
            if _content_type(request) == "multipart/form-data" and request.method == "POST":
                with self._limits.hold_upload(viewer.id):
                    return await self._upload(request, viewer, media_type)
            parameters = await self._parameters(request)
            return await self._answer(request, viewer, parameters, media_type)
        except HttpRefusal as refusal:
            return _refused(refusal, media_type or JSON)
        except RequestRefused as refused:
            return _not_run(refused, media_type)
        except TooManyUploads:
            return _refused(_too_many_uploads(), media_type or JSON)
        except StorageUnavailable as exc:
            return _json({"errors": [masked_fault(exc)]}, media_type, 503)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody will read it
        except Exception as exc:  # noqa: BLE001 - the last place that can mask a fault
            return _json({"errors": [masked_fault(exc)]}, media_type, 500)

    async def _viewer(self, request: Request) -> Viewer:
        try:
            return await self._authenticator.authenticate(
                request.headers.get("authorization"),
                local_viewer=request.headers.get(LOCAL_VIEWER_HEADER),
            )
        except AuthenticationFailed:
            raise unauthenticated() from None

    async def _parameters(self, request: Request) -> Parameters:
        if request.method == "GET":
            return from_query_string(request)
        content_type = _content_type(request)
        if content_type != "application/json":
            # A foreign page can send forms and text without a preflight, so they are refused.
            raise HttpRefusal(
                415, "Send `Content-Type: application/json`, or `multipart/form-data` with files."
            )
        charset = _charset(request)
        if charset not in {"", "utf-8", "utf8"}:
            raise HttpRefusal(415, "Send UTF-8.")
        return from_json(await read_body(request, self._message_bytes, self._stall))

    async def _upload(self, request: Request, viewer: Viewer, media_type: str) -> Response:
        check_may_change(viewer)
        uploads = Uploads(
            self._storage,
            viewer.id,
            json_bytes=self._message_bytes,
            bytes=self._upload_bytes,
            stall=self._stall,
        )
        kept: set[str] = set()
        try:
            parameters = await uploads.read(request)
            prepared = await self._prepare(request, parameters, viewer)
            if media_type == EVENTS or prepared.operation_type is OperationType.SUBSCRIPTION:
                raise HttpRefusal(400, "An upload goes with a mutation, answered as JSON.")
            context = self._make_context(viewer, None, {})
            kept = context.kept_files
            return _json(await self._executor.execute(prepared, context), media_type)
        finally:
            await uploads.discard(kept)

    async def _answer(
        self, request: Request, viewer: Viewer, parameters: Parameters, media_type: str
    ) -> Response:
        prepared = await self._prepare(request, parameters, viewer)
        subscription = prepared.operation_type is OperationType.SUBSCRIPTION
        # Some clients name the same types for every operation; only one fits a subscription.
        if media_type == EVENTS or (subscription and accepts_events(request.headers.get("accept"))):
            return self._stream(request, viewer, prepared)
        if subscription:
            raise HttpRefusal(406, f"A subscription needs `Accept: {EVENTS}`, or a WebSocket.")
        context = self._make_context(viewer, None, {})
        return _json(await self._executor.execute(prepared, context), media_type)

    async def _prepare(self, request: Request, parameters: Parameters, viewer: Viewer) -> Prepared:
        await self._limits.rates.budget(viewer.id).next_turn()
        with self._limits.rates.reading_for(viewer.id):
            prepared = self._executor.prepare(
                parameters.query, parameters.operation_name, parameters.variables
            )
        if request.method == "GET" and prepared.operation_type is OperationType.MUTATION:
            raise HttpRefusal(405, "Mutations need POST.", headers={"Allow": "POST"})
        return prepared

    def _stream(self, request: Request, viewer: Viewer, prepared: Prepared) -> Response:
        last = request.headers.get("last-event-id")
        resume: Mapping[str, str] = {_STREAM: last} if last else {}
        context = self._make_context(viewer, _STREAM, resume)
        address = request.client.host if request.client else "a unix socket"
        if not self._limits.has_room_for_stream(viewer.id, address):
            raise HttpRefusal(429, "You have too many connections.", ErrorCode.TOO_MANY_CONNECTIONS)
        return EventStream(
            lambda: self._results(prepared, context),
            held=self._limits.hold_stream(viewer.id, address),
            stall_seconds=self._stall.total_seconds(),
            expires_at=viewer.expires_at,
            revoked=partial(self._revoked, viewer.link) if viewer.link else None,
            stopping=self._stopping,
        )

    async def _results(self, prepared: Prepared, context: Context) -> Results:
        if prepared.operation_type is not OperationType.SUBSCRIPTION:
            yield orjson.dumps(await self._executor.execute(prepared, context)), None
            return
        async with aclosing(self._live.stream(prepared, context)) as answers:
            async for payload, cursor in answers:
                yield payload.json, cursor


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _charset(request: Request) -> str:
    parameters = request.headers.get("content-type", "").lower().partition(";")[2]
    name, _, value = parameters.strip().partition("=")
    return value.strip('" ') if name == "charset" else ""


def _json(payload: dict[str, Any], media_type: str | None, status: int = 200) -> Response:
    kind = media_type if media_type in {JSON, GRAPHQL} else JSON
    return Response(
        orjson.dumps(payload),
        status,
        {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "no-store"},
    )


def _too_many_uploads() -> HttpRefusal:
    return HttpRefusal(429, "You have too many uploads; let one end.", ErrorCode.TOO_MANY_UPLOADS)


def _not_run(refused: RequestRefused, media_type: str | None) -> Response:
    payload = {"errors": refused.errors}
    if refused.retry_after is None:
        # A well-formed request that cannot run: with the media type of old, 200.
        return _json(payload, media_type, 400 if media_type != JSON else 200)
    response = _json(payload, media_type, 429)
    # Whole seconds (RFC 9110, section 10.2.3).
    response.headers["Retry-After"] = str(math.ceil(refused.retry_after.total_seconds()))
    return response


def _refused(refusal: HttpRefusal, media_type: str) -> Response:
    error = {"message": refusal.message, "extensions": {"code": refusal.code}}
    response = _json({"errors": [error]}, media_type, refusal.status)
    response.headers.update(refusal.headers)
    return response

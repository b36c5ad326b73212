"""The HTTP side of `/graphql`."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import aclosing
from datetime import timedelta
from functools import partial

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from broadcaster.patience import Patience
from jobcast.auth.authenticator import LOCAL_VIEWER_HEADER, Authenticator
from jobcast.auth.errors import AuthenticationFailed
from jobcast.connection_limits import ConnectionLimits, TooManyUploads
from jobcast.execution import Executor, Prepared
from jobcast.graphql_http.answers import (
    JsonAnswer,
    NoAnswer,
    not_run,
    refused,
    too_many_uploads,
)
from jobcast.graphql_http.asked import Asked
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

_LOCAL_VIEWER = LOCAL_VIEWER_HEADER.lower()


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
        page: ASGIApp,
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
        self._patience = Patience(stall)
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI: docs/decisions/0018-the-way-of-a-request.md."""
        answer = await self._answer_to(Asked(scope, receive))
        await answer(scope, receive, send)

    async def _answer_to(self, request: Asked) -> ASGIApp:
        accept = request.fields.get("accept")
        if request.method == "GET" and "query" not in request.query_params and wants_page(accept):
            return self._page
        media_type = negotiate(accept)
        try:
            if not is_allowed_origin(request.fields, self._allowed_origins):
                # A browser would not show the answer to that page; nor need it be worked out.
                raise HttpRefusal(403, _FOREIGN_PAGE, ErrorCode.FORBIDDEN)
            if request.method not in {"GET", "POST"}:
                raise HttpRefusal(405, "Use GET or POST.", headers={"Allow": "GET, POST"})
            if "content-encoding" in request.fields:
                raise HttpRefusal(415, "Send the body without compression.")
            if media_type is None:
                raise HttpRefusal(406, f"Accept {GRAPHQL}, {JSON} or, for subscriptions, {EVENTS}.")
            viewer = await self._viewer(request)
            if request.content_type == "multipart/form-data" and request.method == "POST":
                with self._limits.hold_upload(viewer.id):
                    return await self._upload(request, viewer, media_type)
            parameters = await self._parameters(request)
            return await self._answer(request, viewer, parameters, media_type)
        except HttpRefusal as refusal:
            return refused(refusal, media_type)
        except RequestRefused as refusal:
            return not_run(refusal, media_type)
        except TooManyUploads:
            return too_many_uploads(media_type)
        except StorageUnavailable as exc:
            return JsonAnswer({"errors": [masked_fault(exc)]}, media_type, 503)
        except ClientDisconnect:
            return NoAnswer()
        except Exception as exc:  # noqa: BLE001 - the last place that can mask a fault
            return JsonAnswer({"errors": [masked_fault(exc)]}, media_type, 500)

    async def _viewer(self, request: Asked) -> Viewer:
        try:
            return await self._authenticator.authenticate(
                request.fields.get("authorization"),
                local_viewer=request.fields.get(_LOCAL_VIEWER),
            )
        except AuthenticationFailed:
            raise unauthenticated() from None

    async def _parameters(self, request: Asked) -> Parameters:
        if request.method == "GET":
            return from_query_string(request)
        if request.content_type != JSON:
            # A foreign page can send forms and text without a preflight, so they are refused.
            raise HttpRefusal(
                415, "Send `Content-Type: application/json`, or `multipart/form-data` with files."
            )
        if request.charset not in {"", "utf-8", "utf8"}:
            raise HttpRefusal(415, "Send UTF-8.")
        return from_json(await read_body(request, self._message_bytes, self._patience))

    async def _upload(self, request: Asked, viewer: Viewer, media_type: str) -> ASGIApp:
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
            return JsonAnswer(await self._executor.execute(prepared, context), media_type)
        finally:
            await uploads.discard(kept)

    async def _answer(
        self, request: Asked, viewer: Viewer, parameters: Parameters, media_type: str
    ) -> ASGIApp:
        prepared = await self._prepare(request, parameters, viewer)
        subscription = prepared.operation_type is OperationType.SUBSCRIPTION
        # Some clients name the same types for every operation; only one fits a subscription.
        if media_type == EVENTS or (subscription and accepts_events(request.fields.get("accept"))):
            return self._stream(request, viewer, prepared)
        if subscription:
            raise HttpRefusal(406, f"A subscription needs `Accept: {EVENTS}`, or a WebSocket.")
        context = self._make_context(viewer, None, {})
        return JsonAnswer(await self._executor.execute(prepared, context), media_type)

    async def _prepare(self, request: Asked, parameters: Parameters, viewer: Viewer) -> Prepared:
        await self._limits.rates.admit(viewer.id)
        with self._limits.rates.reading_for(viewer.id):
            prepared = self._executor.prepare(
                parameters.query, parameters.operation_name, parameters.variables
            )
        if request.method == "GET" and prepared.operation_type is OperationType.MUTATION:
            raise HttpRefusal(405, "Mutations need POST.", headers={"Allow": "POST"})
        return prepared

    def _stream(self, request: Asked, viewer: Viewer, prepared: Prepared) -> ASGIApp:
        last = request.fields.get("last-event-id")
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

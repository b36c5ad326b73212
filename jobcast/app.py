"""The application: the API's parts, put together from the settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from broadcaster.pipeline import ValkeyPipeline
from broadcaster.valkey import ValkeyBroadcaster
from jobcast.auth.authenticator import LOCAL_VIEWER_HEADER
from jobcast.auth.build import build_authenticator
from jobcast.auth.link_authenticator import LinkAuthenticator
from jobcast.connection_limits import ConnectionLimits
from jobcast.console.site import ConsoleSite
from jobcast.durability import warn_of_losses
from jobcast.errors import InvalidSettings
from jobcast.execution import Executor
from jobcast.file_storage import link_secret, open_link_signer, open_storage
from jobcast.files_route import FilesRoute
from jobcast.graphql import build_schema
from jobcast.graphql_http.endpoint import GraphQLEndpoint
from jobcast.health import healthz, readyz
from jobcast.live.subscriptions import LiveSubscriptions
from jobcast.own_names import OwnNames
from jobcast.query_limits import QueryLimits
from jobcast.redis_connection import Role, close, connect
from jobcast.routing_errors import no_such_websocket, routing_error
from jobcast.security_headers import SecurityHeaders
from jobcast.settings import Settings
from jobcast.shortcut import ShortcutApplication
from jobcast.task_modules import load_tasks
from jobcast.websocket.endpoint import WebSocketEndpoint
from jobcast.websocket.session_life import ConnectionRules
from resolvers.context import Context, Services, Viewer
from schema.generated import GeneratedTypes
from tasks.client import JobClient
from tasks.counters import JobCounters
from tasks.files.ledger import FileLedger
from tasks.options import EnqueueLimits
from tasks.overviews import Overviews
from tasks.queue.queue import JobQueue
from tasks.watch_links import WatchLinks

PATH = "/graphql"


def create_app(settings: Settings) -> ShortcutApplication:
    """The ASGI application; it starts and ends its parts in its lifespan.

    It starts while Valkey is away, too: `/readyz` says so, and requests get a typed error.

    Raises:
        InvalidSettings: No server or no tasks are named, or a setting cannot be used.
        UnsafeExposure: Strangers could use the API.
    """
    if settings.redis_url is None:
        raise InvalidSettings(["JOBCAST_REDIS_URL is not set: the API needs a server"])
    # Before the first request, and before anything is started: mistakes show at once.
    known = build_authenticator(settings)
    types = GeneratedTypes(load_tasks(settings.tasks))
    schema = build_schema(types)
    executor = Executor(
        schema,
        QueryLimits(
            settings.query_tokens,
            settings.query_depth,
            settings.query_aliases,
            settings.query_fields,
            settings.query_cost,
        ),
        timeout=settings.execution_timeout,
        introspection=settings.introspection,
    )
    redis = connect(settings.redis_url, Role.API)
    pipeline = ValkeyPipeline(redis)
    ledger = FileLedger(pipeline, int(settings.storage_bytes_per_viewer))
    storage, links = open_storage(settings, ledger), open_link_signer(settings)
    broadcaster = ValkeyBroadcaster(redis, pipeline)
    queues = {name: JobQueue(redis, name, pipeline) for name in types.registry.queues}
    counters = JobCounters(queues, broadcaster)
    watch_links = WatchLinks(queues, link_secret(settings))
    authenticator = LinkAuthenticator(known, watch_links)
    services = Services(
        registry=types.registry,
        types=types,
        jobs=JobClient(queues, settings.idempotency_lifetime),
        broadcaster=broadcaster,
        overviews=Overviews(queues),
        counters=counters,
        files=storage,
        links=links,
        watch_links=watch_links,
        link_lifetime=settings.link_ttl,
        watch_link_lifetime=settings.watch_link_ttl,
        enqueue_limits=EnqueueLimits(
            settings.waiting_jobs_per_viewer, settings.enqueues_per_minute
        ),
        input_bytes=int(settings.input_bytes),
    )

    def make_context(
        viewer: Viewer, operation_id: str | None, resume: Mapping[str, str]
    ) -> Context:
        return Context(viewer, services, operation_id, resume)

    @asynccontextmanager
    async def lifespan(_: ShortcutApplication) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(close, redis)
            await stack.enter_async_context(known)
            await stack.enter_async_context(pipeline)
            for queue in queues.values():
                await stack.enter_async_context(queue)
            await stack.enter_async_context(broadcaster)
            await stack.enter_async_context(counters)
            await stack.enter_async_context(websocket.running())
            await warn_of_losses(redis)
            yield

    leaving, stopping = asyncio.Event(), asyncio.Event()
    limits = ConnectionLimits(
        settings.connections_per_viewer,
        settings.connections_per_address,
        settings.subscriptions_per_viewer,
        settings.uploads_per_viewer,
        settings.operations_per_second,
    )
    live = LiveSubscriptions(
        schema._schema,  # noqa: SLF001 - graphql-core's, which is executed
        limits.rates,
        shared=settings.shared_execution,
    )
    console = ConsoleSite(on=bool(settings.console))
    graphql = GraphQLEndpoint(
        executor=executor,
        live=live,
        authenticator=authenticator,
        revoked=watch_links.revoked,
        make_context=make_context,
        storage=storage,
        limits=limits,
        allowed_origins=settings.cors_origins,
        page=console.graphiql,
        message_bytes=int(settings.message_bytes),
        upload_bytes=int(settings.upload_bytes),
        stall=settings.client_stall_timeout,
        stopping=stopping,
    )
    websocket = WebSocketEndpoint(
        executor=executor,
        live=live,
        authenticator=authenticator,
        revoked=watch_links.revoked,
        make_context=make_context,
        limits=limits,
        rules=ConnectionRules(
            settings.init_timeout,
            settings.subscriptions_per_connection,
            settings.messages_per_second,
        ),
        allowed_origins={*settings.allowed_origins, *settings.cors_origins},
        message_bytes=int(settings.message_bytes),
        stall=settings.client_stall_timeout,
    )
    guards = _middleware(settings)
    app = ShortcutApplication(
        title="Jobcast",
        redirect_slashes=False,  # it would redirect to whatever Host says
        lifespan=lifespan,
        openapi_url=None,
        middleware=guards,
        exception_handlers={HTTPException: routing_error},
        routes=[
            *_routes(graphql, websocket, FilesRoute(storage, links), readyz(redis, leaving)),
            *console.routes(),
            WebSocketRoute("/{path:path}", no_such_websocket),
        ],
    )
    app.shorten(PATH, graphql, guards)
    # The server sets the first when it is told to stop, and the second once it takes no more
    # connections: streams do not end by themselves.
    app.state.leaving, app.state.stopping = leaving, stopping
    return app


def _routes(
    graphql: GraphQLEndpoint,
    websocket: WebSocketEndpoint,
    files: FilesRoute,
    ready: Callable[[Request], Awaitable[Response]],
) -> list[BaseRoute]:
    return [
        Route(PATH, graphql, methods=["GET", "POST"]),
        WebSocketRoute(PATH, websocket.__call__),
        Route("/files/{file_id}", files.__call__),
        Route("/healthz", healthz),
        Route("/readyz", ready),
    ]


def _middleware(settings: Settings) -> list[Middleware]:
    middleware = [Middleware(SecurityHeaders)]
    if not settings.authenticates:
        own = ["localhost", "127.0.0.1", "::1", settings.host]
        middleware.append(Middleware(OwnNames, names=own))
    if settings.cors_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(settings.cors_origins),
                allow_methods=["GET", "POST"],
                allow_headers=[
                    "Authorization",
                    "Content-Type",
                    "GraphQL-Require-Preflight",
                    "Last-Event-ID",  # of an EventSource made of `fetch`
                    LOCAL_VIEWER_HEADER,
                ],
                max_age=600,  # seconds: browsers cap it at 2 h at most anyway
            )
        )
    return middleware

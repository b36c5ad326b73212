"""The API process: the application under uvicorn."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import socket
import sys

import uvicorn

from jobcast.address_limit import AddressLimit
from jobcast.app import create_app
from jobcast.exposure import check_exposure
from jobcast.http_protocol import guarded_http
from jobcast.redis_connection import Role, close, connect
from jobcast.settings import Settings
from jobcast.task_modules import load_tasks
from jobcast.valkey_access import check_access
from jobcast.websocket_protocol import guarded_websocket

logger = logging.getLogger("jobcast.api")

EXIT_FAILED = 1

# For open requests, which take 10 s at most but for uploads, and for closing connections whose
# clients do not read: with the notice, and what remains, the process is gone within 20 s.
SHUTDOWN_SECONDS = 15


def run_server(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then finish open requests, and close subscriptions (1012).

    Raises:
        UnsafeExposure: Strangers could use the API.
        ValkeyRefused: Valkey will not serve this process.
    """
    check_exposure(settings)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    app = create_app(settings)
    asyncio.run(_check_valkey(settings))
    server = _Server(
        app.state.leaving,
        app.state.stopping,
        settings.shutdown_notice.total_seconds(),
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=guarded_http(
                settings.client_stall_timeout,
                AddressLimit(settings.connections_per_address, settings.trusted_proxies),
            ),
            loop="uvloop",
            ws=guarded_websocket(settings.client_stall_timeout),
            ws_max_size=int(settings.message_bytes),
            ws_ping_interval=settings.ping_interval.total_seconds(),
            ws_ping_timeout=settings.client_stall_timeout.total_seconds(),
            ws_per_message_deflate=settings.websocket_compression,
            timeout_graceful_shutdown=min(
                SHUTDOWN_SECONDS, math.ceil(settings.drain_timeout.total_seconds())
            ),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
        ),
    )
    server.run()
    if not server.started:
        sys.exit(EXIT_FAILED)  # uvicorn has said why


async def _check_valkey(settings: Settings) -> None:
    # Not in the application's lifespan, from which uvicorn would show a traceback.
    if settings.redis_url is not None:
        redis = connect(settings.redis_url, Role.API)
        try:
            await check_access(redis, Role.API, load_tasks(settings.tasks).queues)
        finally:
            await close(redis)


def _is_news(record: logging.LogRecord) -> bool:
    # Event streams are broken off at a shutdown, and when a token expires: on purpose, for a
    # stream that ends in order would tell its client that the job has ended.
    return "without completing response" not in record.getMessage()


class _Server(uvicorn.Server):
    """Says where it listens; ends in order: `/readyz` first, then streams, then all else."""

    def __init__(
        self,
        leaving: asyncio.Event,
        stopping: asyncio.Event,
        notice_seconds: float,
        config: uvicorn.Config,
    ) -> None:
        super().__init__(config)
        self._leaving = leaving
        self._stopping = stopping
        self._notice_seconds = notice_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say where."""
        await super().startup(sockets)
        # What is there now stays: schema, modules. Looked through again and again by the garbage
        # collector, it would keep everyone waiting for 40 ms each time.
        gc.collect()
        gc.freeze()
        # A request leaves some hundred objects: by default the youngest are looked through every
        # few requests, which takes a tenth of the process's time.
        gc.set_threshold(10_000, 10, 10)
        if self.started:
            logger.info("Listening on %s, port %d", self.config.host, self.config.port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let whoever asks `/readyz` hear of it, then close everything."""
        self._leaving.set()
        await asyncio.sleep(self._notice_seconds)
        # An event stream would hold up the end.
        self._stopping.set()
        await super().shutdown(sockets)

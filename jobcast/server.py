"""The API process: the application under uvicorn."""

from __future__ import annotations

import sys

import uvicorn

from jobcast.app import create_app
from jobcast.exposure import check_exposure
from jobcast.settings import Settings

EXIT_FAILED = 1


def run_server(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then finish open requests, and close subscriptions (1012).

    Raises:
        UnsafeExposure: Strangers could use the API.
    """
    check_exposure(settings)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            http="httptools",
            loop="uvloop",
            ws="websockets-sansio",
            ws_max_size=int(settings.message_bytes),
            ws_ping_interval=settings.ping_interval.total_seconds(),
            ws_ping_timeout=settings.client_stall_timeout.total_seconds(),
            ws_per_message_deflate=False,  # costs 35 to 90 KiB a connection
            timeout_graceful_shutdown=round(settings.drain_timeout.total_seconds()),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
        )
    )
    server.run()
    if not server.started:
        sys.exit(EXIT_FAILED)  # uvicorn has said why

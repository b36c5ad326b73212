"""The API under uvicorn as it comes: no protocol class and no ASGI extension of ours.

For all that concerns WebSockets it stands for any other ASGI server.
"""

from __future__ import annotations

import uvicorn

from jobcast.app import create_app
from jobcast.logs import configure_logging
from jobcast.settings_help import load_settings

if __name__ == "__main__":
    settings = load_settings()
    configure_logging(settings.log_level, "text", "api")
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        ws="websockets-sansio",
        ws_ping_interval=None,
        log_config=None,
        timeout_graceful_shutdown=1,  # seconds
    )

"""`Shortcut`: the busiest route, found before all others."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class Shortcut:
    """Passes each POST to one path straight to its endpoint, and all else on.

    Starlette's router, its guard against exceptions and its wrapping of endpoints take 30 µs of
    a request; an endpoint that needs none of them stands in the routes as well, for other
    methods and where the application is mounted below a path.
    """

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self._app = app
        self._path = path
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        straight = (
            scope["type"] == "http" and scope["path"] == self._path and scope["method"] == "POST"
        )
        await (self._endpoint if straight else self._app)(scope, receive, send)

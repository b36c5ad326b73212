"""Headers that keep browsers from doing with our answers what they should not."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# For answers that are no pages; those of the console have policies of their own.
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

# Names in lower case, as ASGI has them.
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
_NAMES = frozenset(name for name, _ in _HEADERS)


class SecurityHeaders:
    """Adds the headers to every answer that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message["headers"])
                names = {name for name, _ in own}
                message["headers"] = own + (
                    _HEADERS
                    if names.isdisjoint(_NAMES)
                    else [pair for pair in _HEADERS if pair[0] not in names]
                )
            await send(message)

        await self._app(scope, receive, with_headers)

"""Which web pages may open a connection to the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

_ELSEWHERE = frozenset({"cross-site", "same-site"})
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def is_allowed_origin(headers: Mapping[str, str], allowed: Collection[str]) -> bool:
    """Whether the page that asks is the API's own, or one of the allowed.

    Browsers always send `Origin` with a WebSocket handshake (RFC 6455, section 10.2); a client
    that sends none is no browser, and has no cookies or local network to abuse. With a GET that
    a page does not want to read (`no-cors`), they send none either, but say from where it comes
    (Fetch Metadata, `Sec-Fetch-Site`).

    Args:
        headers: The request's, with lower-case names.
        allowed: Origins as browsers write them, `https://app.example.org`.
    """
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") not in _ELSEWHERE
    if origin in allowed:
        return True
    try:
        page = urlsplit(origin)
        port = page.port or _DEFAULT_PORTS.get(page.scheme)
        own = urlsplit(f"//{headers.get('host', '')}")
        own_port = own.port or _DEFAULT_PORTS.get(page.scheme)
    except ValueError:
        return False
    return page.hostname is not None and (page.hostname, port) == (own.hostname, own_port)

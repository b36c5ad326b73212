"""HTTP clients that cost next to nothing to make."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

# Reading the authorities takes 80 ms of CPU, which every client would spend for itself: load
# generators would measure little else.
_CONTEXT = ssl.create_default_context()


def http_client(**options: Any) -> httpx.AsyncClient:
    """An `httpx.AsyncClient` with these options."""
    return httpx.AsyncClient(verify=_CONTEXT, **options)

"""How results look as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, MutableMapping
from contextlib import nullcontext
from typing import Any

import pytest

from jobcast.graphql_http.event_stream import EventStream
from jobcast.request_errors import RequestRefused

pytestmark = pytest.mark.anyio

Result = tuple[bytes, str | None]


async def sent(
    *results: tuple[bytes, str | None] | RequestRefused,
) -> tuple[dict[bytes, bytes], bytes]:
    """Headers and body of the stream that these results make."""

    async def make() -> AsyncGenerator[Result, None]:
        for result in results:
            if isinstance(result, RequestRefused):
                raise result
            yield result

    messages: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return await asyncio.Future()  # the client stays

    stream = EventStream(
        make,
        held=nullcontext(),
        stall_seconds=5,
        expires_at=None,
        revoked=None,
        stopping=asyncio.Event(),
    )
    async with asyncio.timeout(5):
        await stream({"type": "http"}, receive, send)
    pieces = [message.get("body", b"") for message in messages]
    heartbeat = b":\n\n"
    return dict(messages[0]["headers"]), b"".join(p for p in pieces if p != heartbeat)


async def test_results_are_next_events_and_the_end_is_complete() -> None:
    headers, body = await sent(
        (b'{"data":{"job":{"offset":1}}}', "c1"), (b'{"data":{"other":1}}', None)
    )

    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert headers[b"cache-control"] == b"no-store"
    assert body == (
        b'id: c1\nevent: next\ndata: {"data":{"job":{"offset":1}}}\n\n'
        b'event: next\ndata: {"data":{"other":1}}\n\n'
        b"event: complete\ndata:\n\n"
    )


async def test_a_refused_subscription_is_one_next_with_errors() -> None:
    _, body = await sent(RequestRefused([{"message": "no"}]))

    assert body == (
        b'event: next\ndata: {"errors":[{"message":"no"}]}\n\nevent: complete\ndata:\n\n'
    )

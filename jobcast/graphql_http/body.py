"""Reads a request's body, never more of it than is allowed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

from starlette.requests import ClientDisconnect, Request

from broadcaster.patience import Patience
from jobcast.graphql_http.refusal import HttpRefusal
from jobcast.reading_watch import SLOWEST_RATE
from schema.error_codes import ErrorCode


async def read_body(request: Request, most_bytes: int, stall: Patience) -> bytearray:
    """The whole body, within the stall time.

    Raises:
        HttpRefusal: It is larger than `most_bytes`, or comes too slowly. The rest was not read.
        ClientDisconnect: It does not come any more.
    """
    body = bytearray()  # a client may send it in single bytes
    try:
        with stall.limit():
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                body += message.get("body", b"")
                if len(body) > most_bytes:
                    raise _too_large(most_bytes)
                if not message.get("more_body", False):
                    return body
    except TimeoutError:
        raise _late() from None


async def read_chunks(
    request: Request, most_bytes: int, stall: timedelta
) -> AsyncGenerator[bytes, None]:
    """The body as it arrives.

    What it may lag behind `SLOWEST_RATE` is the stall time, so that a short cut is forgiven,
    and a fast beginning earns nothing. The time that the caller takes for a chunk is not counted.

    Raises:
        HttpRefusal: It is larger than `most_bytes`, or comes too slowly. The rest was not read.
    """
    size = 0
    patience = stall.total_seconds()
    clock = asyncio.get_running_loop().time
    chunks = aiter(request.stream())
    while True:
        began = clock()
        try:
            async with asyncio.timeout(patience):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise _late() from None
        if chunk is None:
            return
        patience -= clock() - began
        patience = min(patience + len(chunk) / SLOWEST_RATE, stall.total_seconds())
        size += len(chunk)
        if size > most_bytes:
            raise _too_large(most_bytes)
        yield chunk


def _too_large(most_bytes: int) -> HttpRefusal:
    return HttpRefusal(413, f"The body is larger than {most_bytes} bytes.", ErrorCode.TOO_LARGE)


def _late() -> HttpRefusal:
    return HttpRefusal(
        408,
        f"The body did not arrive in time; send at least {SLOWEST_RATE} bytes a second.",
        ErrorCode.TIMEOUT,
    )

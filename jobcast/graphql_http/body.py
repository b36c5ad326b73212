"""Reads a request's body, never more of it than is allowed."""

from __future__ import annotations

from starlette.requests import Request

from jobcast.graphql_http.refusal import HttpRefusal


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The whole body.

    Raises:
        HttpRefusal: It is larger than `most_bytes`; the rest was not read.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most_bytes:
            raise HttpRefusal(413, f"The body is larger than {most_bytes} bytes.", "TOO_LARGE")
        chunks.append(chunk)
    return b"".join(chunks)

"""`HttpConnection`: keep-alive HTTP/1.1 with one request at a time; reads answers of known size."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

# A request that takes longer has failed: the slowest that is measured takes some 5 s.
ANSWER_SECONDS = 60.0

_END_OF_HEAD = b"\r\n\r\n"


def request(
    method: str, path: str, port: int, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """The bytes of a request to a server on this machine; a body is JSON."""
    fields = {"Host": f"127.0.0.1:{port}", "Accept": "application/json"}
    if body:
        fields |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    fields |= headers or {}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode() + _END_OF_HEAD + body


class HttpConnection(asyncio.Protocol):
    """A connection; `on_answer` is called with the status and the body of each answer.

    When the server closes the connection, `on_answer` gets status 0 once.
    """

    def __init__(self) -> None:
        self.on_answer: Callable[[int, bytes], None] | None = None
        self.closed = False
        self._buffer = b""

    @classmethod
    async def open(cls, port: int) -> HttpConnection:
        """Connect to a server on this machine."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    def send(self, request: bytes) -> None:
        """Write a request; the answer comes to `on_answer`."""
        self._transport.write(request)

    async def call(self, request: bytes) -> tuple[int, bytes]:
        """Send a request, and wait for its answer."""
        answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()

        def answered(status: int, body: bytes) -> None:
            if not answer.done():
                answer.set_result((status, body))

        self.on_answer = answered
        self._transport.write(request)
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer

    def close(self) -> None:
        """Close it, without a word to `on_answer`."""
        self.on_answer = None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self.on_answer is not None:
            told, self.on_answer = self.on_answer, None
            told(0, b"the server closed the connection")

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        answer = parse_answer(buffer)
        if answer is None:
            self._buffer = buffer
            return
        self._buffer = b""
        if self.on_answer is not None:
            self.on_answer(*answer)


def parse_answer(buffer: bytes) -> tuple[int, bytes] | None:
    """Status and body of the one answer in `buffer`; None while it is not whole."""
    end = buffer.find(_END_OF_HEAD)
    if end < 0:
        return None
    head, start = buffer[:end].lower(), end + len(_END_OF_HEAD)
    status = int(head[9:12])
    if b"\r\ntransfer-encoding: chunked" in head:
        body = _unchunk(buffer, start)
        return None if body is None else (status, body)
    _, found, rest = head.partition(b"\r\ncontent-length:")
    size = int(rest.split(b"\r\n", 1)[0]) if found else 0
    if len(buffer) < start + size:
        return None
    return status, buffer[start : start + size]


def _unchunk(buffer: bytes, start: int) -> bytes | None:
    parts: list[bytes] = []
    while True:
        line_end = buffer.find(b"\r\n", start)
        if line_end < 0:
            return None
        size = int(buffer[start:line_end].split(b";")[0], 16)
        start = line_end + 2
        if len(buffer) < start + size + 2:
            return None
        if size == 0:
            return b"".join(parts)
        parts.append(buffer[start : start + size])
        start += size + 2

"""Answers in one piece: the same bytes as uvicorn's, in fewer writes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from jobcast.address_limit import AddressLimit
from jobcast.http_protocol import GuardedHttp

pytestmark = pytest.mark.anyio

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
JSON = [(b"content-type", b"application/json"), (b"content-length", b"2")]


class Ours(GuardedHttp):
    """The server's protocol, as it is used."""

    addresses = AddressLimit(10)


class Written(asyncio.Transport):
    """A connection that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = asyncio.Event()

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.closed.set()

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def sends(*messages: dict[str, Any], status: int = 200, headers: Any = ()) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for message in messages:
            await send({"type": "http.response.body", **message})

    return app


async def written(
    kind: type[HttpToolsProtocol], app: ASGIApp, request: bytes
) -> tuple[list[bytes], bool]:
    """What is written by a server of this kind, and whether it closes the connection."""
    state, transport = ServerState(), Written()
    state.default_headers = [(b"date", b"Thu, 01 Jan 1970 00:00:00 GMT")]
    protocol = kind(Config(app, lifespan="off", log_config=None, access_log=False), state, {})
    protocol.connection_made(transport)
    protocol.data_received(request)
    while state.tasks:
        await asyncio.wait(state.tasks)
    closed = transport.closed.is_set()
    protocol.connection_lost(None)
    return transport.pieces, closed


ANSWERS = {
    "of a known size": sends({"body": b"{}"}, headers=JSON),
    "empty": sends({}, status=204),
    "of no size": sends({"body": b"{}"}),
    "empty, of a known size": sends({"body": b""}, headers=[(b"content-length", b"0")]),
    "in capitals": sends({"body": b"{}"}, headers=[(b"Content-Length", b"2")]),
    "in pieces": sends({"body": b"a", "more_body": True}, {"body": b"b"}),
    "in pieces of a known size": sends(
        {"body": b"{", "more_body": True}, {"body": b"}"}, headers=JSON
    ),
    "chunked by name": sends({"body": b"{}"}, headers=[(b"transfer-encoding", b"chunked")]),
    "that closes": sends({"body": b"{}"}, headers=[*JSON, (b"connection", b"close")]),
    "twice of a size": sends({"body": b"{}"}, headers=[*JSON, (b"content-length", b"2")]),
}
REQUESTS = {
    "GET": GET,
    "HEAD": GET.replace(b"GET", b"HEAD"),
    "HTTP/1.0": GET.replace(b"1.1", b"1.0"),
    "close": GET.replace(b"host", b"connection: close\r\nhost"),
    "expect": b"POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n1",
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_has_the_bytes_that_uvicorn_gives_it(
    answer: ASGIApp, request_: bytes
) -> None:
    pieces, closed = await written(Ours, answer, request_)
    theirs, closed_by_theirs = await written(HttpToolsProtocol, answer, request_)

    assert (b"".join(pieces), closed) == (b"".join(theirs), closed_by_theirs)


async def test_an_answer_of_a_known_size_is_one_write() -> None:
    pieces, _ = await written(Ours, ANSWERS["of a known size"], GET)

    assert len(pieces) == 1


async def test_the_next_answer_on_a_connection_is_as_good_as_the_first() -> None:
    pieces, closed = await written(Ours, ANSWERS["of a known size"], GET)
    two, _ = await written(Ours, ANSWERS["of a known size"], GET + GET)

    assert (two, closed) == (pieces * 2, False)


async def test_a_fault_before_the_body_is_answered_with_500() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": JSON})
        raise RuntimeError

    pieces, closed = await written(Ours, app, GET)

    assert pieces[0].startswith(b"HTTP/1.1 500 ")
    assert closed


async def test_a_body_of_another_size_than_was_announced_is_never_sent_as_whole() -> None:
    pieces, closed = await written(Ours, sends({"body": b"{} more"}, headers=JSON), GET)

    assert closed
    assert not b"".join(pieces).endswith(b"more")


@pytest.mark.parametrize("header", [(b"a b", b"c"), (b"a", b"b\r\nc: d")])
async def test_a_header_that_is_none_is_not_sent(header: tuple[bytes, bytes]) -> None:
    pieces, closed = await written(Ours, sends({"body": b"{}"}, headers=[*JSON, header]), GET)

    assert (pieces, closed) == ([], True)

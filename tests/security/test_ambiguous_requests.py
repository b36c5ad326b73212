"""Requests that two servers on their way could read in two ways: refused, before any work."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from tests.support.stack import Stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

SETTINGS: dict[str, str] = {}

MUTATION = b'{"query": "mutation { add(input: {a: 1}) { __typename } }"}'
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(MUTATION), MUTATION)
LENGTH = b"Content-Length: %d" % len(MUTATION)
HOST = b"Host: localhost"
CODING = b"Transfer-Encoding: "
POST = b"POST /graphql HTTP/1.1"
HANDSHAKE = [
    b"Upgrade: websocket",
    b"Connection: Upgrade",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Sec-WebSocket-Protocol: graphql-transport-ws",
]
BASIC = b"Authorization: Basic YTpi"


def request(first: bytes, *headers: bytes, body: bytes = MUTATION) -> bytes:
    lines = [first, b"Content-Type: application/json", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def handshake(*headers: bytes, body: bytes = b"") -> bytes:
    return request(b"GET /graphql HTTP/1.1", *HANDSHAKE, *headers, body=body)


# What its message must say, and the request.
REFUSED: list[tuple[str, bytes]] = [
    ("Host", request(POST, HOST, b"Host: evil.example", LENGTH)),
    ("Host", request(POST, HOST, HOST, LENGTH)),
    ("Host", request(POST, LENGTH)),
    ("Authorization", request(POST, HOST, LENGTH, BASIC, BASIC)),
    ("chunked", request(POST, HOST, CODING + b"gzip, chunked", body=CHUNKED)),
    ("chunked", request(POST, HOST, CODING + b"identity", body=CHUNKED)),
    ("chunked", request(POST, HOST, CODING + b"xchunked", body=CHUNKED)),
    ("chunked", request(b"POST /graphql HTTP/1.0", HOST, CODING + b"chunked", body=CHUNKED)),
    ("", request(POST, HOST, CODING + b"chunked, gzip", body=CHUNKED)),
    ("", request(POST, HOST, CODING + b"chunked", CODING + b"chunked", body=CHUNKED)),
    ("", request(POST, HOST, CODING + b"chunked", b"Content-Length: 5", body=CHUNKED)),
    ("", request(POST, HOST, b"Content-Length: 5", CODING + b"chunked", body=CHUNKED)),
    ("", request(POST, HOST, LENGTH, LENGTH)),
    ("Host", handshake()),
    ("Host", handshake(HOST, HOST)),
    ("Authorization", handshake(HOST, BASIC, BASIC)),
    ("body", handshake(HOST, b"Content-Length: 5", body=b"abcde")),
    ("body", handshake(HOST, CODING + b"chunked", body=b"0\r\n\r\n")),
    ("HTTP", b"what is this\r\n\r\n"),
]
TAKEN = [
    request(POST, HOST, LENGTH),
    request(POST, HOST, CODING + b" Chunked ", body=CHUNKED),
    request(b"POST /graphql HTTP/1.0", HOST, LENGTH),
]


async def test_what_could_be_read_in_two_ways_is_refused_with_its_head(shared: Stack) -> None:
    for word, sent in REFUSED:
        # What comes after it on the connection is not read either.
        answer = await exchange(shared, sent + request(POST, HOST, LENGTH))

        assert answer.startswith(b"HTTP/1.1 400 "), sent
        assert answer.count(b"\r\n\r\n") == 1, sent
        (error,) = orjson.loads(answer.partition(b"\r\n\r\n")[2])["errors"]
        assert word in error["message"], sent
        assert error["extensions"]["code"] == "BAD_REQUEST"

    assert await jobs(shared) == []


async def test_what_can_be_read_in_one_way_is_taken(shared: Stack) -> None:
    for sent in TAKEN:
        answer = await exchange(shared, sent.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))

        assert b'"AddAccepted"' in answer, sent
    upgraded = await exchange(shared, handshake(HOST, b"Content-Length: 0"), until=b"\r\n\r\n")

    assert upgraded.startswith(b"HTTP/1.1 101 ")


async def test_a_refusal_is_never_a_part_of_an_earlier_answer(shared: Stack) -> None:
    stream = b"GET /graphql?query=subscription%7Bjobs%7Bat%7D%7D HTTP/1.1"
    begin = b"\r\n".join([stream, HOST, b"Accept: text/event-stream", b"X-Jobcast-Viewer: bob"])
    reader, writer = await asyncio.open_connection("127.0.0.1", shared.port)
    async with asyncio.timeout(20):
        writer.write(begin + b"\r\n\r\n")
        first = await reader.readuntil(b":\n\n")
        writer.write(REFUSED[0][1])
        rest = await reader.read()
    writer.close()

    assert first.startswith(b"HTTP/1.1 200 ")
    assert b"400" not in rest


async def exchange(stack: Stack, sent: bytes, *, until: bytes = b"") -> bytes:
    """All that is answered, until the server closes the connection or what was waited for comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    writer.write(sent)
    async with asyncio.timeout(20):
        answer = await (reader.readuntil(until) if until else reader.read())
    writer.close()
    return answer


async def jobs(stack: Stack) -> list[Any]:
    data = await stack.client().execute("{ jobs { edges { cursor } } }")
    edges: list[Any] = data["jobs"]["edges"]
    return edges

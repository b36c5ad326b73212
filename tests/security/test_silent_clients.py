"""Clients that keep a connection open and answer nothing: it is taken from them."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing, suppress
from pathlib import Path
from socket import SO_RCVBUF, SOL_SOCKET, socket
from typing import Any

import pytest
from anyio.to_thread import run_sync
from graphql import get_introspection_query
from websockets.frames import Opcode

from tests.support.http_client import http_client
from tests.support.raw_upload import MAP, OPERATIONS
from tests.support.raw_websocket import WAIT_SECONDS, close_code, frame, raw_websocket
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio

FILE_BYTES = 24_000_000
PIECE_BYTES = 256 * 1024
INPUT = "query($id: ID!) { job(id: $id) { ... on CopyJob { input { file { url } } } } }"

IMPATIENT = {"ping_interval": "0.2s", "client_stall_timeout": "0.5s"}


async def test_a_client_that_answers_no_ping_is_closed(valkey_port: int, tmp_path: Path) -> None:
    async with running_stack(valkey_port, tmp_path, workers=0, **IMPATIENT) as stack:
        with closing(raw_websocket(stack.port)) as silent:
            received = await run_sync(until_end, silent)

    assert received.startswith(b"\x89\x04")  # a ping, of four bytes
    assert close_code(received) == 1011


@pytest.mark.parametrize(
    ("server", "questions", "ping_interval"),
    [
        ("jobcast", 1, "0.2s"),  # no later answer waits for it, so only the ping tells
        ("jobcast", 20, "60s"),
        ("tests.support.stock_server", 20, "60s"),
    ],
)
async def test_a_client_that_reads_nothing_does_not_keep_its_connection(
    valkey_port: int, tmp_path: Path, server: str, questions: int, ping_interval: str
) -> None:
    # An answer has 600 KiB.
    introspection = get_introspection_query(descriptions=True).replace("__schema", "a0: __schema")
    schemas = "".join(f"a{n}: __schema {{ types {{ ...FullType }} }} " for n in range(1, 5))
    payload = {"query": introspection.replace("a0: __schema", f"{schemas} a0: __schema")}
    messages: list[dict[str, Any]] = [
        {"type": "connection_init"},
        *({"type": "subscribe", "id": str(n), "payload": payload} for n in range(questions)),
    ]
    async with running_stack(
        valkey_port,
        tmp_path,
        workers=0,
        served_by=server,
        connections_per_address="1",
        client_stall_timeout="0.5s",
        ping_interval=ping_interval,
    ) as stack:
        with closing(raw_websocket(stack.port, receive_bytes=4096)) as silent:
            for message in messages:
                silent.sendall(frame(Opcode.TEXT, json.dumps(message).encode()))
            with pytest.raises(ConnectionRefusedError, match="429"):
                raw_websocket(stack.port)

            async with asyncio.timeout(WAIT_SECONDS):
                while not connects(stack.port):
                    await asyncio.sleep(0.05)


async def test_a_client_that_does_not_read_a_file_is_cut_off_and_a_steady_one_is_not(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, client_stall_timeout="0.5s") as stack:
        head = f"GET {await stored_file(stack)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        with closing(slow_reader(stack.port)) as deaf, closing(slow_reader(stack.port)) as steady:
            deaf.sendall(head)
            steady.sendall(head)
            taken = 0
            while taken < FILE_BYTES:  # in more than the stall time
                taken += len(await run_sync(steady.recv, PIECE_BYTES))
                await asyncio.sleep(PIECE_BYTES / FILE_BYTES)
            with suppress(ConnectionResetError):
                missed = len(await run_sync(until_end, deaf))
                assert missed < FILE_BYTES


async def stored_file(stack: Stack) -> str:
    """Path and signature of a file that is larger than what systems hold of a connection."""
    client = stack.client()
    async with http_client(headers=client.headers, timeout=30) as http:
        answer = await http.post(
            stack.url,
            headers={"GraphQL-Require-Preflight": "true"},
            data={"operations": OPERATIONS, "map": MAP},
            files={"0": b" " * FILE_BYTES},
        )
    job = answer.json()["data"]["copy"]["job"]["id"]
    await client.watch(job)
    url: str = (await client.execute(INPUT, id=job))["job"]["input"]["file"]["url"]
    return url


def slow_reader(port: int) -> socket:
    """A connection that takes little at a time."""
    reader = socket()
    reader.setsockopt(SOL_SOCKET, SO_RCVBUF, 64 * 1024)
    reader.settimeout(WAIT_SECONDS)
    reader.connect(("127.0.0.1", port))
    return reader


def until_end(silent: socket) -> bytes:
    """All that the server sends before it closes."""
    received = b""
    while data := silent.recv(4096):
        received += data
    return received


def connects(port: int) -> bool:
    try:
        raw_websocket(port).close()
    except ConnectionRefusedError:
        return False
    return True

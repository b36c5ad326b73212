"""Clients that keep a connection open and answer nothing: it is taken from them."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from pathlib import Path
from socket import socket
from typing import Any

import pytest
from anyio.to_thread import run_sync
from graphql import get_introspection_query
from websockets.frames import Opcode

from tests.support.raw_websocket import WAIT_SECONDS, close_code, frame, raw_websocket
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio

IMPATIENT = {"ping_interval": "0.2s", "client_stall_timeout": "0.5s"}


async def test_a_client_that_answers_no_ping_is_closed(valkey_port: int, tmp_path: Path) -> None:
    async with running_stack(valkey_port, tmp_path, workers=0, **IMPATIENT) as stack:
        with closing(raw_websocket(stack.port)) as silent:
            received = await run_sync(until_end, silent)

    assert received.startswith(b"\x89\x04")  # a ping, of four bytes
    assert close_code(received) == 1011


async def test_a_client_that_reads_nothing_does_not_keep_its_connection(
    valkey_port: int, tmp_path: Path
) -> None:
    # One answer of 600 KiB: no later one waits for it, so only the ping tells.
    introspection = get_introspection_query(descriptions=True).replace("__schema", "a0: __schema")
    schemas = "".join(f"a{n}: __schema {{ types {{ ...FullType }} }} " for n in range(1, 5))
    question = introspection.replace("a0: __schema", f"{schemas} a0: __schema")
    messages: list[dict[str, Any]] = [
        {"type": "connection_init"},
        {"type": "subscribe", "id": "1", "payload": {"query": question}},
    ]
    async with running_stack(
        valkey_port, tmp_path, workers=0, connections_per_address="1", **IMPATIENT
    ) as stack:
        with closing(raw_websocket(stack.port, receive_bytes=4096)) as silent:
            for message in messages:
                silent.sendall(frame(Opcode.TEXT, json.dumps(message).encode()))
            with pytest.raises(ConnectionRefusedError, match="429"):
                raw_websocket(stack.port)

            async with asyncio.timeout(WAIT_SECONDS):
                while not connects(stack.port):
                    await asyncio.sleep(0.05)


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

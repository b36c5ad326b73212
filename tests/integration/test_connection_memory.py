"""What an idle WebSocket holds: counted in objects, for bytes are another number each time."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from anyio.to_thread import run_sync
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Opcode
from websockets.protocol import Protocol

from jobcast.address_limit import AddressLimit
from jobcast.app import create_app
from jobcast.http_protocol import guarded_http
from jobcast.settings import Settings
from jobcast.websocket.live_connection import LiveConnection
from jobcast.websocket_protocol import guarded_websocket
from tests.support.raw_websocket import frame, raw_websocket

pytestmark = pytest.mark.anyio

CONNECTIONS = 50
# 18 when this was written, the client's socket and the transport's own eight among them. A task
# and what it awaits would be ten more.
MOST_OBJECTS = 20

HANDSHAKES = (HttpToolsProtocol, WebSocketsSansIOProtocol, Protocol, asyncio.Queue, asyncio.Task)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


async def test_an_idle_connection_holds_next_to_nothing(valkey_port: int, tmp_path: Path) -> None:
    async with api(valkey_port, tmp_path) as port:
        with ExitStack() as sockets:
            sockets.enter_context(await run_sync(acknowledged, port))  # makes what is shared
            gc.collect()
            gc.disable()  # what only the garbage collector finds is to be found here
            before = Counter(map(type, gc.get_objects()))
            for _ in range(CONNECTIONS):
                sockets.enter_context(await run_sync(acknowledged, port))
            await asyncio.sleep(0)
            after = Counter(map(type, gc.get_objects()))
            gc.enable()
            more = after - before

    assert more[LiveConnection] == CONNECTIONS
    assert [kind for kind in more if issubclass(kind, HANDSHAKES) and more[kind] > 5] == []
    assert more.total() / CONNECTIONS <= MOST_OBJECTS, more.most_common(20)


def acknowledged(port: int) -> socket.socket:
    """A connection that says nothing more."""
    plain = raw_websocket(port)
    plain.sendall(frame(Opcode.TEXT, json.dumps({"type": "connection_init"}).encode()))
    assert b"connection_ack" in plain.recv(4096)
    return plain


@asynccontextmanager
async def api(valkey_port: int, data_dir: Path) -> AsyncIterator[int]:
    """The API in this process; its port."""
    settings = Settings(
        redis_url=f"redis://127.0.0.1:{valkey_port}",
        data_dir=data_dir,
        tasks=("tests.support.sample_tasks",),
        local_viewer="ada",
        connections_per_viewer=CONNECTIONS + 1,
    )
    stall = timedelta(seconds=30)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(settings),
        http=guarded_http(stall, AddressLimit(CONNECTIONS + 1, ())),
        ws=guarded_websocket(stall),
        ws_per_message_deflate=False,
        log_config=None,
    )
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True

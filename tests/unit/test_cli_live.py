"""`follow`: what the command line does when its connection drops, or is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from jobcast.cli import live
from jobcast.cli.live import follow
from jobcast.errors import ClientError

pytestmark = pytest.mark.anyio

Script = Callable[["Peer"], Awaitable[None]]


class Peer:
    """The server's side of one connection, from the acknowledgement on."""

    def __init__(self, socket: ServerConnection, number: int) -> None:
        self._socket = socket
        self.number = number
        self.init: dict[str, Any] = {}
        self.variables: dict[str, Any] = {}

    async def accept(self) -> None:
        self.init = json.loads(await self._socket.recv())
        await self.send({"type": "connection_ack"})
        subscribe = json.loads(await self._socket.recv())
        self.variables = subscribe["payload"]["variables"]

    async def event(self, offset: int) -> None:
        job = {"cursor": f"c{offset}", "offset": offset}
        await self.send({"type": "next", "id": "1", "payload": {"data": {"job": job}}})

    async def complete(self) -> None:
        await self.send({"type": "complete", "id": "1"})

    async def close(self, code: int) -> None:
        await self._socket.close(code)

    async def cut(self) -> None:
        self._socket.transport.abort()

    async def send(self, message: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await self._socket.recv())
        return message


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(live, "_LONGEST_PAUSE", 0.01)


async def test_a_cut_connection_is_resumed_behind_the_last_event() -> None:
    asked: list[str | None] = []

    async def script(peer: Peer) -> None:
        await peer.accept()
        asked.append(peer.variables["after"])
        if peer.number == 1:
            await peer.event(1)
            await peer.event(2)
            await peer.cut()
        else:
            await peer.event(3)
            await peer.complete()

    async with running_server(script) as url:
        offsets, drops = await collect(url)

    assert offsets == [1, 2, 3]
    assert asked == [None, "c2"]
    assert len(drops) == 1


async def test_a_restarting_server_is_waited_for() -> None:
    async def script(peer: Peer) -> None:
        if peer.number < 4:
            await peer.close(1012)
            return
        await peer.accept()
        await peer.event(1)
        await peer.complete()

    async with running_server(script) as url:
        offsets, drops = await collect(url)

    assert offsets == [1]
    assert drops == ["closed with 1012"] * 3


async def test_the_token_is_presented() -> None:
    seen: list[dict[str, Any]] = []

    async def script(peer: Peer) -> None:
        await peer.accept()
        seen.append(peer.init)
        await peer.complete()

    async with running_server(script) as url:
        await collect(url, token="t")

    assert seen == [{"type": "connection_init", "payload": {"authorization": "Bearer t"}}]


async def test_a_ping_is_answered_with_its_payload() -> None:
    answers: list[dict[str, Any]] = []

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send({"type": "ping", "payload": {"n": 1}})
        answers.append(await peer.receive())
        await peer.complete()

    async with running_server(script) as url:
        await collect(url)

    assert answers == [{"type": "pong", "payload": {"n": 1}}]


@pytest.mark.parametrize("code", [4400, 4401, 4403, 4406])
async def test_a_refusal_is_not_tried_again(code: int) -> None:
    connections: list[int] = []

    async def script(peer: Peer) -> None:
        connections.append(peer.number)
        await peer.close(code)

    async with running_server(script) as url:
        with pytest.raises(ClientError) as caught:
            await collect(url)

    assert caught.value.exit_code == 2
    assert connections == [1]


async def test_an_error_of_the_subscription_ends_it() -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send({"type": "error", "id": "1", "payload": [{"message": "No such job."}]})

    async with running_server(script) as url:
        with pytest.raises(ClientError, match="No such job"):
            await collect(url)


async def test_an_unreachable_server_is_given_up_after_the_patience() -> None:
    async with running_server(lambda peer: peer.complete()) as url:
        pass  # it has ended, and its port is free

    with pytest.raises(ClientError, match="The job goes on") as caught:
        await collect(url, patience=timedelta(milliseconds=20))

    assert caught.value.exit_code == 4


async def collect(
    url: str, token: str | None = None, patience: timedelta = timedelta(seconds=20)
) -> tuple[list[int], list[str]]:
    """Follow to the end; the offsets seen, and the reasons of dropped connections."""
    drops: list[str] = []
    events = follow(
        url, token, "subscription", "q.1", after=None, patience=patience, on_drop=drops.append
    )
    return [event["offset"] async for event in events], drops


@asynccontextmanager
async def running_server(script: Script) -> AsyncIterator[str]:
    """A WebSocket server that does for each connection what `script` says; gives its URL."""
    number = 0

    async def handle(socket: ServerConnection) -> None:
        nonlocal number
        number += 1
        await script(Peer(socket, number))
        await socket.wait_closed()

    async with serve(handle, "127.0.0.1", 0, subprotocols=[live.SUBPROTOCOL]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}/graphql"

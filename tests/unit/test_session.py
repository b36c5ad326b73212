"""A session whose client's token takes time to verify."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import orjson
import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from jobcast.auth.authenticator import Authenticator
from jobcast.connection_limits import ConnectionLimits, TooManyConnections
from jobcast.websocket.protocol import CloseCode
from jobcast.websocket.session import Handshake, Session
from jobcast.websocket.session_life import ConnectionRules, SessionParts
from jobcast.websocket.session_tasks import SessionTasks
from resolvers.context import Viewer
from tests.support.live_connections import PATIENCE_SECONDS, Served, live_connection

pytestmark = pytest.mark.anyio

ADDRESS = "192.0.2.1"
INIT = {"type": "connection_init"}
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "{ x }"}}
RENEW = {"type": "ping", "payload": {"authorization": "Bearer new"}}


class SlowAuthenticator(Authenticator):
    """Knows everyone, once it is let."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.let = asyncio.Event()
        self.given_up = False

    async def identify(
        self,
        authorization: str | None,
        connection_params: Mapping[str, Any] | None,
        local_viewer: str | None,
    ) -> Viewer:
        self.asked.set()
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.given_up = True
            raise
        return Viewer("ada")


class Signing:
    """One connection, whose viewer is not known yet."""

    def __init__(
        self, served: Served, authenticator: SlowAuthenticator, tasks: SessionTasks
    ) -> None:
        self.authenticator = authenticator
        self.tasks = tasks
        self._served = served
        self._client = ClientProtocol(parse_uri("ws://x/"), state=OPEN)

    def send(self, *messages: dict[str, Any]) -> None:
        """All in one piece."""
        frames = [Frame(Opcode.TEXT, orjson.dumps(m)).serialize(mask=True) for m in messages]
        self._served.client.sendall(b"".join(frames))

    async def receive(self, count: int) -> list[str]:
        """The types of so many messages."""
        types: list[str] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(types) < count:
                data = await asyncio.get_running_loop().sock_recv(self._served.client, 2**16)
                assert data, f"closed after {types}"
                self._client.receive_data(data)
                for event in self._client.events_received():
                    assert isinstance(event, Frame)
                    types.append(orjson.loads(event.data)["type"])
        return types

    async def close_code(self) -> int | None:
        """The code that the server closes with, before it sends anything else."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self._client.close_rcvd is None:
                data = await asyncio.get_running_loop().sock_recv(self._served.client, 2**16)
                self._client.receive_data(data)
        return self._client.close_rcvd.code

    def end(self) -> None:
        self._served.transport.abort()


async def test_no_message_overtakes_one_whose_token_is_being_verified() -> None:
    async with signing() as (one, _):
        one.send(INIT, SUBSCRIBE, RENEW, {"type": "ping"})
        await one.authenticator.asked.wait()
        one.authenticator.let.set()

        # There is no place for the operation, so that nothing has to run for its answer.
        assert await one.receive(4) == ["connection_ack", "error", "pong", "pong"]


async def test_a_message_that_comes_when_the_server_has_ended_sends_its_client_elsewhere() -> None:
    async with signing() as (one, _):
        await one.tasks.close()
        one.send(INIT)

        assert await one.close_code() == CloseCode.RESTART


async def test_a_connection_that_ends_while_its_token_is_verified_leaves_nothing() -> None:
    async with signing() as (one, limits):
        one.send(INIT, SUBSCRIBE)
        await one.authenticator.asked.wait()
        with pytest.raises(TooManyConnections):
            limits.enter_from(ADDRESS)
        one.end()

        async with asyncio.timeout(PATIENCE_SECONDS):
            while not one.authenticator.given_up:
                await asyncio.sleep(0)
        limits.enter_from(ADDRESS)
        limits.enter("ada")


@asynccontextmanager
async def signing() -> AsyncIterator[tuple[Signing, ConnectionLimits]]:
    authenticator = SlowAuthenticator()
    limits = ConnectionLimits(1, 1, 1, 1, 1)
    handshake = Handshake(ADDRESS, None, None)
    limits.enter_from(ADDRESS)
    unused = cast("Any", None)
    rules = ConnectionRules(timedelta(seconds=PATIENCE_SECONDS), 0, 1000)
    tasks = SessionTasks()
    parts = SessionParts(unused, unused, authenticator, unused, unused, limits, rules, tasks)
    try:
        async with live_connection(lambda outlet: Session(outlet, parts, handshake)) as served:
            yield Signing(served, authenticator, tasks), limits
    finally:
        await tasks.close()

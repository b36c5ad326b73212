"""A client of the API over HTTP, and over graphql-transport-ws from the first frame on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.http_client import http_client

WAIT_SECONDS = 30.0

EVENT = """
  __typename offset cursor at
  ... on JobProgressed { merged }
  ... on JobReset { reason }
  job { id status attempt progress { fraction } failure { message } }
"""
WATCH = (
    f"subscription Watch($id: ID!, $after: Cursor) {{ job(id: $id, after: $after) {{ {EVENT} }} }}"
)


class Socket:
    """One graphql-transport-ws connection."""

    def __init__(self, websocket: ClientConnection) -> None:
        self._websocket = websocket
        self.url_port = websocket.remote_address[1]
        self.local_port = websocket.local_address[1]
        self.extensions = websocket.protocol.extensions

    async def send(self, **message: Any) -> None:
        await self._websocket.send(orjson.dumps(message).decode())

    async def send_text(self, text: str | bytes) -> None:
        """Send text as a text message, bytes as a binary one."""
        await self._websocket.send(text)

    async def send_pieces(self, *pieces: bytes) -> None:
        """Send one text message in several frames; a piece may end within a character."""
        await self._websocket.send(pieces, text=True)

    def send_raw(self, data: bytes) -> None:
        """Write bytes as they are, which may be no frames at all."""
        self._websocket.transport.write(data)

    async def receive(self) -> dict[str, Any]:
        """The next message; fails when none comes."""
        async with asyncio.timeout(WAIT_SECONDS):
            message: dict[str, Any] = orjson.loads(await self._websocket.recv())
        return message

    def drop(self) -> None:
        """Cut the connection without a word, as a lost network does."""
        self._websocket.transport.abort()

    async def closed(self) -> tuple[int, str]:
        """The code and reason with which the server closes, whatever comes before."""
        async with asyncio.timeout(WAIT_SECONDS):
            try:
                while True:
                    await self._websocket.recv()
            except ConnectionClosed:
                return self._websocket.close_code or 0, self._websocket.close_reason or ""

    async def subscribe(
        self, query: str, variables: dict[str, Any] | None = None, *, id: str = "1"
    ) -> None:
        payload = {"query": query, "variables": variables or {}}
        await self.send(id=id, type="subscribe", payload=payload)

    async def results(self, id: str = "1") -> AsyncIterator[dict[str, Any]]:
        """The payloads of one operation, until it completes. An error fails."""
        while True:
            message = await self.receive()
            if message.get("id") != id:
                continue
            if message["type"] == "complete":
                return
            assert message["type"] == "next", message
            yield message["payload"]


class GraphQLClient:
    """Requests of one viewer."""

    def __init__(self, port: int, viewer: str | None, token: str | None = None) -> None:
        self.port = port
        self.viewer = viewer
        self.token = token

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def headers(self) -> dict[str, str]:
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        return {"X-Jobcast-Viewer": self.viewer} if self.viewer else {}

    async def request(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole response to an operation."""
        async with http_client(timeout=WAIT_SECONDS) as client:
            response = await client.post(
                self.url, json={"query": query, "variables": variables}, headers=self.headers
            )
        body: dict[str, Any] = response.json()
        return body

    async def execute(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a response that must have no errors."""
        body = await self.request(query, **variables)
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    async def enqueue(self, field: str, input: str, options: str = "") -> str:
        """Enqueue with a mutation; the job's id. `input` and `options` are GraphQL text."""
        given = f"{input} options: {{{options}}}" if options else input
        accepted = f"{field[0].upper()}{field[1:]}Accepted"
        data = await self.execute(
            f"mutation {{ {field}(input: {{{given}}}) {{ __typename"
            f" ... on {accepted} {{ job {{ id }} }} ... on Problem {{ message }} }} }}"
        )
        assert "job" in data[field], data
        id: str = data[field]["job"]["id"]
        return id

    @asynccontextmanager
    async def socket(
        self, *, init: dict[str, Any] | None = None, acknowledge: bool = True, **options: Any
    ) -> AsyncIterator[Socket]:
        """A connection; initialised and acknowledged unless told not to."""
        async with connect(
            f"ws://127.0.0.1:{self.port}/graphql",
            subprotocols=options.pop("subprotocols", ["graphql-transport-ws"]),
            **options,
        ) as websocket:
            socket = Socket(websocket)
            if acknowledge:
                viewer = {"viewer": self.viewer} if self.viewer else {}
                token = {"authorization": f"Bearer {self.token}"} if self.token else {}
                await socket.send(
                    type="connection_init", payload={**viewer, **token, **(init or {})}
                )
                assert (await socket.receive())["type"] == "connection_ack"
            yield socket

    async def watch(self, job_id: str, after: str | None = None) -> list[dict[str, Any]]:
        """All events of a job, until its subscription completes."""
        async with self.socket() as socket:
            await socket.subscribe(WATCH, {"id": job_id, "after": after})
            return [result["data"]["job"] async for result in socket.results()]

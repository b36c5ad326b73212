"""The peers that speak GraphQL: mutations by POST, subscriptions by graphql-transport-ws."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

from benchmarks.peers.peer import Peer, Work
from benchmarks.wire.http import request
from benchmarks.wire.websocket import OPEN_SECONDS, WebSocket

PATH = "/graphql"


class GraphQLPeer(Peer):
    """A job has an id that the client may choose, a status, its progress and its result."""

    mutation = "mutation($input: EnqueueInput!) { enqueue(input: $input) { id status } }"
    subscription = "subscription($id: ID!) { job(id: $id) { id status progress result } }"
    step = re.compile(rb'"status":\s*"active",\s*"progress":\s*([1-9]\d*)')
    end = b'"completed"'
    headers: Mapping[str, str] = {}
    init: Mapping[str, Any] = {}  # the payload of `connection_init`

    def ready(self, port: int) -> bytes:
        return self.post(port, "{ __typename }")

    def enqueue(self, port: int, tag: str, user: str, work: Work) -> bytes:
        input: dict[str, Any] = {"id": tag, "file": tag, "userId": user}
        if work.steps:
            input |= {"steps": work.steps, "pauseMs": work.pause_ms}
        return self.post(port, self.mutation, {"input": input})

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200 and b'"errors"' not in body

    def job_id(self, body: bytes) -> str:
        id: str = json.loads(body)["data"]["enqueue"]["id"]
        return id

    async def connect(self, port: int, user: str, *, deflate: bool = False) -> WebSocket:
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_text(socket: WebSocket, payload: bytes) -> None:
            if b"connection_ack" in payload and not acknowledged.done():
                acknowledged.set_result(None)

        socket = await WebSocket.open(
            port,
            PATH,
            on_text,
            subprotocol="graphql-transport-ws",
            deflate=deflate,
            headers=self.headers,
        )
        socket.user = user
        socket.send(_message(type="connection_init", payload=dict(self.init)))
        async with asyncio.timeout(OPEN_SECONDS):
            await acknowledged
        return socket

    def watch(self, socket: WebSocket, operation: str, job: str) -> None:
        payload = {"query": self.subscription, "variables": {"id": job}}
        socket.send(_message(id=operation, type="subscribe", payload=payload))

    def unwatch(self, socket: WebSocket, operation: str) -> None:
        socket.send(_message(id=operation, type="complete"))

    def answer(self, socket: WebSocket, payload: bytes) -> None:
        if b'"ping"' in payload:
            socket.send(_message(type="pong"))

    def post(self, port: int, query: str, variables: Mapping[str, Any] | None = None) -> bytes:
        """A request with an operation."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        return request("POST", PATH, port, body, self.headers)


def _message(**members: Any) -> bytes:
    return json.dumps(members).encode()

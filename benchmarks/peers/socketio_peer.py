"""express + socket.io + bull: jobs by POST /upload, events in the room of their user."""

from __future__ import annotations

import asyncio
import json
import re

from benchmarks.peers.node import node
from benchmarks.peers.peer import Peer, Program, Work
from benchmarks.wire.http import request
from benchmarks.wire.websocket import OPEN_SECONDS, WebSocket

# What begins a message (Engine.IO 4, and Socket.IO 5 within it).
_OPEN, _PING, _PONG = b"0", b"2", b"3"
_CONNECT = b"40"


class SocketIOPeer(Peer):
    """Over its WebSocket transport alone; there are no subscriptions, only users."""

    name = "socketio"
    title = "Socket.IO + Bull"
    step = re.compile(rb'"progress":(\d+)')
    end = b'"done"'
    watches_users = True

    def server(self, port: int, redis_url: str) -> Program:
        return node("socketio", "server.js", port=port, redis_url=redis_url)

    def worker(self, redis_url: str, concurrency: int) -> Program:
        return node("socketio", "worker.js", redis_url=redis_url, concurrency=concurrency)

    def lone_worker(self, redis_url: str, concurrency: int, jobs: int) -> Program:
        return node("socketio", "lone_worker.js", concurrency, jobs, redis_url=redis_url)

    def ready(self, port: int) -> bytes:
        return request("GET", "/socket.io/?EIO=4&transport=polling&userId=ready", port)

    def enqueue(self, port: int, tag: str, user: str, work: Work) -> bytes:
        body = {"file": tag, "userId": user, "steps": work.steps, "pauseMs": work.pause_ms}
        return request("POST", "/upload", port, json.dumps(body).encode())

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200

    def job_id(self, body: bytes) -> str:
        return str(json.loads(body)["jobId"])

    async def connect(self, port: int, user: str, *, deflate: bool = False) -> WebSocket:
        connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_text(socket: WebSocket, payload: bytes) -> None:
            if payload.startswith(_CONNECT) and not connected.done():
                connected.set_result(None)
            elif payload.startswith(_OPEN):
                socket.send(_CONNECT)

        path = f"/socket.io/?EIO=4&transport=websocket&userId={user}"
        socket = await WebSocket.open(port, path, on_text, deflate=deflate)
        socket.user = user
        async with asyncio.timeout(OPEN_SECONDS):
            await connected
        return socket

    def watch(self, socket: WebSocket, operation: str, job: str) -> None:
        """Nothing to ask: the connection is in its user's room."""

    def unwatch(self, socket: WebSocket, operation: str) -> None:
        """Nothing to ask."""

    def answer(self, socket: WebSocket, payload: bytes) -> None:
        if payload == _PING:
            socket.send(_PONG)

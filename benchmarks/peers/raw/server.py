"""The limit: asyncio that writes constant frames, and does nothing else.

It speaks just as much HTTP and graphql-transport-ws as the load generator needs: no GraphQL, no
queue, no worker. What it costs is what any server in Python pays for reading and writing at all,
and what the load generator reaches against it is what it can measure.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import time
from collections import defaultdict
from typing import cast

import redis
import uvloop

# What a server appends to the client's key to prove that it speaks WebSocket (RFC 6455, 1.3).
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VALKEY = redis.Redis.from_url(os.environ["REDIS_URL"])

# By job: who watches it, as which operation.
watchers: dict[str, set[tuple[asyncio.Transport, str]]] = defaultdict(set)


def frame(payload: bytes) -> bytes:
    size = len(payload)
    head = bytes((0x81, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")
    return head + payload


def emit(job: str, status: str, progress: int, result: str | None = None) -> None:
    event = {"id": job, "status": status, "progress": progress, "result": result}
    payload = json.dumps({"data": {"job": event}}, separators=(",", ":"))
    frames: dict[str, bytes] = {}
    for transport, operation in watchers.get(job, ()):
        if operation not in frames:
            text = f'{{"id":"{operation}","type":"next","payload":{payload}}}'
            frames[operation] = frame(text.encode())
        transport.write(frames[operation])


async def run_job(job: str, steps: int, pause_ms: int) -> None:
    emit(job, "active", 0)
    stamps = []
    for step in range(1, steps + 1):
        stamps.append(time.monotonic_ns())
        emit(job, "active", step)
        await asyncio.sleep(pause_ms / 1000)
    if steps:
        VALKEY.set(f"bench:stamps:{job}", json.dumps(stamps))
    emit(job, "completed", steps, f"done {job}")


class Connection(asyncio.Protocol):
    def __init__(self, jobs: asyncio.TaskGroup) -> None:
        self._jobs = jobs
        self._buffer = b""
        self._is_websocket = False
        self._watched: dict[str, str] = {}  # jobs by operation

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        for operation in list(self._watched):
            self._forget(operation)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        if not self._is_websocket:
            buffer = self._read_request(buffer)
        if self._is_websocket:
            buffer = self._read_frames(buffer)
        self._buffer = buffer

    def _read_request(self, buffer: bytes) -> bytes:
        head, found, rest = buffer.partition(b"\r\n\r\n")
        if not found:
            return buffer
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
        }
        if b"sec-websocket-key" in headers:
            digest = hashlib.sha1(headers[b"sec-websocket-key"] + GUID).digest()
            self._transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"
                b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
            )
            self._is_websocket = True
            return rest
        size = int(headers.get(b"content-length", 0))
        if len(rest) < size:
            return buffer
        self._answer(rest[:size])
        return rest[size:]

    def _answer(self, body: bytes) -> None:
        input = json.loads(body).get("variables", {}).get("input") if body else None
        answer = b'{"data":{"__typename":"Query"}}'
        if input:
            job = input["id"]
            answer = b'{"data":{"enqueue":{"id":"%s","status":"queued"}}}' % job.encode()
            if job in watchers:
                self._jobs.create_task(run_job(job, input.get("steps", 0), input.get("pauseMs", 0)))
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer)
        )

    def _read_frames(self, buffer: bytes) -> bytes:
        while len(buffer) >= 6:  # two bytes of head, four of the mask
            size, start = buffer[1] & 127, 2
            if size == 126:
                size, start = int.from_bytes(buffer[2:4], "big"), 4
            end = start + 4 + size
            if len(buffer) < end:
                break
            # The load generator's mask is zero: the payload is what it is.
            payload, kind, buffer = buffer[start + 4 : end], buffer[0] & 15, buffer[end:]
            if kind == 8:
                self._transport.close()
                break
            self._take(json.loads(payload))
        return buffer

    def _take(self, message: dict[str, object]) -> None:
        match message:
            case {"type": "connection_init"}:
                self._transport.write(frame(b'{"type":"connection_ack"}'))
            case {
                "type": "subscribe",
                "id": str(operation),
                "payload": {"variables": {"id": str(job)}},
            }:
                self._watched[operation] = job
                watchers[job].add((self._transport, operation))
            case {"type": "complete", "id": str(operation)}:
                self._forget(operation)

    def _forget(self, operation: str) -> None:
        job = self._watched.pop(operation, None)
        if job is not None:
            watchers[job].discard((self._transport, operation))
            if not watchers[job]:
                del watchers[job]


async def main() -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as jobs:
        port = int(os.environ["PORT"])
        server = await loop.create_server(lambda: Connection(jobs), "127.0.0.1", port, backlog=4096)
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())

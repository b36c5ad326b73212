"""SIGTERM: first no load is sent here any more, then clients are sent away, then all is gone."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from jobcast.deployment_settings import DeploymentSettings
from tests.support.graphql import WATCH
from tests.support.http_client import http_client
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

COME_BACK = {1001, 1012}
API_SECONDS = 20.0
WORKER_SECONDS = 25.0


async def test_an_api_process_says_so_sends_its_clients_away_and_is_gone_in_time(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(
        valkey_port, tmp_path, workers=0, drain_timeout="", shutdown_notice=""
    ) as stack:
        client = stack.client()
        job = await client.enqueue("hold", "")
        deaf = await deaf_subscriber(stack, job)
        async with client.socket() as socket:
            await socket.subscribe(WATCH, {"id": job})
            assert (await socket.receive())["type"] == "next"
            (server,) = stack.servers

            asked = time.monotonic()
            server.terminate()
            ready = await until_not_ready(stack)
            await socket.send(type="ping")
            still_served = (await socket.receive())["type"]
            code, _ = await socket.closed()
            closed = time.monotonic() - asked
            async with asyncio.timeout(API_SECONDS + 10):
                await server.wait()
        took = time.monotonic() - asked
        deaf.close()

    assert ready == {"status": "stopping"}
    assert still_served in {"pong", "next"}
    assert code in COME_BACK
    assert closed < 10
    assert took < API_SECONDS


async def test_a_worker_gives_back_what_does_not_end_in_time(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, drain_timeout="1s") as stack:
        client = stack.client()
        job = await client.enqueue("hold", "")
        (worker,) = stack.workers
        async with client.socket() as socket:
            await socket.subscribe(WATCH, {"id": job})
            async with asyncio.timeout(30):
                while (await socket.receive())["payload"]["data"]["job"]["job"]["status"] != (
                    "RUNNING"
                ):
                    pass
            asked = time.monotonic()
            worker.terminate()
            await worker.wait()
            took = time.monotonic() - asked
            await stack.start("worker")
            attempts: set[tuple[str, int]] = set()
            async with asyncio.timeout(30):
                while "RUNNING" not in {status for status, _ in attempts}:
                    event = (await socket.receive())["payload"]["data"]["job"]
                    attempts.add((event["job"]["status"], event["job"]["attempt"]))

    # It was given back at once, not taken over, and the attempt was not counted.
    assert took < 1 + WORKER_SECONDS - default_drain_seconds()
    assert attempts == {("QUEUED", 0), ("RUNNING", 1)}


def default_drain_seconds() -> float:
    drain: float = DeploymentSettings.model_fields["drain_timeout"].default.total_seconds()
    return drain


async def deaf_subscriber(stack: Stack, job: str) -> asyncio.StreamWriter:
    """A client of an event stream that never reads."""
    _, writer = await asyncio.open_connection("127.0.0.1", stack.port, limit=1)
    query = '{"query": "subscription { jobs { offset } }"}'
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Accept: text/event-stream\r\nX-Jobcast-Viewer: ada\r\n"
        + f"Content-Length: {len(query)}\r\n\r\n{query}".encode()
    )
    await writer.drain()
    return writer


async def until_not_ready(stack: Stack) -> dict[str, str]:
    """What `/readyz` says once it is no longer 200."""
    async with http_client() as http, asyncio.timeout(10):
        while True:
            with suppress(httpx.TransportError):
                answer = await http.get(f"http://127.0.0.1:{stack.port}/readyz")
                if answer.status_code != 200:
                    body: dict[str, str] = answer.json()
                    return body

"""Clients that connect, subscribe to a job, see its first event, and go."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Self

import httpx

from tests.support.graphql import WATCH, GraphQLClient
from tests.support.http_client import http_client
from tests.support.stack import Stack

JOBS = 10  # that are watched in turn
STREAM_EVERY = 5  # cycles: by server-sent events


@dataclass
class Cycles:
    """Some jobs that wait, and whoever watches them."""

    client: GraphQLClient
    jobs: list[str]

    @classmethod
    async def of(cls, stack: Stack) -> Self:
        """Enqueue the jobs."""
        client = stack.client()
        jobs = [await client.enqueue("hold", "", 'delay: "PT1H"') for _ in range(JOBS)]
        return cls(client, jobs)

    async def run(self, cycles: int, *, at_once: int) -> None:
        """Come and go so often, `at_once` clients at a time."""
        numbers = iter(range(cycles))

        async def one_after_the_other(http: httpx.AsyncClient) -> None:
            for n in numbers:
                if n % STREAM_EVERY == 0:
                    await self._stream(http, self.jobs[n % JOBS])
                else:
                    await self._socket(self.jobs[n % JOBS], cut_off=n % 2 == 0)

        async with http_client(headers=self.client.headers) as http, asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(one_after_the_other(http))

    async def _socket(self, job: str, *, cut_off: bool) -> None:
        async with self.client.socket() as socket:
            await socket.subscribe(WATCH, {"id": job})
            message = await socket.receive()
            assert message["type"] == "next", message
            if cut_off:
                socket.drop()

    async def _stream(self, http: httpx.AsyncClient, job: str) -> None:
        body = {"query": WATCH, "variables": {"id": job}}
        accept = {"Accept": "text/event-stream"}
        async with http.stream("POST", self.client.url, json=body, headers=accept) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    return

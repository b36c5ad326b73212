"""`/healthz`: the process lives. `/readyz`: it does its work, for it stays and Valkey answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse

# What a request would wait as well.
ANSWER_SECONDS = 1.5


async def healthz(_: Request) -> JSONResponse:
    """200 as long as the process answers at all."""
    return JSONResponse({"status": "ok"})


def readyz(redis: Redis, stopping: asyncio.Event) -> Callable[[Request], Awaitable[JSONResponse]]:
    """200 when Valkey answers in time, else 503: send no requests here.

    503 as well once `stopping` is set, for as long as connections are still taken.
    """
    client: Any = redis

    async def endpoint(_: Request) -> JSONResponse:
        if stopping.is_set():
            return JSONResponse({"status": "stopping"}, 503)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await client.ping()
        except (RedisError, OSError):
            return JSONResponse({"status": "unavailable", "valkey": "does not answer"}, 503)
        return JSONResponse({"status": "ok", "valkey": "ok"})

    return endpoint

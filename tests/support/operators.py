"""What an admin sees of queues and counts, over a real API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.support.graphql import GraphQLClient, Socket

SECONDS = 30.0

QUEUE = """
  name paused pausedAt waiting scheduled running oldestWaitingSince workerCount
  workers {
    id alive running leaseExpiresAt host processId version concurrency startedAt
    runningJobs { id status owner progress { fraction } }
  }
  minutes {
    at enqueued started succeeded failed cancelled retried lost waiting
    waited { p50 p95 p99 } ran { p50 p95 p99 }
  }
"""
QUEUES = f"query {{ queues {{ {QUEUE} }} }}"
WATCH_QUEUES = f"subscription {{ queues {{ {QUEUE} }} }}"
WATCH_COUNTS = "subscription { jobCounts { status count } }"
COUNTS = "query { jobCounts { status count } }"
CHANGE = """mutation($name: String!) {{ {field}(input: {{name: $name}}) {{
  __typename ... on {accepted} {{ queue {{ {queue} }} }} ... on Problem {{ message }} }} }}"""
PAUSE = CHANGE.format(field="pauseQueue", accepted="PauseQueueAccepted", queue=QUEUE)
RESUME = CHANGE.format(field="resumeQueue", accepted="ResumeQueueAccepted", queue=QUEUE)


async def pause(client: GraphQLClient, name: str = "default") -> dict[str, Any]:
    """What pausing the queue answers."""
    payload: dict[str, Any] = (await client.execute(PAUSE, name=name))["pauseQueue"]
    return payload


async def resume(client: GraphQLClient, name: str = "default") -> dict[str, Any]:
    """What resuming the queue answers."""
    payload: dict[str, Any] = (await client.execute(RESUME, name=name))["resumeQueue"]
    return payload


async def until_queue(socket: Socket, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first wanted value of the subscription to queues; there is one queue."""
    async with asyncio.timeout(SECONDS):
        async for result in socket.results():
            queue: dict[str, Any] = result["data"]["queues"][0]
            if wanted(queue):
                return queue
    raise AssertionError("the subscription completed")


async def until_counts(socket: Socket, **wanted: int) -> None:
    """Return once these, and nothing else, is counted."""
    last: dict[str, int] = {}
    try:
        async with asyncio.timeout(SECONDS):
            async for result in socket.results():
                last = counted(result["data"])
                if last == wanted:
                    return
    except TimeoutError:
        raise AssertionError(f"last counted: {last}") from None


def counted(data: dict[str, Any]) -> dict[str, int]:
    """The counts that are not 0, by status."""
    return {row["status"]: row["count"] for row in data["jobCounts"] if row["count"]}


def total(queue: dict[str, Any], field: str) -> int:
    """What the last hour has of it."""
    return sum(minute[field] or 0 for minute in queue["minutes"])

"""Jobs that live through all that can happen to one, over a real API and real workers."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from tests.support.graphql import WATCH, GraphQLClient, Socket
from tests.support.stack import Stack

COUNT = """mutation {
  count(input: {to: 5, options: {idempotencyKey: "once"}}) {
    __typename ... on CountAccepted { job { id cursor } } ... on Problem { message }
  }
}"""
CANCEL = "mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }"
RETRY = (
    "mutation($id: ID!) { retryJob(input: {id: $id}) { ... on RetryJobAccepted { job { id } } } }"
)
FEED = "subscription { jobs { job { id status } } }"
LIST = "{ jobs(first: 3) { edges { node { id } } pageInfo { hasNextPage } } }"

# More than are kept, so that the oldest events are dropped.
MANY_EVENTS = 1_010


async def run_a_job(client: GraphQLClient) -> None:
    """Enqueue, progress, watch, replay."""
    data = await client.execute(COUNT)
    job = data["count"]["job"]
    watched = await client.watch(job["id"], after=job["cursor"])
    assert watched[-1]["job"]["status"] == "SUCCEEDED"
    assert watched[-1]["job"]["progress"]["fraction"] == 1
    assert await client.watch(job["id"], after=watched[0]["cursor"]) == watched[1:]


async def cancel_and_retry(client: GraphQLClient) -> None:
    """Cancel a running job with many events, and one that waits; run both again."""
    waiting = await client.enqueue("add", "a: 1", 'delay: "PT1H"')
    running = await client.enqueue("count", "to: 1000000")
    async with client.socket() as socket, client.socket() as feed:
        await feed.subscribe(FEED)
        await socket.subscribe(WATCH, {"id": running})
        await _next(socket, lambda event: event["offset"] > MANY_EVENTS)
        await client.execute(CANCEL, id=running)
        await _next(socket, lambda event: event["job"]["status"] == "CANCELLED")
        await client.execute(CANCEL, id=waiting)
        while (await feed.receive())["payload"]["data"]["jobs"]["job"]["status"] != "CANCELLED":
            pass
    data = await client.execute(RETRY, id=waiting)
    events = await client.watch(data["retryJob"]["job"]["id"])
    assert events[-1]["job"]["status"] == "SUCCEEDED"


async def outlive_workers(stack: Stack, **settings: str) -> None:
    """A job whose worker is drained, then one whose worker is killed; both start elsewhere.

    `settings` are those of the workers, of which there must be one.
    """
    client = stack.client()
    for number, attempt in ((signal.SIGTERM, 1), (signal.SIGKILL, 2)):
        id = await client.enqueue("hold", "")
        async with client.socket() as socket:
            await socket.subscribe(WATCH, {"id": id})
            await _next(socket, lambda event: event["job"]["progress"] is not None)
            stack.workers[-1].send_signal(number)
            await stack.workers[-1].wait()
            await stack.start("worker", **settings)
            started = await _next(socket, lambda event: event["__typename"] == "JobStarted")
            await client.execute(CANCEL, id=id)
            await _next(socket, lambda event: event["job"]["status"] == "CANCELLED")
        assert started["job"]["attempt"] == attempt


async def schedule_and_list(client: GraphQLClient) -> None:
    """A job that is due in a moment, one that fails, and the list of all."""
    later = await client.enqueue("add", "a: 1", 'delay: "PT0.2S"')
    failing = await client.enqueue("take", "many: 4")
    assert (await client.watch(later))[-1]["job"]["status"] == "SUCCEEDED"
    assert (await client.watch(failing))[-1]["job"]["status"] == "FAILED"
    listed = await client.execute(LIST)
    assert listed["jobs"]["edges"]


async def _next(socket: Socket, wanted: Any) -> dict[str, Any]:
    """The first event that is wanted."""
    async with asyncio.timeout(30):
        async for result in socket.results():
            event: dict[str, Any] = result["data"]["job"]
            if wanted(event):
                return event
    raise AssertionError("the subscription completed")

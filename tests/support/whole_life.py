"""Jobs that live through all that can happen to one, over a real API and real workers."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import orjson

from tests.support.graphql import WATCH, GraphQLClient, Socket
from tests.support.http_client import http_client
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
COPY = "mutation($file: FileRef!) { copy(input: {file: $file}) {"
COPY += " ... on CopyAccepted { job { id } } } }"
DELETE = "mutation($id: ID!) { deleteFile(input: {id: $id}) { __typename } }"
SHARE = "mutation($id: ID!) { createWatchLink(input: {id: $id}) {"
SHARE += " ... on WatchLinkCreated { token } } }"
UNSHARE = "mutation($id: ID!) { revokeWatchLinks(input: {id: $id}) { __typename } }"
QUEUES = "{ queues { waiting workers { host runningJobs { id } } minutes { ran { p50 } } } }"
COUNTS = "{ jobCounts { status count } }"
PAUSE = 'mutation { pauseQueue(input: {name: "default"}) { __typename } }'
RESUME = 'mutation { resumeQueue(input: {name: "default"}) { __typename } }'
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


async def store_and_share(client: GraphQLClient) -> None:
    """A file that goes through a task, then is deleted; a job that is shown by a link."""
    operations = orjson.dumps({"query": COPY, "variables": {"file": None}})
    async with http_client(headers=client.headers, timeout=30) as http:
        answer = await http.post(
            client.url,
            headers={"GraphQL-Require-Preflight": "true"},
            data={"operations": operations.decode(), "map": '{"0": ["variables.file"]}'},
            files={"0": b"x" * 100_000},
        )
    job = answer.json()["data"]["copy"]["job"]["id"]
    assert (await client.watch(job))[-1]["job"]["status"] == "SUCCEEDED"
    (await client.execute("{ viewer { storage { usedBytes } } }"))
    stored = (await client.execute("{ viewer { storedFiles { id } } }"))["viewer"]["storedFiles"]
    for file in stored:
        deleted = await client.execute(DELETE, id=file["id"])
        assert deleted["deleteFile"]["__typename"] == "DeleteFileAccepted"
    assert len(stored) == 2
    link = (await client.execute(SHARE, id=job))["createWatchLink"]["token"]
    guest = GraphQLClient(client.port, None, link)
    assert (await guest.watch(job))[-1]["job"]["status"] == "SUCCEEDED"
    await client.execute(UNSHARE, id=job)


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


async def look_and_pause(client: GraphQLClient) -> None:
    """An admin pauses the queue while a job waits, resumes it, and looks at all there is."""
    assert (await client.execute(PAUSE))["pauseQueue"]["__typename"] == "PauseQueueAccepted"
    waiting = await client.enqueue("add", "a: 1")
    assert (await client.execute(RESUME))["resumeQueue"]["__typename"] == "ResumeQueueAccepted"
    assert (await client.watch(waiting))[-1]["job"]["status"] == "SUCCEEDED"
    async with asyncio.timeout(30):
        while True:
            (queue,) = (await client.execute(QUEUES))["queues"]
            told = any(minute["ran"] for minute in queue["minutes"])
            if told and queue["workers"][0]["host"]:
                break
            await asyncio.sleep(0.05)
    assert sum(row["count"] for row in (await client.execute(COUNTS))["jobCounts"]) > 0


async def _next(socket: Socket, wanted: Any) -> dict[str, Any]:
    """The first event that is wanted."""
    async with asyncio.timeout(30):
        async for result in socket.results():
            event: dict[str, Any] = result["data"]["job"]
            if wanted(event):
                return event
    raise AssertionError("the subscription completed")

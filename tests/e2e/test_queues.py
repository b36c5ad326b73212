"""Admins see queues, workers and minutes move, and pause and resume queues."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.graphql import WATCH, GraphQLClient, Socket
from tests.support.killable_valkey import killable_valkey
from tests.support.operators import (
    QUEUES,
    WATCH_QUEUES,
    pause,
    resume,
    total,
    until_queue,
)
from tests.support.stack import free_port, running_stack, until_ready
from tests.support.tokens import SECRET, token

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

CANCEL = "mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }"
SHARE = """mutation($id: ID!) { createWatchLink(input: {id: $id}) {
  ... on WatchLinkCreated { token } } }"""


async def begun(client: GraphQLClient, id: str) -> None:
    """Return once the job runs."""
    async with client.socket() as socket:
        await socket.subscribe(WATCH, {"id": id})
        async with asyncio.timeout(30):
            async for result in socket.results():
                if result["data"]["job"]["job"]["status"] == "RUNNING":
                    return


async def refusal(socket: Socket, query: str) -> str:
    """The code of the error that a subscription is refused with."""
    await socket.subscribe(query, id="refused")
    message = await socket.receive()
    assert message["type"] == "error", message
    code: str = message["payload"][0]["extensions"]["code"]
    return code


async def test_an_admin_sees_workers_their_jobs_and_the_minute_as_they_move(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, local_admin="true") as stack:
        admin, bob = stack.client("ada"), stack.client("bob")
        async with admin.socket() as socket:
            await socket.subscribe(WATCH_QUEUES)
            await until_queue(socket, lambda queue: queue["workerCount"] == 1)
            held = await bob.enqueue("hold", "")
            seen = await until_queue(socket, lambda queue: queue["running"] == 1)
            for n in range(3):
                await admin.watch(await admin.enqueue("add", f"a: {n}"))
            told = await until_queue(
                socket, lambda queue: total(queue, "succeeded") == 3 and queue["workers"][0]["host"]
            )
            later = await admin.enqueue("add", "a: 1", 'delay: "PT1H"')
            await until_queue(socket, lambda queue: queue["scheduled"] == 1)
        await admin.execute(CANCEL, id=later)

    assert (seen["name"], seen["paused"], seen["pausedAt"]) == ("default", False, None)
    (worker,) = seen["workers"]
    assert worker["alive"]
    assert [(job["id"], job["owner"]) for job in worker["runningJobs"]] == [(held, "bob")]
    (worker,) = told["workers"]
    assert worker["processId"] == stack.workers[0].pid
    assert worker["concurrency"] == 10
    assert worker["version"]
    assert len(told["minutes"]) == 60
    assert [minute["at"] for minute in told["minutes"]] == sorted(
        minute["at"] for minute in told["minutes"]
    )
    assert (total(told, "enqueued"), total(told, "started")) == (4, 4)
    busy = [minute for minute in told["minutes"] if minute["ran"]]
    for minute in busy:
        assert 0 < minute["ran"]["p50"] <= minute["ran"]["p95"] <= minute["ran"]["p99"] < 10
        assert minute["waited"] is None or 0 < minute["waited"]["p50"] < 10


async def test_minutes_add_up_over_workers_and_every_outcome(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, workers=2, local_admin="true") as stack:
        client = stack.client("ada")
        held = await client.enqueue("hold", "")
        await begun(client, held)
        await client.execute(CANCEL, id=held)
        async with asyncio.TaskGroup() as tasks:
            for n in range(40):
                tasks.create_task(client.enqueue("add", f"a: {n}"))
            for _ in range(3):
                tasks.create_task(client.enqueue("fault", ""))
        async with client.socket() as socket:
            await socket.subscribe(WATCH_QUEUES)
            queue = await until_queue(
                socket,
                lambda queue: (
                    total(queue, "succeeded") + total(queue, "failed") + total(queue, "cancelled")
                    == 44
                ),
            )

    assert queue["workerCount"] == 2
    outcomes = {
        name: total(queue, name) for name in ("started", "succeeded", "failed", "cancelled", "lost")
    }
    assert outcomes == {"started": 44, "succeeded": 40, "failed": 3, "cancelled": 1, "lost": 0}


async def test_a_killed_workers_attempts_count_as_lost_and_it_vanishes_with_its_lease(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, local_admin="true") as stack:
        client = stack.client("ada")
        await begun(client, await client.enqueue("hold", ""))
        async with client.socket() as socket:
            await socket.subscribe(WATCH_QUEUES)
            first = await until_queue(socket, lambda queue: queue["running"] == 1)
            await stack.kill_worker(0)
            now = await until_queue(
                socket,
                lambda queue: (
                    total(queue, "lost") == 1
                    and queue["workerCount"] == 1
                    and queue["running"] == 1
                ),
            )

    assert now["workers"][0]["id"] != first["workers"][0]["id"]
    assert now["workers"][0]["runningJobs"][0]["status"] == "RUNNING"


async def test_a_paused_queue_begins_nothing_until_it_is_resumed_even_by_new_workers(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, local_admin="true") as stack:
        port = free_port()
        await until_ready(port, await stack.start("serve", port=str(port)))
        client, elsewhere = stack.client("ada"), stack.client("ada", port)
        running = await client.enqueue("count", "to: 20 pauseMs: 100")
        await begun(client, running)
        async with elsewhere.socket() as socket:
            await socket.subscribe(WATCH_QUEUES)
            await until_queue(socket, lambda queue: not queue["paused"])
            paused = await pause(client)
            await until_queue(socket, lambda queue: queue["paused"])
            waiting = [await client.enqueue("add", f"a: {n}") for n in range(3)]
            due = await client.enqueue("add", "a: 9", 'delay: "PT0.1S"')
            finished = (await client.watch(running))[-1]["job"]["status"]
            await stack.kill_worker(0)
            still = await until_queue(
                socket,
                lambda queue: (
                    queue["waiting"] == 4
                    and not queue["running"]
                    and any(one["host"] for one in queue["workers"])
                ),
            )
            again = await pause(client)
            resumed = await resume(client)
            ends = [(await client.watch(id))[-1]["job"]["status"] for id in [*waiting, due]]
            await until_queue(socket, lambda queue: not queue["paused"] and not queue["waiting"])

    assert paused["queue"]["paused"]
    assert finished == "SUCCEEDED"
    assert still["oldestWaitingSince"] is not None
    assert (still["running"], total(still, "started")) == (0, 1)
    assert again["queue"]["pausedAt"] == paused["queue"]["pausedAt"]
    assert resumed["queue"]["pausedAt"] is None
    assert ends == ["SUCCEEDED"] * 4


async def test_only_admins_see_and_pause_queues(valkey_port: int, tmp_path: Path) -> None:
    async with running_stack(valkey_port, tmp_path, jwt_secret=SECRET, local_viewer="") as stack:
        ada = GraphQLClient(stack.port, None, token({"sub": "ada"}))
        root = GraphQLClient(stack.port, None, token({"sub": "root", "scope": "admin"}))
        job = await ada.enqueue("hold", "")
        link = (await ada.execute(SHARE, id=job))["createWatchLink"]["token"]
        guest = GraphQLClient(stack.port, None, link)
        refused: list[dict[str, Any]] = [
            await ada.request(QUEUES),
            await guest.request(QUEUES),
            await guest.request("{ jobCounts { status } }"),
        ]
        async with ada.socket() as socket:
            live = await refusal(socket, WATCH_QUEUES)
        by_ada = [await pause(ada), await resume(ada), await pause(ada, "nowhere")]
        by_root = [await pause(root, "nowhere"), await resume(root)]
        (queue,) = (await root.execute(QUEUES))["queues"]

    codes = [one["errors"][0]["extensions"]["code"] for one in refused]
    assert (*codes, live) == ("FORBIDDEN",) * 4
    assert [one["__typename"] for one in by_ada] == ["Forbidden"] * 3
    assert [one["__typename"] for one in by_root] == ["QueueNotFound", "ResumeQueueAccepted"]
    assert not queue["paused"]


async def test_a_subscription_to_queues_outlives_an_outage_of_valkey(tmp_path: Path) -> None:
    async with (
        killable_valkey(tmp_path / "valkey") as valkey,
        running_stack(valkey.port, tmp_path, local_admin="true") as stack,
    ):
        client = stack.client("ada")
        async with client.socket() as socket:
            await socket.subscribe(WATCH_QUEUES)
            await until_queue(socket, lambda queue: queue["workerCount"] == 1)
            await pause(client)
            await valkey.kill()
            answer = await client.request(QUEUES)
            while "errors" not in answer:  # what was read within the last second is given
                answer = await client.request(QUEUES)
            await valkey.start()
            async with asyncio.timeout(30):
                while "errors" in await client.request(QUEUES):
                    await asyncio.sleep(0.05)
            await resume(client)
            await until_queue(socket, lambda queue: not queue["paused"])

    assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"

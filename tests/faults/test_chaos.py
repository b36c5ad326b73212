"""Many jobs, workers killed at random, cancels, and watchers that come at any time."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from broadcaster.events import Event, Kind, Position
from schema.cursor import decode_cursor, encode_cursor
from tasks.events import EventType, decode_job_event
from tasks.keys import QueueKeys
from tests.support.graphql import WATCH, GraphQLClient
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

JOBS = 1000
KILLS = 10
CANCELS = 100
ENQUEUERS = 20
JOBS_PER_SOCKET = 50
SETTLE_SECONDS = 120.0

CHAOS = {
    "enqueues_per_minute": "100000",
    "waiting_jobs_per_viewer": "100000",
    "operations_per_second": "100000",  # one viewer does here what a thousand would
    "concurrency": "20",
    "lease": "1s",
}

ENDS = {EventType.SUCCEEDED, EventType.FAILED, EventType.CANCELLED}


async def test_every_job_ends_once_and_every_history_is_gapless(
    valkey_port: int, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    async with running_stack(valkey_port, tmp_path, workers=3, **CHAOS) as stack:
        client = stack.client()
        seen: dict[str, list[dict[str, Any]]] = {}
        jobs: list[str] = []
        async with asyncio.timeout(SETTLE_SECONDS), asyncio.TaskGroup() as tasks:
            tasks.create_task(kill_workers(stack, chance))
            async for batch in enqueued(client, chance, jobs):
                # Half of them are watched at once; the others once much has happened to them.
                seen.update({id: [] for id in batch[::2]})
                tasks.create_task(watch(client, batch[::2], seen))
            tasks.create_task(cancel(client, chance.sample(jobs, CANCELS)))
            late = [id for id in jobs if id not in seen]
            seen.update({id: [] for id in late})
            for start in range(0, len(late), JOBS_PER_SOCKET):
                tasks.create_task(watch(client, late[start : start + JOBS_PER_SOCKET], seen))

        await check_what_watchers_saw(client, seen)
    await check_histories(valkey_port, jobs)
    assert len(seen) == len(set(jobs)) == JOBS


async def enqueued(client: GraphQLClient, chance: random.Random, jobs: list[str]) -> Any:
    """Enqueue all jobs; batches of their ids."""
    for _ in range(JOBS // JOBS_PER_SOCKET):
        batch: list[str] = []

        async def some(batch: list[str] = batch) -> None:
            for _ in range(JOBS_PER_SOCKET // 10):
                pause = chance.randint(0, 30)
                batch.append(await client.enqueue("count", f"to: 4, pauseMs: {pause}"))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(10):
                tasks.create_task(some())
        jobs += batch
        yield batch


async def kill_workers(stack: Stack, chance: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.2, 1.0))  # at a moment that nobody chose
        await stack.kill_worker(chance.randrange(len(stack.workers)))


async def cancel(client: GraphQLClient, ids: list[str]) -> None:
    for id in ids:
        await client.execute(
            "mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }", id=id
        )


async def watch(client: GraphQLClient, ids: list[str], seen: dict[str, Any]) -> None:
    """Watch jobs to their ends, over one connection."""
    open_ids = set(ids)
    async with client.socket() as socket:
        for id in ids:
            await socket.subscribe(WATCH, {"id": id}, id=id)
        while open_ids:
            message = await socket.receive()
            if message["type"] == "complete":
                open_ids.remove(message["id"])
            else:
                assert message["type"] == "next", message
                seen[message["id"]].append(message["payload"]["data"]["job"])


async def check_what_watchers_saw(client: GraphQLClient, seen: dict[str, Any]) -> None:
    for id, events in seen.items():
        assert events[-1]["job"]["status"] in {"SUCCEEDED", "FAILED", "CANCELLED"}, id
        for before, event in pairwise(events):
            assert event["offset"] - event.get("merged", 0) == before["offset"] + 1, id
    # Those who come last of all, and from the beginning, see the same history.
    for id, events in list(seen.items())[:: JOBS // 20]:
        epoch = decode_cursor(events[-1]["cursor"]).position.epoch
        replayed = await client.watch(id, after=encode_cursor(id, Position(epoch, 0)))
        assert [event["offset"] for event in replayed] == list(range(1, len(replayed) + 1))
        assert replayed[-1]["offset"] == events[-1]["offset"]


async def check_histories(valkey_port: int, jobs: list[str]) -> None:
    keys = QueueKeys("default")
    async with Redis(port=valkey_port) as redis:
        for id in jobs:
            history = [
                Event.decode(bytes(raw))  # type: ignore[arg-type] # it never decodes
                for raw in await redis.lrange(keys.history(id), 0, -1)
            ]
            offsets = [event.position.offset for event in history]
            ends = [event for event in history if decode_job_event(event).type in ENDS]
            assert offsets == list(range(1, len(history) + 1)), id
            assert ends == [history[-1]], id
            assert history[-1].kind is Kind.FINAL, id

"""Counts by status move with the jobs, for those who may see them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tasks.keys import ALL_JOBS, QueueKeys
from tasks.overviews import INTERVAL_SECONDS
from tests.support.graphql import GraphQLClient
from tests.support.killable_valkey import killable_valkey
from tests.support.operators import COUNTS, WATCH_COUNTS, WATCH_QUEUES, counted, until_counts
from tests.support.stack import free_port, running_stack, until_ready
from tests.support.wire import counted_scripts

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

CANCEL = "mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }"
JOBS = "subscription($filter: JobFilter) { jobs(filter: $filter) { job { id owner } } }"
LIST = "query($filter: JobFilter) { jobs(filter: $filter) { edges { node { id owner } } } }"


async def test_counts_move_with_the_jobs_that_the_viewer_may_see(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, local_admin="true") as stack:
        port = free_port()
        await until_ready(port, await stack.start("serve", port=str(port)))
        admin, bob, cora = stack.client("ada"), stack.client("bob", port), stack.client("cora")
        await bob.watch(await bob.enqueue("add", "a: 1"))
        async with admin.socket() as all_jobs, bob.socket() as his, cora.socket() as hers:
            for socket in (all_jobs, his, hers):
                await socket.subscribe(WATCH_COUNTS)
            await until_counts(all_jobs, SUCCEEDED=1)
            await until_counts(his, SUCCEEDED=1)
            await until_counts(hers)
            held = await cora.enqueue("hold", "", 'watchers: ["dave"]')
            await cora.enqueue("add", "a: 1", 'delay: "PT1H"')
            await until_counts(hers, RUNNING=1, SCHEDULED=1)
            await until_counts(all_jobs, RUNNING=1, SCHEDULED=1, SUCCEEDED=1)
            asked = counted(await cora.execute(COUNTS))
            watched = counted(await stack.client("dave").execute(COUNTS))
            await cora.execute(CANCEL, id=held)
            await until_counts(hers, CANCELLED=1, SCHEDULED=1)
            await until_counts(all_jobs, CANCELLED=1, SCHEDULED=1, SUCCEEDED=1)
        unwatched = counted(await bob.execute(COUNTS))

    assert asked == {"RUNNING": 1, "SCHEDULED": 1}
    assert watched == {"RUNNING": 1}
    assert unwatched == {"SUCCEEDED": 1}


async def test_nothing_is_followed_or_read_once_all_clients_are_gone(
    valkey_port: int, tmp_path: Path
) -> None:
    feed = QueueKeys("default").feed(ALL_JOBS)
    async with (
        running_stack(valkey_port, tmp_path, workers=0, local_admin="true") as stack,
        Redis(port=valkey_port) as valkey,
        asyncio.timeout(60),
    ):
        client = stack.client()
        async with client.socket() as stays, client.socket() as vanishes:
            for socket in (stays, vanishes):
                await socket.subscribe(WATCH_COUNTS)
                await socket.subscribe(WATCH_QUEUES, id="2")
                assert {(await socket.receive())["id"] for _ in range(2)} == {"1", "2"}
            followed = await valkey.pubsub_numsub(feed)
            vanishes.drop()
            await stays.send(type="complete", id="1")
            await stays.send(type="complete", id="2")
            while (await valkey.pubsub_numsub(feed))[0][1]:
                await asyncio.sleep(0.02)
            async with counted_scripts(valkey_port) as scripts:
                await asyncio.sleep(2 * INTERVAL_SECONDS)  # in which nobody looks

    assert followed == [(feed.encode(), 1)]
    assert scripts == {}


async def test_counts_go_on_after_valkey_was_away(tmp_path: Path) -> None:
    async with (
        killable_valkey(tmp_path / "valkey", "--appendfsync", "always") as valkey,
        running_stack(valkey.port, tmp_path) as stack,
    ):
        client = stack.client("ada")
        await client.watch(await client.enqueue("add", "a: 1"))
        async with client.socket() as socket:
            await socket.subscribe(WATCH_COUNTS)
            await until_counts(socket, SUCCEEDED=1)
            await valkey.kill()
            refused = await client.request('{ node(id: "x") { id } jobs { edges { cursor } } }')
            await valkey.start()
            await until_ready(stack.port, stack.servers[0])
            await client.enqueue("add", "a: 1")
            await until_counts(socket, SUCCEEDED=2)

    assert refused["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"


async def ids(client: GraphQLClient, **filter: object) -> set[str]:
    """The jobs that the list has for the filter."""
    listed = await client.execute(LIST, filter=filter)
    return {edge["node"]["id"] for edge in listed["jobs"]["edges"]}


async def test_jobs_are_found_by_text_and_owner_in_the_list_and_live(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, local_admin="true") as stack:
        admin, bob = stack.client("ada"), stack.client("bob")
        mine = await admin.enqueue("add", "a: 1", 'tags: ["Straße"]')
        his = await bob.enqueue("hold", "")

        async with admin.socket() as by_text, admin.socket() as by_owner:
            await by_text.subscribe(JOBS, {"filter": {"text": "STRASSE"}})
            await by_owner.subscribe(JOBS, {"filter": {"owners": ["bob"]}})
            for socket in (by_text, by_owner):
                await socket.send(type="ping")
                assert (await socket.receive())["type"] == "pong"
            await bob.enqueue("add", "a: 1")
            later = await admin.enqueue("add", "a: 1", 'tags: ["strasse 12"]')
            found = (await by_text.receive())["payload"]["data"]["jobs"]["job"]
            owned = (await by_owner.receive())["payload"]["data"]["jobs"]["job"]

        assert found["id"] == later
        assert owned["owner"] == "bob"
        assert await ids(admin, text="STRASSE") == {mine, later}
        assert await ids(admin, text=his[10:30]) >= {his}
        assert await ids(admin, text="HOL") == {his}
        assert await ids(admin, text="BOB") == await ids(admin, owners=["bob"])
        assert await ids(admin, text="") == await ids(admin)
        assert await ids(bob, owners=["ada"]) == set()
        long = await admin.request(LIST, filter={"text": "x" * 101})
    assert long["errors"][0]["extensions"]["code"] == "BAD_REQUEST"

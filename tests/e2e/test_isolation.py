"""Two viewers: what is one's, the other can neither see, watch, cancel, retry nor guess."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tasks.ids import new_job_id
from tests.support.graphql import WATCH, GraphQLClient
from tests.support.stack import Stack, running_stack
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.anyio

JOB = "query($id: ID!) { job(id: $id) { id } node(id: $id) { id } }"
CANCEL = """mutation($id: ID!) { cancelJob(input: {id: $id}) {
  __typename ... on JobNotFound { message } } }"""
RETRY = """mutation($id: ID!) { retryJob(input: {id: $id}) {
  __typename ... on JobNotFound { message } } }"""
LIST = """query($after: String, $filter: JobFilter) {
  jobs(first: 10, after: $after, filter: $filter) {
    edges { cursor node { id owner } } pageInfo { hasNextPage endCursor } } }"""


async def answers(client: GraphQLClient, id: str) -> dict[str, Any]:
    """What a viewer is told of a job, everywhere that an id can be put."""
    told: dict[str, Any] = {"job": await client.execute(JOB, id=id)}
    for name, mutation in {"cancel": CANCEL, "retry": RETRY}.items():
        told[name] = await client.execute(mutation, id=id)
    async with client.socket() as socket:
        await socket.subscribe(WATCH, {"id": id})
        told["watch"] = await socket.receive()
    return told


async def test_not_yours_is_told_exactly_as_not_there(stack: Stack) -> None:
    ada, bob = stack.client("ada"), stack.client("bob")
    theirs = await ada.enqueue("hold", "")

    foreign = await answers(bob, theirs)
    absent = await answers(bob, new_job_id("default"))
    malformed = await answers(bob, "x{default}:*\\'\" \u202e")

    assert foreign["job"] == {"job": None, "node": None}
    assert foreign["cancel"]["cancelJob"]["__typename"] == "JobNotFound"
    assert foreign["retry"]["retryJob"]["__typename"] == "JobNotFound"
    assert foreign["watch"]["type"] == "error"
    assert foreign["watch"]["payload"][0]["extensions"]["code"] == "NOT_FOUND"
    assert foreign == absent == malformed
    assert (await ada.execute(JOB, id=theirs))["job"] == {"id": theirs}


async def test_lists_feeds_and_keys_of_one_viewer_show_nothing_of_another(stack: Stack) -> None:
    ada, bob = stack.client("ada"), stack.client("bob")
    hers = [await ada.enqueue("add", "a: 1", 'tags: ["x"], idempotencyKey: "k"')]
    hers += [await ada.enqueue("add", f"a: {n}", 'tags: ["x"]') for n in range(3)]
    page = await ada.execute(LIST)
    cursor = page["jobs"]["edges"][0]["cursor"]

    async with bob.socket() as socket:
        await socket.subscribe("subscription { jobs { job { id owner } } }")
        await socket.send(type="ping")  # once it is answered, the subscription was begun
        assert (await socket.receive())["type"] == "pong"
        his = await bob.enqueue("add", "a: 9", 'tags: ["x"], idempotencyKey: "k"')
        await ada.enqueue("add", "a: 5")
        last = await bob.enqueue("add", "a: 8")
        seen: list[str] = []
        async for result in socket.results():
            seen.append(result["data"]["jobs"]["job"]["id"])
            if seen[-1] == last:
                break

    assert set(seen) <= {his, last}
    assert his not in hers
    listed = await bob.execute(LIST, filter={"tags": ["x"]})
    assert [edge["node"]["id"] for edge in listed["jobs"]["edges"]] == [his]
    # A place in her list is only a moment in his.
    by_her_cursor = await bob.execute(LIST, after=cursor)
    assert {edge["node"]["owner"] for edge in by_her_cursor["jobs"]["edges"]} <= {"bob"}


async def test_another_jobs_cursor_is_refused(stack: Stack) -> None:
    ada, bob = stack.client("ada"), stack.client("bob")
    theirs, his = await ada.enqueue("add", "a: 1"), await bob.enqueue("add", "a: 1")
    cursor = (await ada.watch(theirs))[-1]["cursor"]

    async with bob.socket() as socket:
        await socket.subscribe(WATCH, {"id": his, "after": cursor})
        refused = await socket.receive()
        await socket.subscribe(WATCH, {"id": his, "after": "MS5h"}, id="2")
        forged = await socket.receive()
    async with bob.socket(init={"resume": {"3": cursor}}) as socket:
        await socket.subscribe(WATCH, {"id": his}, id="3")
        resumed = await socket.receive()

    for message in (refused, forged, resumed):
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "CURSOR_INVALID"


async def test_rider_and_driver_watch_one_job_and_only_its_owner_ends_it(stack: Stack) -> None:
    owner, driver, other = stack.client("rider"), stack.client("driver"), stack.client("other")
    id = await owner.enqueue("hold", "", 'watchers: ["driver"]')

    async with driver.socket() as socket:
        await socket.subscribe(WATCH, {"id": id})
        first = await socket.receive()
        refused = await driver.execute(CANCEL, id=id)
        listed = await driver.execute(LIST)
        await owner.execute(CANCEL, id=id)
        last = [result["data"]["job"] async for result in socket.results()][-1]

    assert first["type"] == "next"
    assert refused["cancelJob"]["__typename"] == "JobNotFound"
    assert [edge["node"]["id"] for edge in listed["jobs"]["edges"]] == [id]
    assert last["job"]["status"] == "CANCELLED"
    assert (await other.execute(JOB, id=id))["job"] is None


async def test_tokens_sign_viewers_in_and_an_admin_sees_all(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, jwt_secret=SECRET, local_viewer="") as stack:
        ada = GraphQLClient(stack.port, None, token({"sub": "ada"}))
        bob = GraphQLClient(stack.port, None, token({"sub": "bob"}))
        root = GraphQLClient(stack.port, None, token({"sub": "root", "scope": "admin"}))
        nobody = GraphQLClient(stack.port, "ada")
        id = await ada.enqueue("add", "a: 1")

        hidden = await bob.execute(JOB, id=id)
        shown = await root.execute(JOB, id=id)
        everyones = await root.execute(LIST)
        refused = await nobody.request("{ viewer { id } }")
        async with nobody.socket(acknowledge=False) as socket:
            await socket.send(type="connection_init", payload={"viewer": "ada"})
            closed = await socket.closed()
        async with asyncio.timeout(10):
            watched = await root.watch(id)

    assert hidden["job"] is None
    assert shown["job"] == {"id": id}
    assert [edge["node"]["owner"] for edge in everyones["jobs"]["edges"]] == ["ada"]
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert closed[0] == 4403
    assert watched[-1]["job"]["status"] == "SUCCEEDED"

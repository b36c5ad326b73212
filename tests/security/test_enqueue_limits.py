"""How many jobs one viewer may enqueue: counted in Valkey, so by all API processes together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.graphql import GraphQLClient
from tests.support.stack import Stack, free_port, running_stack, until_ready

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

HOLD = """mutation { hold { __typename
  ... on HoldAccepted { job { id } } ... on RateLimited { message retryAfter } } }"""
CANCEL = "mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }"


@pytest.fixture
async def stack(
    request: pytest.FixtureRequest, valkey_port: int, tmp_path: Path
) -> AsyncIterator[Stack]:
    async with running_stack(valkey_port, tmp_path, workers=0, **request.param) as stack:
        yield stack


async def two_clients(stack: Stack, viewer: str) -> list[GraphQLClient]:
    """Of two API processes."""
    port = free_port()
    second = await stack.start("serve", port=str(port))
    await until_ready(port, second)
    return [stack.client(viewer), stack.client(viewer, port)]


async def hold(client: GraphQLClient) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.execute(HOLD))["hold"]
    return answer


@pytest.mark.parametrize("stack", [{"enqueues_per_minute": "4"}], indirect=True)
async def test_too_many_in_a_minute_are_told_when_to_come_again(stack: Stack) -> None:
    one, two = await two_clients(stack, "ada")

    accepted = [await hold(client) for client in (one, two, one, two)]
    refused = [await hold(client) for client in (one, two)]
    other = await hold(stack.client("bob"))

    assert {answer["__typename"] for answer in accepted} == {"HoldAccepted"}
    for answer in refused:
        assert answer["__typename"] == "RateLimited"
        assert answer["message"]
        assert answer["retryAfter"].startswith("PT")
    assert other["__typename"] == "HoldAccepted"


@pytest.mark.parametrize("stack", [{"waiting_jobs_per_viewer": "2"}], indirect=True)
async def test_too_many_that_wait_are_refused_until_one_has_ended(stack: Stack) -> None:
    one, two = await two_clients(stack, "ada")

    first = await hold(one)
    await hold(two)
    refused = [await hold(client) for client in (one, two)]
    await two.execute(CANCEL, id=first["job"]["id"])
    again = await hold(one)

    assert [answer["__typename"] for answer in refused] == ["RateLimited"] * 2
    assert again["__typename"] == "HoldAccepted"

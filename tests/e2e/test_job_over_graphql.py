"""A job's way: a mutation, a real worker, and its events over a real WebSocket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.graphql import WATCH
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["true", "false"], ids=["shared", "each its own"])
async def stack(
    valkey_port: int, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Stack]:
    """An API and a worker; subscribers share executions, or have each its own."""
    async with running_stack(valkey_port, tmp_path, shared_execution=request.param) as running:
        yield running


async def test_a_job_runs_and_its_watcher_sees_every_event_once(stack: Stack) -> None:
    client = stack.client()
    id = await client.enqueue("count", "to: 5")

    events = await client.watch(id)
    seen = await client.execute(
        "query($id: ID!) { job(id: $id) { status ... on CountJob { input { to pauseMs } } } }",
        id=id,
    )

    assert events[0]["__typename"] == "JobSnapshot"
    offsets = [event["offset"] - event.get("merged", 0) for event in events[1:]]
    ends = [event["offset"] + 1 for event in events[:-1]]
    assert offsets == ends
    assert events[-1]["job"]["status"] == "SUCCEEDED"
    assert seen["job"] == {"status": "SUCCEEDED", "input": {"to": 5, "pauseMs": 0}}


async def test_who_subscribes_after_the_end_learns_the_outcome(stack: Stack) -> None:
    client = stack.client()
    id = await client.enqueue("add", "a: 2, b: 3")
    await client.watch(id)

    late = await client.watch(id)
    result = await client.execute(
        "query($id: ID!) { job(id: $id) { ... on AddJob { result } } }", id=id
    )

    assert [event["__typename"] for event in late] == ["JobSnapshot"]
    assert late[0]["job"]["status"] == "SUCCEEDED"
    assert result == {"job": {"result": 5}}


async def test_a_cursor_replays_exactly_what_came_after_it(stack: Stack) -> None:
    client = stack.client()
    id = await client.enqueue("count", "to: 20")
    await client.watch(id)
    everything = await client.watch(id, after=_first_cursor(id, await client.watch(id)))

    middle = everything[7]["cursor"]
    replayed = await client.watch(id, after=middle)

    assert [event["offset"] for event in everything] == list(range(2, 2 + len(everything)))
    assert replayed == everything[8:]


async def test_who_comes_late_can_have_every_event_from_the_first_on(stack: Stack) -> None:
    client = stack.client()
    id = await client.enqueue("count", "to: 5")
    await client.watch(id)
    answer = await client.execute("query($id: ID!) { job(id: $id) { firstCursor } }", id=id)

    everything = await client.watch(id, after=answer["job"]["firstCursor"])

    assert everything[0]["__typename"] == "JobEnqueued"
    assert [event["offset"] for event in everything] == list(range(1, 1 + len(everything)))
    assert everything[-1]["job"]["status"] == "SUCCEEDED"


async def test_a_stock_clients_resume_parameter_is_honoured(stack: Stack) -> None:
    client = stack.client()
    id = await client.enqueue("add", "a: 1")
    events = await client.watch(id)
    cursor = _first_cursor(id, events)

    async with client.socket(init={"resume": {"mine": cursor}}) as socket:
        await socket.subscribe(WATCH, {"id": id}, id="mine")
        resumed = [result["data"]["job"] async for result in socket.results("mine")]

    assert [event["offset"] for event in resumed] == [2, 3]


async def test_a_running_job_is_cancelled_and_says_so(stack: Stack) -> None:
    client = stack.client()
    id = await client.enqueue("hold", "")

    async with client.socket() as socket:
        await socket.subscribe(WATCH, {"id": id})
        types: list[str] = []
        asked = False
        async for result in socket.results():
            event = result["data"]["job"]
            types.append(event["__typename"])
            if event["job"]["progress"] and not asked:
                asked = True
                await client.execute(
                    "mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }", id=id
                )

    assert types[-2:] == ["JobCancelling", "JobCancelled"]


async def test_a_declared_failure_is_typed_and_final(stack: Stack) -> None:
    client = stack.client()
    id = await client.enqueue("take", "many: 9")
    await client.watch(id)

    data = await client.execute(
        "query($id: ID!) { job(id: $id) { attempt failure { __typename message"
        " ... on TooMany { left } } } }",
        id=id,
    )

    failure = data["job"]["failure"]
    assert (failure["__typename"], failure["left"]) == ("TooMany", 3)
    assert data["job"]["attempt"] == 1


async def test_an_undeclared_failure_shows_no_detail(stack: Stack) -> None:
    client = stack.client()
    id = await client.enqueue("fault", "")
    events = await client.watch(id)

    assert events[-1]["job"]["status"] == "FAILED"
    assert "secret" not in str(events)
    assert "secret detail" in stack.log.read_text()


async def test_a_killed_workers_job_runs_on_another(valkey_port: int, tmp_path: Path) -> None:
    async with running_stack(valkey_port, tmp_path, workers=1) as stack:
        client = stack.client()
        id = await client.enqueue("hold", "seconds: 1")
        async with client.socket() as socket:
            await socket.subscribe(WATCH, {"id": id})
            events: list[dict[str, Any]] = []
            killed = False
            async for result in socket.results():
                events.append(result["data"]["job"])
                if events[-1]["job"]["progress"] and not killed:
                    killed = True
                    await stack.kill_worker(0)

    types = [event["__typename"] for event in events]
    assert types.count("HoldSucceeded") == 1
    assert "JobRetryScheduled" in types
    assert events[-1]["job"]["attempt"] == 2


async def test_an_invalid_input_is_an_answer_with_paths(stack: Stack) -> None:
    data = await stack.client().execute(
        "mutation { add(input: {a: 1, b: 5000}) { __typename"
        " ... on InvalidInput { message fields { path message } } } }"
    )

    assert data["add"]["__typename"] == "InvalidInput"
    assert data["add"]["fields"][0]["path"] == ["b"]


def _first_cursor(id: str, events: list[dict[str, object]]) -> str:
    """The cursor just after the job's first event, in the history of these events."""
    from broadcaster.events import Position
    from schema.cursor import decode_cursor, encode_cursor

    cursor = decode_cursor(str(events[-1]["cursor"]))
    return encode_cursor(id, Position(cursor.position.epoch, 1))

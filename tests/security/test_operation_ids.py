"""Ids of operations: whose a message is, when an id is free again, and races over both."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.graphql import WATCH, Socket
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio

VIEWER = "{ viewer { id } }"
FEED = "subscription { jobs { offset } }"
RACES = 100


async def test_an_id_is_free_again_after_complete_and_after_error(protocol_stack: Stack) -> None:
    async with protocol_stack.client().socket() as socket:
        seen = []
        for query in (VIEWER, "{ nonsense }", 'subscription { job(id: "x") { at } }', VIEWER):
            await socket.subscribe(query, id="1")
            seen.append(await until_end(socket, "1"))
        await socket.subscribe(FEED, id="1")
        await complete(socket, "1")
        await socket.subscribe(VIEWER, id="1")
        seen.append(await until_end(socket, "1"))

    assert seen == [["next", "complete"], ["error"], ["error"], *[["next", "complete"]] * 2]


async def test_complete_for_an_id_that_runs_nothing_is_no_fault(protocol_stack: Stack) -> None:
    async with protocol_stack.client().socket(acknowledge=False) as socket:
        await complete(socket, "before the acknowledgement")
        await socket.send(type="connection_init")
        acknowledged = await socket.receive()
        await socket.subscribe(VIEWER, id="1")
        await until_end(socket, "1")
        for id in ("1", "1", "never"):
            await complete(socket, id)
        left = await until_pong(socket)

    assert acknowledged == {"type": "connection_ack"}
    assert left == []


async def test_nothing_comes_for_an_operation_once_it_was_completed(protocol_stack: Stack) -> None:
    client = protocol_stack.client()
    job = await client.enqueue("count", "to: 5000, pauseMs: 1")
    async with client.socket() as socket:
        await socket.subscribe(WATCH, {"id": job}, id="all along")
        for n in range(RACES // 4):
            await socket.subscribe(WATCH, {"id": job}, id=str(n))
            while (await socket.receive())["id"] != str(n):
                pass
            await complete(socket, str(n))
            await until_pong(socket)
            # Events of the job flow on, to the other; and what is new under the id is its own.
            await socket.subscribe(VIEWER, id=str(n))
            assert await until_end(socket, str(n)) == ["next", "complete"]
    await client.execute(f'mutation {{ cancelJob(input: {{id: "{job}"}}) {{ __typename }} }}')


async def test_an_operation_that_both_sides_complete_at_once_ends_once(
    protocol_stack: Stack,
) -> None:
    async with protocol_stack.client().socket() as socket:
        for _ in range(RACES):
            await socket.subscribe(VIEWER, id="1")
            await complete(socket, "1")
            left = [message["type"] for message in await until_pong(socket)]

            assert left in ([], ["next"], ["next", "complete"])


async def test_messages_of_operations_side_by_side_carry_their_own_ids(
    protocol_stack: Stack,
) -> None:
    ids = ["ä 🚲", "x" * 128, "__proto__", "1", "01", " 1", '"', "\\u0000"]
    async with protocol_stack.client().socket() as socket:
        for n, id in enumerate(ids):
            await socket.subscribe(f"{{ a{n}: __typename }}", id=id)
        answers: dict[str, Any] = {}
        async with asyncio.timeout(30):
            while len(answers) < len(ids):
                message = await socket.receive()
                if message["type"] == "next":
                    answers[message["id"]] = message["payload"]

    assert answers == {id: {"data": {f"a{n}": "Query"}} for n, id in enumerate(ids)}


async def complete(socket: Socket, id: str) -> None:
    await socket.send(type="complete", id=id)


async def until_end(socket: Socket, id: str) -> list[str]:
    """The types of an operation's messages, to the last."""
    types: list[str] = []
    while not types or types[-1] not in {"complete", "error"}:
        message = await socket.receive()
        if message["id"] == id:
            types.append(message["type"])
    return types


async def until_pong(socket: Socket) -> list[dict[str, Any]]:
    """What the server sent before it answered a ping."""
    await socket.send(type="ping")
    messages = []
    while (message := await socket.receive())["type"] != "pong":
        messages.append(message)
    return messages

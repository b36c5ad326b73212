"""Clients that others wrote, cut off in the middle of a job: no event is missed or doubled."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportError
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed

from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.node import node_program
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio

CLIENT = Path(__file__).parent / "graphql_ws_client"
COUNT_TO = 60
CUT_AFTER = (8, 40)  # events seen when the connection is cut


@pytest.mark.parametrize("shared", ["true", "false"], ids=["shared", "each its own"])
async def test_the_official_graphql_ws_client_resumes_with_nothing_missing_or_doubled(
    valkey_port: int, tmp_path: Path, shared: str
) -> None:
    folder = node_program(CLIENT)
    async with (
        running_stack(valkey_port, tmp_path, workers=0, shared_execution=shared) as stack,
        fault_proxy(stack.port) as proxy,
    ):
        id = await stack.client().enqueue("count", f"to: {COUNT_TO}, pauseMs: 20")
        process = await asyncio.create_subprocess_exec(
            "node",
            "resume.mjs",
            f"ws://127.0.0.1:{proxy.port}/graphql",
            id,
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        events: list[dict[str, Any]] = []
        async with asyncio.timeout(60):
            async for line in process.stdout:
                events.append(json.loads(line))
                if len(events) == 1:
                    await stack.start("worker")  # not sooner: Node may take long to begin
                if len(events) in CUT_AFTER:
                    proxy.cut()
            await process.wait()

    assert process.returncode == 0
    assert events.pop() == {"complete": True}
    assert proxy.accepted == 1 + len(CUT_AFTER)
    assert_gapless(events)


@pytest.mark.parametrize("shared", ["true", "false"], ids=["shared", "each its own"])
async def test_the_gql_client_resumes_by_cursor_with_nothing_missing_or_doubled(
    valkey_port: int, tmp_path: Path, shared: str
) -> None:
    events: list[dict[str, Any]] = []

    async with (
        running_stack(valkey_port, tmp_path, shared_execution=shared) as stack,
        fault_proxy(stack.port) as proxy,
        asyncio.timeout(60),
    ):
        id = await stack.client().enqueue("count", f"to: {COUNT_TO}, pauseMs: 20")
        while not events or events[-1]["job"]["status"] != "SUCCEEDED":
            await follow(proxy, id, events)

    assert proxy.accepted > len(CUT_AFTER)
    assert_gapless(events)


async def follow(proxy: FaultProxy, id: str, events: list[dict[str, Any]]) -> None:
    """Subscribe from where `events` end, until the job ends or the connection is cut."""
    query = gql(
        "subscription($id: ID!, $after: Cursor) { job(id: $id, after: $after) {"
        " __typename offset cursor ... on JobProgressed { merged } job { status } } }"
    )
    query.variable_values = {"id": id, "after": events[-1]["cursor"] if events else None}
    transport = WebsocketsTransport(
        url=f"ws://127.0.0.1:{proxy.port}/graphql",
        init_payload={"viewer": "ada"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    try:
        async with Client(transport=transport) as session:
            async for result in session.subscribe(query):
                events.append(result["job"])
                if len(events) in CUT_AFTER:
                    proxy.cut()
    except (TransportError, ConnectionClosed, OSError):
        pass  # cut off


def assert_gapless(events: list[dict[str, Any]]) -> None:
    """Each event follows the one before, but for progress that it stands for."""
    assert events[0]["__typename"] == "JobSnapshot"
    for before, event in pairwise(events):
        assert event["offset"] - event.get("merged", 0) == before["offset"] + 1
    assert events[-1]["job"]["status"] == "SUCCEEDED"

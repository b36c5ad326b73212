"""The audits that the authors of GraphQL over HTTP publish, against a real server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.node import node_program
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio

AUDIT = Path(__file__).parent / "graphql_http_audit"


async def test_every_must_and_should_of_graphql_over_http_passes(stack: Stack) -> None:
    folder = node_program(AUDIT)

    process = await asyncio.create_subprocess_exec(
        "node", "audit.mjs", stack.url, cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate()

    audits = [json.loads(line) for line in output.splitlines()]
    binding = [audit for audit in audits if audit["name"].startswith(("MUST", "SHOULD"))]
    failed = [(audit["name"], audit["reason"]) for audit in binding if audit["status"] != "ok"]
    assert len(binding) > 20
    assert failed == []

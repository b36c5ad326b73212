"""Clients that come and go leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cycles import Cycles
from tests.support.processes import resident_bytes
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio

# What is kept on purpose (answers, tokens, plans) and what waits for the garbage collector takes
# some 3 MiB until it grows no more, most of it in the first thousand.
WARM_UP, CYCLES = 1500, 2500
# Half of the least that a forgotten subscription could keep: its objects alone take 2 KiB.
MOST_KEPT = 1024  # bytes a cycle


async def test_clients_that_come_and_go_leave_no_memory_behind(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, operations_per_second="100000") as stack:
        cycles = await Cycles.of(stack)
        await cycles.run(WARM_UP, at_once=10)
        before = resident_bytes(stack.servers[0].pid)

        await cycles.run(CYCLES, at_once=10)

        assert resident_bytes(stack.servers[0].pid) - before < CYCLES * MOST_KEPT

"""Hosts whose clocks are an hour apart: order and time come from Valkey alone."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.faults.system import LEASE, faulty_system

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

HOUR = 3600
DELAYED = """mutation {
  quick(input: {options: {delay: "PT1S"}}) { ... on QuickAccepted { job { id } } }
}"""


async def test_clocks_an_hour_apart_change_neither_order_nor_leases(
    tmp_path: Path, jobs: int
) -> None:
    ahead = ("-m", "tests.support.skewed_clock", str(HOUR))
    behind = ("-m", "tests.support.skewed_clock", str(-HOUR))
    async with faulty_system(tmp_path, apis=0, workers=0) as system:
        await system.start_api(*ahead)
        for clock in (ahead, behind):
            await system.is_ready(await system.start_worker(*clock))
        async with Load(system, jobs, pause_ms=400) as load:
            await load.underway()
            await system.is_busy(system.workers[0])
            killed = time.time()
            held = await system.kill_worker(system.workers[0])
            await system.start_worker(*ahead)
            await load.attempts_again(held, since=killed)
            delayed = (await system.client().execute(DELAYED))["quick"]["job"]["id"]
            await ends(load, delayed)
        verdict = await load.verdict("hosts' clocks an hour ahead and behind")

        for id in load.accepted.values():
            for before, after in pairwise(await system.history(id)):
                assert before.at <= after.at
                assert abs(after.at.timestamp() - time.time()) < HOUR / 2
        scheduled, due, *_ = await system.history(delayed)
        logged = system.log.read_text()
        for process, hours in (("api", 1), ("worker", 1), ("worker", -1)):
            host = datetime.now(UTC) + timedelta(hours=hours)
            begins = f'{{"at":"{host:%Y-%m-%dT%H}'
            last = f'{{"at":"{host - timedelta(minutes=3):%Y-%m-%dT%H}'
            assert any(
                line.startswith((begins, last)) and f'"process":"{process}"' in line
                for line in logged.splitlines()
            ), "the process's clock was right"
        assert 0.99 <= due.at.timestamp() - scheduled.at.timestamp() < 10

    verdict.check(within=2 * LEASE.total_seconds())


async def ends(load: Load, id: str) -> None:
    async with asyncio.timeout(30):
        while not (await load.system.history(id))[-1].job.status.terminal:
            await asyncio.sleep(0.02)

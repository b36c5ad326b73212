"""Workers that die, freeze, drain or meet themselves while they run jobs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.faults.system import LEASE, faulty_system

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


async def test_jobs_of_killed_workers_run_elsewhere_within_two_leases(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path, workers=3) as system:
        async with Load(system, jobs) as load:
            await load.underway()
            for _ in range(3):
                killed = time.time()
                held = await system.kill_worker(system.workers[0])
                await system.start_worker()
                await load.attempts_again(held, since=killed)
        verdict = await load.verdict("SIGKILL of a worker in mid-job, three times")

    verdict.check(within=2 * LEASE.total_seconds())

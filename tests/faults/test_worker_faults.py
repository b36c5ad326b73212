"""Workers that die, freeze, drain or meet themselves while they run jobs."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tasks.events import EventType
from tasks.queue.scripts import script
from tests.faults.conftest import FULL, rarely
from tests.faults.load import Load
from tests.faults.observed_queue import KEYS
from tests.faults.system import LEASE, end, faulty_system

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

KILLS = 3 if FULL else 1
TWO_LEASES = 2 * LEASE.total_seconds()

CANCEL = "mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }"


async def test_jobs_of_killed_workers_run_elsewhere_within_two_leases(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path, workers=3) as system:
        async with Load(system, jobs, seconds=jobs / 24, pause_ms=150) as load:
            await load.underway(0.1)
            for _ in range(KILLS):
                await system.is_busy(system.workers[0])
                killed = time.time()
                held = await system.kill_worker(system.workers[0])
                await system.start_worker()
                await load.attempts_again(held, since=killed)
        verdict = await load.verdict(f"SIGKILL of a worker in mid-job, {KILLS} times")

    verdict.check(within=TWO_LEASES)


async def test_a_frozen_workers_jobs_run_elsewhere_and_it_cannot_write_when_it_wakes(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs, pause_ms=100) as load:
            await load.underway()
            frozen = system.workers[0]
            await system.is_busy(frozen)
            stopped = time.time()
            frozen.send_signal(signal.SIGSTOP)
            held = await system.held_by(frozen)
            await load.attempts_again(held, since=stopped)
            frozen.send_signal(signal.SIGCONT)
        verdict = await load.verdict("SIGSTOP of a worker for longer than its lease")
        assert frozen.returncode is None  # it went on with other jobs

    assert held
    verdict.check(within=TWO_LEASES)


@pytest.mark.parametrize("name", ["pop", rarely("finish")])
async def test_a_worker_killed_before_it_hears_the_answer_strands_nothing(
    tmp_path: Path, jobs: int, name: str
) -> None:
    held: list[str] = []
    async with faulty_system(tmp_path, workers=1) as system:
        async with Load(system, jobs, pause_ms=100) as load:
            await load.underway(0.1)
            for _ in range(3):
                # The script has run, or runs; its answer does not arrive.
                heard = system.worker_link.hold_reply_to(sha(name))
                async with asyncio.timeout(30):
                    await heard.wait()
                killed = time.time()
                held = await system.kill_worker(system.workers[0])
                system.worker_link.flow()
                await system.start_worker()
                await load.attempts_again(held, since=killed)
        verdict = await load.verdict(f"SIGKILL of a worker while a {name} is under way, 3 times")

    # Nobody else was there: a start of Python comes on top.
    verdict.check(within=TWO_LEASES + 5)


async def test_jobs_whose_worker_dies_while_they_are_cancelled_end_cancelled(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs, pause_ms=200) as load:
            await load.underway()
            victim = system.workers[0]
            stopped = time.time()
            victim.send_signal(signal.SIGSTOP)  # it cannot notice
            held = await system.held_by(victim)
            async with asyncio.TaskGroup() as cancelling:
                for id in held:
                    cancelling.create_task(system.client().execute(CANCEL, id=id))
            await system.kill_worker(victim)
            async with asyncio.timeout(30):
                for id in held:
                    while not (last := (await system.history(id))[-1]).job.status.terminal:
                        await asyncio.sleep(0.02)
                    if last.at.timestamp() > stopped + 0.1:  # else its end was on its way
                        assert last.type is EventType.CANCELLED
                        load.recovery.append(last.at.timestamp() - stopped)
        verdict = await load.verdict("SIGKILL of a worker while its jobs are cancelled")

    assert held
    verdict.check(within=TWO_LEASES)


@pytest.mark.exhaustive
async def test_workers_that_die_one_after_another_while_they_sweep_strand_nothing(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path, workers=2) as system:
        async with Load(system, jobs, pause_ms=200) as load:
            await load.underway()
            killed = time.time()
            held = await system.kill_worker(system.workers[0])
            for _ in range(3):
                # The next one dies in the act of taking over what the last one held: its sweep
                # has run, or is about to, and is not answered.
                await system.has_lapsed_leases()
                heard = system.worker_link.hold_reply_to(sha("sweep"))
                async with asyncio.timeout(30):
                    await heard.wait()
                held += await system.kill_worker(system.workers[0])
                system.worker_link.flow()
                await system.start_worker()
            await load.attempts_again(held, since=killed)
        verdict = await load.verdict("SIGKILL of the worker that sweeps, and of the next two")

    assert held
    verdict.check()


async def test_draining_workers_give_back_what_they_cannot_finish(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path, drain_timeout="300ms") as system:
        async with Load(system, jobs, pause_ms=200) as load:
            await load.underway()
            for _ in range(2):
                drained = system.workers.pop(0)
                held = await system.held_by(drained)
                asked = time.time()
                await system.start_worker()
                await end(drained)
                await load.attempts_again(held, since=asked)
        verdict = await load.verdict("SIGTERM of a worker with jobs running, twice")
        attempts = Counter(attempt for _, attempt in system.tally)

    assert set(attempts) == {1}, "a drain has cost an attempt"
    assert sum(attempts.values()) > jobs, "nothing was given back"
    verdict.check()


@pytest.mark.exhaustive
async def test_two_workers_of_one_name_end_each_job_once(tmp_path: Path, jobs: int) -> None:
    twin = ("-m", "tests.support.named_worker", "twin")
    async with faulty_system(tmp_path, workers=0) as system:
        for _ in range(2):
            await system.start_worker(*twin)
        async with Load(system, jobs) as load:
            await load.underway()
            assert await system.valkey.command("ZRANGE", KEYS.leases, 0, -1) == [b"twin"]
            assert all(worker.returncode is None for worker in system.workers)
        verdict = await load.verdict("two workers of one name")

    # Each takes the other's claims for its own whose answer was lost.
    verdict.check(reruns=True)


def sha(name: str) -> bytes:
    """What a call of the script has on the wire."""
    return script(name).sha.encode()

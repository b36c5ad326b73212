"""Valkey that dies, freezes, forgets, refuses or drops its clients while jobs run."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from tests.faults.conftest import rarely
from tests.faults.load import Load
from tests.faults.system import LEASE, System, faulty_system
from tests.faults.test_data_loss import goes_on
from tests.support.http_client import http_client

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

EVENTS_AGAIN_SECONDS = 1.0
ANSWER_SECONDS = 2.0


async def test_events_flow_again_within_a_second_of_valkeys_return(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway()
            for _ in range(3):
                await system.valkey.kill()
                await answers_that_it_is_unavailable(system)
                await system.valkey.start()
                await load.events_again()
        verdict = await load.verdict("SIGKILL and restart of Valkey, three times")

    verdict.check(within=EVENTS_AGAIN_SECONDS)


async def test_api_and_workers_may_start_while_valkey_is_away(tmp_path: Path) -> None:
    async with faulty_system(tmp_path, apis=0, workers=0) as system:
        await system.valkey.kill()
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(60):
            starting = tasks.create_task(system.start_api())
            worker = await system.start_worker()
            while not system.apis or await status(system, "healthz") != 200:
                await asyncio.sleep(0.02)
            assert await status(system, "readyz") == 503
            await system.valkey.start()
            await starting  # until it is ready
            await goes_on(system)
        assert worker.returncode is None


@pytest.mark.parametrize("how", [rarely("frozen"), "dead"])
async def test_workers_keep_their_jobs_over_an_outage_longer_than_their_lease(
    tmp_path: Path, jobs: int, how: str
) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs, pause_ms=300) as load:
            await load.underway()
            if how == "frozen":
                system.valkey.suspend()
            else:
                await system.valkey.kill()
            await answers_that_it_is_unavailable(system)
            await asyncio.sleep(1.5 * LEASE.total_seconds())  # the outage
            if how == "frozen":
                system.valkey.resume()
            else:
                await system.valkey.start()
            await load.events_again()
        verdict = await load.verdict(f"Valkey {how} for longer than the lease")
        attempts = {attempt for _, attempt in system.tally}

    assert attempts == {1}, "a living worker lost its jobs"
    verdict.check(within=EVENTS_AGAIN_SECONDS)


@pytest.mark.exhaustive
async def test_forgotten_scripts_are_told_again(tmp_path: Path, jobs: int) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway(0.1)
            for _ in range(20):
                await system.valkey.command("SCRIPT", "FLUSH")
                await asyncio.sleep(0.05)  # so that they are spread over the load
            errors = await system.valkey.command("INFO", "errorstats")
        verdict = await load.verdict("SCRIPT FLUSH, twenty times")

    assert "errorstat_NOSCRIPT" in errors, "nobody had to tell one again"
    verdict.check()


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", ["pubsub", "normal"])
async def test_dropped_connections_lose_nothing(tmp_path: Path, jobs: int, kind: str) -> None:
    dropped = 0
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway(0.1)
            for _ in range(8):
                dropped += await system.valkey.command("CLIENT", "KILL", "TYPE", kind)
                await load.events_again()
        verdict = await load.verdict(f"CLIENT KILL TYPE {kind}, eight times")

    assert dropped >= 8
    verdict.check(within=EVENTS_AGAIN_SECONDS)


async def test_a_full_valkey_refuses_new_jobs_and_lets_running_ones_finish(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway()
            await system.valkey.command("CONFIG", "SET", "maxmemory", "1mb")
            async with asyncio.timeout(30):
                while load.running() or not load.refused:
                    await asyncio.sleep(0.01)
            accepted = len(load.accepted)
            await system.valkey.command("CONFIG", "SET", "maxmemory", "0")
            await load.events_again()
        verdict = await load.verdict(
            "maxmemory reached", note=f"{load.refused} typed refusals, repeated until accepted"
        )

    assert accepted < jobs
    verdict.check()


async def status(system: System, path: str) -> int:
    """What the API process answers; 0 when it does not."""
    async with http_client() as http:
        try:
            return (await http.get(f"http://127.0.0.1:{system.apis[0].port}/{path}")).status_code
        except httpx.TransportError:
            return 0


async def answers_that_it_is_unavailable(system: System) -> None:
    """The API says so in its own words, in time, by every way."""
    client = system.client()
    started = time.monotonic()
    mutation = await client.request("mutation { quick { __typename } }")
    query = await client.request(
        '{ job(id: "default.0193a5f2-0000-7000-8000-000000000000") { id } }'
    )
    assert mutation["data"]["quick"]["__typename"] == "ServiceUnavailable", mutation
    assert query["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE", query
    assert await status(system, "readyz") == 503
    # Three answers, one after another.
    assert time.monotonic() - started < 3 * ANSWER_SECONDS

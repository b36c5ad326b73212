"""A Valkey that comes back with less than it had: clients are told, and all goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.faults.system import System, faulty_system

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


async def test_an_older_copy_of_the_data_resets_those_who_saw_more(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs, steps=12, pause_ms=200) as load:
            await load.underway()
            system.valkey.copy_data(tmp_path / "copy")
            await load.underway(0.5)
            await system.valkey.kill()
            system.valkey.restore_data(tmp_path / "copy")
            await system.valkey.start()
            await load.events_again()
            await goes_on(system)
        resets = sum(seen.resets for w in load.watchers for seen in w.seen.values())
        gone = sum(seen.gone for w in load.watchers for seen in w.seen.values())
        verdict = await load.verdict(
            "an older copy of the data comes back", note=f"{resets} resets, {gone} jobs gone"
        )

    assert resets
    assert gone
    # Not those that had ended before the copy was made, nor those that came after.
    assert resets + gone <= jobs * 0.75
    assert all(seen.reasons <= {"EPOCH_CHANGED"} for w in load.watchers for seen in w.seen.values())
    verdict.check(told=jobs, reruns=True)


@pytest.mark.exhaustive
async def test_the_loss_of_all_data_ends_every_subscription(tmp_path: Path, jobs: int) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway()
            await system.valkey.kill()
            system.valkey.lose_data()
            await system.valkey.start()
            await goes_on(system)
        gone = sum(seen.gone for w in load.watchers for seen in w.seen.values())
        verdict = await load.verdict("all data lost", note=f"{gone} jobs gone")

    assert gone
    verdict.check(told=jobs, reruns=True)


@pytest.mark.exhaustive
async def test_flushing_a_living_server_ends_every_subscription(tmp_path: Path, jobs: int) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway()
            await system.valkey.command("FLUSHALL")
            await goes_on(system)
        gone = sum(seen.gone for w in load.watchers for seen in w.seen.values())
        verdict = await load.verdict("FLUSHALL", note=f"{gone} jobs gone")

    assert gone
    verdict.check(told=jobs, reruns=True)


async def goes_on(system: System) -> None:
    """New jobs are accepted and run, by the processes that there are."""
    client = system.client()
    async with asyncio.timeout(30):
        data = await client.execute("mutation { quick { ... on QuickAccepted { job { id } } } }")
        events = await client.watch(data["quick"]["job"]["id"])
    assert events[-1]["job"]["status"] == "SUCCEEDED"

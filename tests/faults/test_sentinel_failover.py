"""A replica promoted by Sentinel, with and without the primary's last writes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.conftest import rarely
from tests.faults.load import Load
from tests.faults.system import faulty_system
from tests.faults.test_data_loss import goes_on
from tests.support.sentinel import replicated_valkey

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

# What one failover takes here: half a second until the primary is given up, and the election.
FAILOVER_SECONDS = 10.0


@pytest.mark.parametrize("replica", [rarely("in sync"), "behind"])
async def test_a_failover_loses_no_more_than_the_replica_lacked_and_says_what(
    tmp_path: Path, jobs: int, replica: str
) -> None:
    async with (
        replicated_valkey(tmp_path) as valkey,
        faulty_system(tmp_path, valkey=valkey.primary, redis_url=valkey.url) as system,
    ):
        async with Load(system, jobs, steps=12, pause_ms=150) as load:
            await load.underway()
            if replica == "in sync":
                # Nothing more is written; so the replica has all when it has this.
                await system.valkey.command("CLIENT", "PAUSE", 10_000, "WRITE")
                await valkey.replicates()
            else:
                accepted = len(load.accepted)
                valkey.replica.suspend()
                # What is in the connection already would arrive; what comes from now on does not.
                await system.valkey.command("CLIENT", "KILL", "TYPE", "replica")
                async with asyncio.timeout(20):
                    while len(load.accepted) < accepted + 20:  # of which it hears nothing
                        await asyncio.sleep(0.005)
            await valkey.primary.kill()
            valkey.replica.resume()
            system.valkey = valkey.replica
            await valkey.is_promoted()
            await load.events_again()
            await goes_on(system)
        resets = sum(seen.resets for w in load.watchers for seen in w.seen.values())
        gone = sum(seen.gone for w in load.watchers for seen in w.seen.values())
        verdict = await load.verdict(
            f"failover by Sentinel, replica {replica}", note=f"{resets} resets, {gone} jobs gone"
        )

    if replica == "in sync":
        verdict.check(within=FAILOVER_SECONDS)
    else:
        assert resets
        assert gone
        verdict.check(told=jobs, within=FAILOVER_SECONDS, reruns=True)

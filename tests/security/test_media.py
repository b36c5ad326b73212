"""Files that are made to turn ffmpeg against its machine: they get nothing, and not for long."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tasks.examples.configuration import configure
from tasks.examples.media.errors import MediaTooLarge, UnsupportedMedia
from tasks.examples.media.ffmpeg import Limits, run_ffmpeg
from tasks.files.storage import FileStorage
from tests.support.films import ffmpeg, make_film
from tests.support.job_context import RecordingJob
from tests.support.video_jobs import FAST, stored_files, transcode, upload

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("workplace")]

SECRET = "s3cret-that-nobody-may-see"


def hls(url: str) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n"


def hls_key(url: str) -> str:
    return hls(url).replace("#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF')


def hls_master(url: str) -> str:
    return f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}\n"


def concat(url: str) -> str:
    options = "option safe 0\noption protocol_whitelist file,http,tcp\n"
    return f"ffconcat version 1.0\nfile '{url}'\n{options}"


def dash(url: str) -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="1" bandwidth="1"><BaseURL>{url}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    )


def svg(url: str) -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "' + url + '">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="64" height="64"><image xlink:href="{url}"/><text>&x;</text></svg>'
    )


def sdp(url: str) -> str:
    port = url.rpartition(":")[2].partition("/")[0]
    return f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"  # noqa: E501


def redirect(url: str) -> str:
    return f"RTSPtext\n{url}\n"


LISTS = (hls, hls_key, hls_master, concat, dash, svg, sdp, redirect)


def names(secret: Path, port: int) -> list[str]:
    """Ways to name a file of this machine, and an address."""
    return [
        str(secret),
        f"subfile,,start,0,end,0,,:{secret}",
        f"concat:{secret}|{secret}",
        f"http://127.0.0.1:{port}/x.mp4",
        f"rtsp://127.0.0.1:{port}/x",
    ]


@asynccontextmanager
async def nobody_may_connect() -> AsyncIterator[tuple[int, list[object]]]:
    """A port, and who connected to it."""
    callers: list[object] = []

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(writer.get_extra_info("peername"))
        writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], callers


@pytest.mark.parametrize("playlist", LISTS)
async def test_a_file_that_names_others_opens_none_of_them(
    storage: FileStorage, store: Path, tmp_path: Path, playlist: Callable[[str], str]
) -> None:
    secret = make_film(tmp_path / "secret.mp4", seconds=0.2)
    path = tmp_path / "list"
    async with nobody_may_connect() as (port, callers):
        for name in names(secret, port):
            path.write_text(playlist(name))
            film = await upload(storage, path)
            before = stored_files(store)

            with pytest.raises(UnsupportedMedia) as caught:
                await transcode(RecordingJob(storage), film)

            assert "secret" not in str(caught.value)
            assert stored_files(store) == before

    assert callers == []


async def test_pictures_too_large_for_the_memory_are_refused(
    storage: FileStorage, tmp_path: Path
) -> None:
    # Some kilobytes, in pictures of 50 MiB: within the limit of pixels, but eight threads decode.
    # Some builds try for ever to get the memory: then it is the processor time that ends them.
    limits = Limits(memory_bytes=768 * 1024**2, threads=8, cpu_time=timedelta(seconds=5))
    configure(replace(FAST, media_limits=limits))
    black = ("-f", "lavfi", "-i", "color=black:size=7680x4320:rate=25:duration=0.4")
    ffmpeg(*black, "-c:v", "libx264", "-preset", "ultrafast", str(tmp_path / "large.mp4"))
    large = await upload(storage, tmp_path / "large.mp4")
    small = await upload(storage, make_film(tmp_path / "small.mp4", seconds=0.2))

    await transcode(RecordingJob(storage), small)
    with pytest.raises(MediaTooLarge, match="memory"):
        await transcode(RecordingJob(storage), large)


def stretched(path: Path, seconds: int) -> Path:
    """Ten small pictures over a long time, in some kilobytes."""
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25:duration=0.4"),
        *("-vf", f"setpts=N*{seconds / 9}/TB", "-c:v", "libx264", str(path)),
    )
    return path


async def test_a_small_film_of_many_days_is_refused(storage: FileStorage, tmp_path: Path) -> None:
    path = stretched(tmp_path / "film.mkv", 90_000)
    film = await upload(storage, path)

    async with asyncio.timeout(30):
        with pytest.raises(MediaTooLarge, match="plays longer than 6:00:00"):
            await transcode(RecordingJob(storage), film)

    assert path.stat().st_size < 32 * 1024


async def test_a_film_that_hides_how_long_it_plays_is_cut_off_and_refused(
    storage: FileStorage, store: Path, tmp_path: Path
) -> None:
    configure(replace(FAST, media_limits=Limits(duration=timedelta(seconds=5))))
    content = make_film(tmp_path / "honest.mkv", seconds=20, size="64x64").read_bytes()
    # Matroska, element Duration (0x4489), a float of 8 bytes: one second.
    at = content.index(b"\x44\x89\x88") + 3
    (tmp_path / "film.mkv").write_bytes(
        content[:at] + b"\x40\x8f\x40\x00\x00\x00\x00\x00" + content[at + 8 :]
    )
    film = await upload(storage, tmp_path / "film.mkv")
    before = stored_files(store)

    async with asyncio.timeout(30):
        with pytest.raises(MediaTooLarge, match="plays longer"):
            await transcode(RecordingJob(storage), film)

    assert stored_files(store) == before


async def test_a_film_that_takes_all_the_processor_time_is_given_up(
    storage: FileStorage, tmp_path: Path
) -> None:
    configure(
        replace(FAST, encoder_speed="veryslow", media_limits=Limits(cpu_time=timedelta(seconds=1)))
    )
    film = await upload(storage, make_film(tmp_path / "film.mp4", seconds=10, size="640x480"))

    async with asyncio.timeout(30):
        with pytest.raises(MediaTooLarge, match="processor time"):
            await transcode(RecordingJob(storage), film)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_ffmpeg_is_told_no_secret_and_is_given_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBCAST_JWT_SECRET", SECRET)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    readable = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(readable, True)  # noqa: FBT003
    spy = tmp_path / "ffmpeg-spy"
    spy.write_text(
        "#!/bin/sh\nenv >env\nls -l /proc/self/fd >open\ncat /proc/self/limits >limits\n"
        "tr '\\0' '\\n' </proc/$PPID/cmdline >parent\n"
    )
    spy.chmod(0o755)

    try:
        finished = await run_ffmpeg(spy, [], folder=tmp_path, limits=Limits())
    finally:
        os.close(readable)

    environment = (tmp_path / "env").read_text()
    assert finished.exit_code == 0
    assert SECRET not in environment
    assert "JOBCAST" not in environment
    assert Path(__file__).name not in (tmp_path / "open").read_text()
    assert SECRET not in (tmp_path / "parent").read_text()
    limits = (tmp_path / "limits").read_text().splitlines()
    assert limit(limits, "Max cpu time") == "3000"
    assert limit(limits, "Max file size") == str(4 * 1024**3)
    assert limit(limits, "Max address space") == str(4 * 1024**3)
    assert limit(limits, "Max core file size") == "0"


def limit(lines: list[str], name: str) -> str:
    (line,) = [line for line in lines if line.startswith(name)]
    return line.removeprefix(name).split()[0]

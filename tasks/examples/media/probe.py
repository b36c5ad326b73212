"""Finds out what is in a media file, with ffmpeg alone (not every ffmpeg comes with ffprobe)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tasks.examples.media.errors import UnsupportedMedia
from tasks.examples.media.ffmpeg import Limits, run_ffmpeg
from tasks.examples.media.progress import Encoded
from tasks.examples.media.reasons import failure_of, reason_of

# Containers that hold the media themselves. Playlists (concat, hls, dash) are none of them: they
# name other files and addresses, which ffmpeg would open on the uploader's behalf.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,mxf,gif,h264,hevc,m4v"

LARGEST_FRAME = 8192 * 8192  # pixels: an 8K film fits, a picture made to exhaust memory does not

_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.MULTILINE)
_VIDEO = re.compile(r"^  Stream #0:\d+.*?: Video: .*?, (\d{1,5})x(\d{1,5})\b.*$", re.MULTILINE)
_AUDIO = re.compile(r"^  Stream #0:\d+.*?: Audio: ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Media:
    """What a file holds."""

    duration: timedelta | None  # None: the file does not say
    width: int  # pixels
    height: int
    audio: bool


def untrusted_input(path: Path, threads: int) -> list[str]:
    """Arguments that open `path`, and nothing else that it may name; `threads` decode it."""
    return [
        *("-threads", str(threads)),
        *("-protocol_whitelist", "file,pipe"),
        *("-format_whitelist", FORMATS),
        *("-max_pixels", str(LARGEST_FRAME)),
        *("-i", f"file:{path}"),  # without the prefix, a name with a colon could be a protocol
    ]


async def probe(ffmpeg: Path, path: Path, *, folder: Path, limits: Limits) -> Media:
    """What the file at `path` holds.

    Raises:
        UnsupportedMedia: It is not a video that can be read.
        MediaTooLarge: Reading it took more than `limits`.
    """
    # Without an output, ffmpeg always fails; with a readable input, only after describing it.
    finished = await run_ffmpeg(
        ffmpeg, untrusted_input(path, limits.threads), folder=folder, limits=limits
    )
    if "Input #0" not in finished.errors:
        raise failure_of(finished, path)
    for video in _VIDEO.finditer(finished.errors):
        if "(attached pic)" not in video[0]:
            return Media(
                duration=_duration(finished.errors),
                width=int(video[1]),
                height=int(video[2]),
                audio=_AUDIO.search(finished.errors) is not None,
            )
    problem = reason_of(finished.errors.partition("Input #0")[0], path)
    raise UnsupportedMedia(problem or "it holds no video")


async def count_frames(ffmpeg: Path, path: Path, *, folder: Path, limits: Limits) -> int | None:
    """How many frames the video has, read without decoding; None: that cannot be told."""
    frames: int | None = None

    async def note(encoded: Encoded) -> None:
        nonlocal frames
        frames = encoded.frames

    copying = ["-map", "0:V:0", "-c", "copy", "-progress", "pipe:1", "-nostats", "-f", "null", "-"]
    await run_ffmpeg(
        ffmpeg,
        [*untrusted_input(path, limits.threads), *copying],
        folder=folder,
        limits=limits,
        on_progress=note,
    )
    return frames or None


def _duration(text: str) -> timedelta | None:
    match = _DURATION.search(text)
    if match is None:
        return None
    hours, minutes, seconds = int(match[1]), int(match[2]), float(match[3])
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) or None

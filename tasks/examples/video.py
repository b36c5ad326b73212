"""`transcode_video`: a long job with real progress, a child process and files."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Annotated

import anyio
from pydantic import Field

from tasks import FileRef, JobContext, task
from tasks.examples.configuration import current
from tasks.examples.media.errors import MediaTooLarge, UnsupportedMedia
from tasks.examples.media.ffmpeg import find_ffmpeg
from tasks.examples.media.progress import Encoded
from tasks.examples.media.transcode import Transcoder
from tasks.files.errors import FileNotFound

ENCODED = 0.95  # of the job: what encoding takes; the rest is the poster and storing
CLEANUP_TIMEOUT = 10  # seconds


class Preset(StrEnum):
    """How large the video becomes at most; smaller ones are not enlarged.

    Attributes:
        P480: 854 × 480 pixels, for slow connections.
        P720: 1280 × 720 pixels.
        P1080: 1920 × 1080 pixels.
    """

    P480 = "480p"
    P720 = "720p"
    P1080 = "1080p"

    @property
    def short_side(self) -> int:
        """Pixels."""
        return int(self.removesuffix("p"))


@dataclass(frozen=True, slots=True)
class Video:
    """A video that plays everywhere: H.264 and AAC in an MP4."""

    file: Annotated[FileRef, Field(description="The video.")]
    poster: Annotated[FileRef, Field(description="A picture from it, as JPEG.")]
    duration: Annotated[timedelta, Field(description="How long it plays.")]
    width: Annotated[int, Field(ge=1, description="Its width in pixels.")]
    height: Annotated[int, Field(ge=1, description="Its height in pixels.")]
    audio: Annotated[bool, Field(description="Whether it has sound.")]


@task(
    queue="media",
    timeout=timedelta(minutes=30),
    max_attempts=2,
    raises=(UnsupportedMedia, MediaTooLarge, FileNotFound),
)
async def transcode_video(job: JobContext, video: FileRef, preset: Preset = Preset.P720) -> Video:  # noqa: D417
    """Make a video that plays everywhere, and a poster for it.

    Takes MP4, MOV, MKV, WebM, AVI, MPEG, FLV, Ogg, ASF, MXF and GIF. Cancelling stops the
    encoder at once and leaves nothing behind.

    Args:
        video: The film to transcode.
        preset: How large the result becomes at most.
    """
    settings = current()
    original = await job.files.stat(video)
    stem = PurePath(original.name).stem

    furthest = 0.0

    async def encoding(fraction: float, encoded: Encoded) -> None:
        nonlocal furthest
        # ffmpeg reports the last packet it wrote, and audio and video take turns.
        furthest = max(furthest, fraction)
        speed = f", {encoded.speed:.1f}× real time" if encoded.speed else ""
        await job.progress(furthest * ENCODED, f"Encoding {preset.value}{speed}")

    with tempfile.TemporaryDirectory(prefix="jobcast-video-") as name:
        folder = Path(name)
        transcoder = Transcoder(
            settings.ffmpeg or find_ffmpeg(), folder, settings.media_limits, settings.encoder_speed
        )
        await job.progress(0, "Fetching the film")
        async with job.files.local_copy(original.id) as source:
            encoded = await transcoder.transcode(source, preset.short_side, encoding)
        media = await transcoder.describe(encoded)
        duration = media.duration or timedelta(0)
        poster = await transcoder.poster(encoded, duration)
        await job.progress(ENCODED, "Storing the video")
        file, picture = await _store(job, stem, encoded, poster)
    await job.progress(1, "Done")
    return Video(file, picture, duration, media.width, media.height, media.audio)


async def _store(job: JobContext, stem: str, video: Path, poster: Path) -> tuple[FileRef, FileRef]:
    """Both files, or neither."""
    picture = await job.files.upload(poster, name=f"{stem}.jpg", content_type="image/jpeg")
    try:
        file = await job.files.upload(video, name=f"{stem}.mp4", content_type="video/mp4")
    except BaseException:
        with anyio.move_on_after(CLEANUP_TIMEOUT, shield=True):
            await job.files.delete(picture)
        raise
    return file, picture

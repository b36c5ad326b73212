"""Makes an MP4 that plays everywhere, and a picture to show in its place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tasks.examples.media.errors import MediaTooLarge, UnsupportedMedia
from tasks.examples.media.ffmpeg import Limits, run_ffmpeg
from tasks.examples.media.probe import Media, count_frames, probe, untrusted_input
from tasks.examples.media.progress import Encoded
from tasks.examples.media.reasons import failure_of

REPORT_INTERVAL = "0.2"  # seconds between ffmpeg's reports: progress looks smooth
QUALITY = "23"  # constant rate factor: libx264's own default
POSTER_QUALITY = "3"  # of 2 to 31, best first
LATEST_POSTER = timedelta(seconds=10)  # before most films' first cut, after their fade-in

LAST_FRAME = timedelta(seconds=1)  # a film cut at the limit ends within this before it

OnFraction = Callable[[float, Encoded], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Transcoder:
    """ffmpeg, in a folder that it may fill."""

    ffmpeg: Path
    folder: Path
    limits: Limits
    encoder_speed: str  # libx264's preset: `ultrafast` to `veryslow`

    async def transcode(self, source: Path, short_side: int, on_fraction: OnFraction) -> Path:
        """An H.264 MP4 of `source`, at most `short_side` pixels high (or wide, if upright).

        A smaller film keeps its size. `on_fraction` is told how much is done, from 0 to 1.

        Raises:
            UnsupportedMedia: It is not a video that can be read.
            MediaTooLarge: The limits are reached.
        """
        media = await probe(self.ffmpeg, source, folder=self.folder, limits=self.limits)
        if media.duration is not None and media.duration > self.limits.duration:
            raise self._too_long()
        frames = None
        if media.duration is None:
            frames = await count_frames(self.ffmpeg, source, folder=self.folder, limits=self.limits)

        furthest = 0.0
        position = timedelta(0)

        async def report(encoded: Encoded) -> None:
            nonlocal furthest, position
            position = max(position, encoded.position or position)
            # ffmpeg may not know its position for a moment (`N/A`).
            furthest = max(furthest, _fraction(encoded, media.duration, frames))
            await on_fraction(furthest, encoded)

        target = self.folder / "video.mp4"
        finished = await run_ffmpeg(
            self.ffmpeg,
            [
                *("-loglevel", "error", "-nostats"),
                *("-progress", "pipe:1", "-stats_period", REPORT_INTERVAL),
                *untrusted_input(source, self.limits.threads),
                # The first moving picture and the first sound; no covers, subtitles or data.
                *("-map", "0:V:0", "-map", "0:a:0?", "-map_metadata", "-1", "-map_chapters", "-1"),
                *("-filter_threads", str(self.limits.threads), "-vf", _fitting(short_side)),
                *("-c:v", "libx264", "-preset", self.encoder_speed, "-crf", QUALITY),
                *("-pix_fmt", "yuv420p", "-threads", str(self.limits.threads)),
                *("-c:a", "aac", "-b:a", "128k", "-ac", "2"),
                *("-t", str(self.limits.duration.total_seconds())),  # should the file have lied
                # The index first, so that a browser can play what it has so far.
                *("-movflags", "+faststart", "-f", "mp4", str(target)),
            ],
            folder=self.folder,
            limits=self.limits,
            on_progress=report,
        )
        if finished.exit_code != 0:
            raise failure_of(finished, source)
        if position >= self.limits.duration - LAST_FRAME:
            raise self._too_long()
        return target

    async def describe(self, video: Path) -> Media:
        """What a video that `transcode` made holds.

        Raises:
            UnsupportedMedia: Nothing: not one frame of its source could be decoded.
        """
        media = await probe(self.ffmpeg, video, folder=self.folder, limits=self.limits)
        if media.duration is None:
            raise UnsupportedMedia("not one frame of it can be decoded")
        return media

    async def poster(self, video: Path, duration: timedelta) -> Path:
        """A JPEG of a video that `transcode` made, from early in it."""
        target = self.folder / "poster.jpg"
        at = min(duration / 10, LATEST_POSTER).total_seconds()
        finished = await run_ffmpeg(
            self.ffmpeg,
            [
                *("-loglevel", "error", "-ss", f"{at:.3f}"),
                *untrusted_input(video, self.limits.threads),
                *("-frames:v", "1", "-q:v", POSTER_QUALITY, "-pix_fmt", "yuvj420p"),
                *("-c:v", "mjpeg", "-f", "image2", "-update", "1", str(target)),
            ],
            folder=self.folder,
            limits=self.limits,
        )
        if finished.exit_code != 0 or not target.exists():
            raise failure_of(finished, video)
        return target

    def _too_long(self) -> MediaTooLarge:
        return MediaTooLarge(f"it plays longer than {self.limits.duration}")


def _fraction(encoded: Encoded, duration: timedelta | None, frames: int | None) -> float:
    if encoded.ended:
        return 1.0
    if duration and encoded.position is not None:
        return min(1.0, encoded.position / duration)
    if frames and encoded.frames is not None:
        return min(1.0, encoded.frames / frames)
    return 0.0


def _fitting(short_side: int) -> str:
    """A filter that scales down into a 16:9 box, lying or upright, to even sides.

    H.264 in yuv420p has no odd ones.
    """
    long_side = short_side * 16 // 9
    width = f"if(gte(iw,ih),min({long_side},iw),min({short_side},iw))"
    height = f"if(gte(iw,ih),min({short_side},ih),min({long_side},ih))"
    return (
        f"scale=w='{width}':h='{height}':force_original_aspect_ratio=decrease:force_divisible_by=2"
    )

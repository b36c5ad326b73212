"""Why a video could not be made. Both are declared by the task: clients get their fields."""

from __future__ import annotations

from dataclasses import dataclass


# `eq=False` keeps exceptions hashable, which `traceback` and `contextlib` rely on.
@dataclass(eq=False)
class UnsupportedMedia(Exception):
    """The file is not a video that can be read; give another file.

    Attributes:
        reason: What the decoder said.
    """

    reason: str

    def __str__(self) -> str:
        return f"The file is not a video that can be read: {self.reason}"


@dataclass(eq=False)
class MediaTooLarge(Exception):
    """Making the video needs more than the server allows; give a shorter or smaller file.

    Attributes:
        limit: Which limit was reached.
    """

    limit: str

    def __str__(self) -> str:
        return f"Making the video needs more than the server allows: {self.limit}"


class FfmpegFailed(Exception):
    """ffmpeg failed in a way that the file is not to blame for; the text says how."""

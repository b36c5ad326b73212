"""Why ffmpeg failed, in its own words, without a word about this machine."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from tasks.examples.media.errors import FfmpegFailed, MediaTooLarge, UnsupportedMedia
from tasks.examples.media.ffmpeg import Finished

STOPPED = 255  # ffmpeg's exit code after a signal that it handles
REASONS = 2  # lines: the first is the particular one, the last the general one
LONGEST_REASON = 300  # characters

_CONTEXT = re.compile(r"^(?:\[[^\]]*\] )+")  # `[in#0/matroska,webm @ 0x5644c43251c0] `
_WRAPPING = re.compile(r"^(?:Error [a-z ]+(?:files?)?: )+")
_OF_INPUT = re.compile(r"^(?:file:)?the file: ")  # ffmpeg 5 and older begin with the input
_NOISE = (
    "Error opening input file ",
    "Error opening output file ",
    "Consider increasing",
    "Last message repeated",
    "At least one output file",
    "Conversion failed",
    "Terminating thread with return code",
    "Task finished with error code",
)
_OURS = ("No space left on device", "Permission denied")
# What ffmpeg says when `Limits.memory_bytes` are used up.
_MEMORY = ("Cannot allocate memory", "Could not allocate memory", "get_buffer() failed")
_PATH = re.compile(r"(?:file:)?/[^\s'\":]+")


def failure_of(finished: Finished, path: Path) -> Exception:
    """The error to raise for a run that failed on the file at `path`."""
    if finished.exit_code in {-signal.SIGXCPU, -signal.SIGKILL} or any(
        text in finished.errors for text in _MEMORY
    ):
        return MediaTooLarge("it takes more processor time or memory than one file may")
    if finished.exit_code == -signal.SIGXFSZ or "File too large" in finished.errors:
        return MediaTooLarge("the video made from it is too large")
    if (
        finished.exit_code < 0
        or finished.exit_code == STOPPED
        or any(text in finished.errors for text in _OURS)
    ):
        return FfmpegFailed(f"ffmpeg ended with {finished.exit_code}: {finished.errors}")
    return UnsupportedMedia(reason_of(finished.errors, path) or "it cannot be decoded")


def reason_of(errors: str, path: Path) -> str:
    """The lines that tell most, cleaned of local paths; empty when there are none."""
    if "not on whitelist" in errors:
        return "its container format is not accepted"
    reasons: list[str] = []
    for line in errors.replace(str(path), "the file").splitlines():
        text = _PATH.sub("a file", _CONTEXT.sub("", line.strip()))
        text = _OF_INPUT.sub("", _WRAPPING.sub("", text)).strip(" .")
        if text and not text.startswith(_NOISE) and text not in reasons:
            reasons.append(text)
    told = reasons if len(reasons) <= REASONS else [reasons[0], reasons[-1]]
    return "; ".join(told)[:LONGEST_REASON]

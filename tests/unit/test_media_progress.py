"""What ffmpeg prints, read: its progress as it comes, and its reasons without local paths."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.examples.media.errors import FfmpegFailed, MediaTooLarge, UnsupportedMedia
from tasks.examples.media.ffmpeg import Finished
from tasks.examples.media.progress import Encoded, ProgressParser
from tasks.examples.media.reasons import failure_of, reason_of

BLOCK = b"""frame=80
fps=0.00
bitrate=   0.1kbits/s
out_time_us=3120000
out_time=00:00:03.120000
speed=15.6x
progress=continue
"""
LAST = b"frame=N/A\nout_time_us=N/A\nspeed=N/A\nprogress=end\n"

FILM = Path("/var/lib/jobcast/files/file_0123")


def test_block_tells_position_frames_and_speed() -> None:
    assert ProgressParser().feed(BLOCK) == [Encoded(timedelta(seconds=3.12), 80, 15.6)]


def test_unknown_values_are_none() -> None:
    assert ProgressParser().feed(LAST) == [Encoded(ended=True)]


@given(st.lists(st.integers(1, 40)))
def test_pieces_of_any_size_give_the_same_blocks(sizes: list[int]) -> None:
    parser, rest, blocks = ProgressParser(), BLOCK + LAST, []
    for size in sizes:
        blocks += parser.feed(rest[:size])
        rest = rest[size:]
    blocks += parser.feed(rest)

    assert blocks == ProgressParser().feed(BLOCK + LAST)


@given(st.binary())
def test_no_output_breaks_the_parser(data: bytes) -> None:
    ProgressParser().feed(data + b"\nprogress=end\n")


def test_endless_line_does_not_fill_memory() -> None:
    parser = ProgressParser()

    for _ in range(100):
        parser.feed(b"x" * 10_000)

    assert len(parser._rest) <= 1024


def test_reason_is_the_particular_and_the_general_without_local_paths() -> None:
    errors = (
        f"[in#0 @ 0x55d293e7a1c0] moov atom not found\n"
        f"[in#0 @ 0x55d293e79e80] Error opening input: Invalid data found when processing input\n"
        f"Error opening input file file:{FILM}.\n"
        "Error opening input files: Invalid data found when processing input\n"
    )

    assert (
        reason_of(errors, FILM) == "moov atom not found; Invalid data found when processing input"
    )


def test_reason_names_no_other_file_either() -> None:
    assert "/etc" not in reason_of("[concat @ 0x1] Impossible to open '/etc/passwd'", FILM)


@pytest.mark.parametrize(
    ("exit_code", "errors", "kind"),
    [
        (183, "moov atom not found", UnsupportedMedia),
        (-24, "", MediaTooLarge),
        (-9, "", MediaTooLarge),
        (-25, "", MediaTooLarge),
        (251, "av_interleaved_write_frame(): File too large", MediaTooLarge),
        (228, "No space left on device", FfmpegFailed),
        (-11, "", FfmpegFailed),
        (255, "", FfmpegFailed),
    ],
)
def test_only_what_the_file_is_to_blame_for_is_told_to_its_owner(
    exit_code: int, errors: str, kind: type[Exception]
) -> None:
    assert type(failure_of(Finished(exit_code, errors), FILM)) is kind

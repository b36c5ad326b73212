"""Cursors come back as what they were made from; anything else is refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.events import Position
from schema.cursor import (
    JobCursor,
    decode_cursor,
    decode_page_cursor,
    encode_cursor,
    encode_page_cursor,
)
from schema.errors import CursorInvalid
from tasks.ids import new_job_id
from tasks.options import PageMark

JOB = "media-2.0193a5f2-7c1e-7d4b-9a54-3f0d2c1b8e77"

queues = st.from_regex(r"[a-z][a-z0-9_-]{0,30}", fullmatch=True)
numbers = st.integers(min_value=0, max_value=10**18 - 1)


def plain(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@given(
    queues,
    st.from_regex(r"[0-9a-f]{8}", fullmatch=True),
    numbers,
    st.from_regex(r"[0-9a-f]{0,16}", fullmatch=True),
)
def test_cursor_comes_back_as_job_and_position(
    queue: str, epoch: str, offset: int, stamp: str
) -> None:
    job_id = new_job_id(queue)
    position = Position(epoch, offset, stamp)

    assert decode_cursor(encode_cursor(job_id, position)) == JobCursor(job_id, position)


@given(queues, numbers)
def test_page_cursor_comes_back_as_mark(queue: str, enqueued_at: int) -> None:
    mark = PageMark(enqueued_at, new_job_id(queue))

    assert decode_page_cursor(encode_page_cursor(mark)) == mark


def test_cursor_needs_no_escaping_in_a_url() -> None:
    cursor = encode_cursor(JOB, Position("0a1b2c3d", 7))

    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_neither_kind_of_cursor_passes_for_the_other() -> None:
    with pytest.raises(CursorInvalid):
        decode_page_cursor(encode_cursor(JOB, Position("0a1b2c3d", 7)))
    with pytest.raises(CursorInvalid):
        decode_cursor(encode_page_cursor(PageMark(7, JOB)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "äöü",
        "=" * 8,
        "A" * 10_000,
        plain("1"),
        plain("1...."),
        plain(f"2.{JOB}.0a1b2c3d.7"),
        plain(f"1.{JOB}.0a1b2c3d"),
        plain(f"1.{JOB}.0a1b2c3d.-7"),
        plain(f"1.{JOB}.0a1b2c3d.07"),
        plain(f"1.{JOB}.0a1b2c3d.٧"),
        plain(f"1.{JOB}.0a1b2c3d.{10**18}"),
        plain(f"1.{JOB}.0a 2c3d.7"),
        plain(f"1.{JOB}..7"),
        plain("1.Media.0193a5f2-7c1e-7d4b-9a54-3f0d2c1b8e77.0a1b2c3d.7"),
        plain("1.media.0193a5f2.0a1b2c3d.7"),
        plain(f"1.{JOB}.0a1b2c3d.7\n"),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        # The bits that padding leaves over are not zero: another text for the same bytes.
        plain(f"1.{JOB}.0a1b2c3d.70")[:-1] + "B",
        encode_cursor(JOB, Position("0a1b2c3d", 7)) + "=",
        encode_cursor(JOB, Position("0a1b2c3d", 7)) + "\n",
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(text)
    with pytest.raises(CursorInvalid):
        decode_page_cursor(text)


@given(st.text(max_size=300) | st.binary(max_size=150).map(lambda raw: plain(raw.hex())))
def test_no_text_makes_decoding_fail_otherwise(text: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(text)
    with pytest.raises(CursorInvalid):
        decode_page_cursor(text)

"""Cursors: opaque text for a position in a job's events, and for a place in a list of jobs.

Both are base64url without padding; a version, which differs between the two, comes first.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from broadcaster.events import Position
from schema.errors import CursorInvalid
from tasks.ids import queue_of
from tasks.options import PageMark

_JOB = "2"
_PAGE = "p1"

_URL_SAFE = bytes.maketrans(b"+/", b"-_")  # RFC 4648, section 5

# Longer than any cursor made here: a queue's name, an id, an epoch, a number and a stamp.
_LONGEST = 256

_EPOCH = re.compile(r"[0-9A-Za-z]{1,32}")
_STAMP = re.compile(r"[0-9a-f]{0,16}")
# Both count in Valkey as signed 64-bit integers.
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class JobCursor:
    """A position in one job's events."""

    job_id: str
    position: Position


def encode_cursor(job_id: str, position: Position) -> str:
    """The cursor just after the event at `position`."""
    return _encode(f"{_JOB}.{job_id}.{position.epoch}.{position.offset}.{position.stamp}")


def before_first(job_id: str, position: Position) -> str:
    """The cursor just before the first event of the history that `position` is in."""
    return encode_cursor(job_id, Position(position.epoch, 0))


def decode_cursor(text: str) -> JobCursor:
    """What `encode_cursor` was given.

    Raises:
        CursorInvalid: It is something else.
    """
    version, _, rest = _decode(text).partition(".")
    job_id, epoch, offset, stamp = _parts(rest, 4)
    if (
        version != _JOB
        or queue_of(job_id) is None
        or _EPOCH.fullmatch(epoch) is None
        or _NUMBER.fullmatch(offset) is None
        or _STAMP.fullmatch(stamp) is None
    ):
        raise CursorInvalid
    return JobCursor(job_id, Position(epoch, int(offset), stamp))


def encode_page_cursor(mark: PageMark) -> str:
    """The cursor just after the job at `mark`."""
    return _encode(f"{_PAGE}.{mark.job_id}.{mark.enqueued_at_ms}")


def decode_page_cursor(text: str) -> PageMark:
    """What `encode_page_cursor` was given.

    Raises:
        CursorInvalid: It is something else.
    """
    version, _, rest = _decode(text).partition(".")
    job_id, enqueued_at = _parts(rest, 2)
    if version != _PAGE or queue_of(job_id) is None or _NUMBER.fullmatch(enqueued_at) is None:
        raise CursorInvalid
    return PageMark(int(enqueued_at), job_id)


def _encode(text: str) -> str:
    return binascii.b2a_base64(text.encode(), newline=False).translate(_URL_SAFE, b"=").decode()


def _decode(text: str) -> str:
    if len(text) > _LONGEST or not text.isascii():
        raise CursorInvalid
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise CursorInvalid from exc
    if _encode(plain) != text:  # two texts must not stand for one position
        raise CursorInvalid
    return plain


def _parts(text: str, count: int) -> list[str]:
    parts = text.rsplit(".", count - 1)
    if len(parts) != count:
        raise CursorInvalid
    return parts

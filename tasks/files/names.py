"""File names and content types as clients may give and see them. Never part of a path."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

LONGEST_NAME = 255  # bytes of UTF-8: what file systems take
UNNAMED = "file"
UNKNOWN_TYPE = "application/octet-stream"

# RFC 9110 section 8.3.1, without parameters that need quoting; 127 each as in RFC 6838.
_WORD = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_CONTENT_TYPE = re.compile(rf"{_WORD}/{_WORD}(; ?{_WORD}={_WORD})*")
_SEPARATORS = re.compile(r'[/\\:*?"<>|]')


def clean_name(name: str) -> str:
    """`name` without folders, control characters and what some file system refuses.

    Also without the marks that reverse the direction of text, which can disguise an ending.
    """
    base = re.split(r"[/\\]", name)[-1]
    visible = "".join(char for char in base if unicodedata.category(char)[0] != "C")
    cleaned = _SEPARATORS.sub("_", visible).strip(" .")
    stem, dot, ending = cleaned.rpartition(".")
    if dot and stem and len(ending.encode()) <= 16:
        room = LONGEST_NAME - len(ending.encode()) - 1
        return f"{_cut(stem, room)}.{ending}"
    return _cut(cleaned, LONGEST_NAME) or UNNAMED


def clean_content_type(content_type: str) -> str:
    """`content_type` if it is one, else the type of unknown bytes."""
    valid = len(content_type) <= 255 and _CONTENT_TYPE.fullmatch(content_type)
    return content_type.lower() if valid else UNKNOWN_TYPE


def content_disposition(name: str, *, inline: bool = False) -> str:
    """The Content-Disposition header that offers a file under `name` (RFC 6266, RFC 8187)."""
    cleaned = clean_name(name)
    plain = "".join(char if char.isascii() and char != "%" else "_" for char in cleaned)
    encoded = quote(cleaned, safe="")
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def _cut(text: str, size_bytes: int) -> str:
    return text.encode("utf-8", "replace")[:size_bytes].decode("utf-8", "ignore")

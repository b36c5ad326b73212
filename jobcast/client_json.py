"""JSON from clients: read, or refused in words that say what is wrong with it and where."""

from __future__ import annotations

from typing import Any

import orjson

# What orjson calls it, and what it is to whoever sent it. All else is a slip in the syntax.
_LIMITS = {
    "surrogate in": "half a surrogate pair is no character; send whole characters",
    "depth": "it is nested too deep",
    "infinity": "the number is too large; send it as a string",
}


class NotJson(Exception):
    """The text is no JSON that can be taken; the message says where and why, as a sentence."""


def read_json(text: bytes | bytearray | str) -> Any:
    """What the text stands for.

    Integers beyond 64 bits become floats, as in JavaScript (RFC 8259, section 6).

    Raises:
        NotJson: It is not JSON, not UTF-8, or beyond what is taken.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        if not text:
            raise NotJson("It is empty.") from None
        why = next((ours for theirs, ours in _LIMITS.items() if theirs in exc.msg), "not valid")
        raise NotJson(f"Line {exc.lineno}, column {exc.colno}: {why}.") from None

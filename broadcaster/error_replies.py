"""Valkey's error replies, as redis-py's exceptions."""

from __future__ import annotations

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)

# By the first word of the reply; those that someone here asks for.
_KINDS: dict[str, type[Exception]] = {
    "ERR": ResponseError,
    "LOADING": BusyLoadingError,
    "NOAUTH": AuthenticationError,
    "NOPERM": NoPermissionError,
    "NOSCRIPT": NoScriptError,
    "OOM": OutOfMemoryError,
    "READONLY": ReadOnlyError,
    "WRONGPASS": AuthenticationError,
}


def error_reply(text: str) -> Exception:
    """The error that the reply's text stands for, without the word that named its kind.

    Where that word is not known, it is a `ResponseError` with the whole text.
    """
    code, _, message = text.partition(" ")
    kind = _KINDS.get(code)
    return ResponseError(text) if kind is None else kind(message)

"""Texts of clients in messages to them: recognisable, and never long."""

from __future__ import annotations

LONGEST_QUOTE = 64  # characters: enough to know one's own text by

# Characters: a message of graphql-core may quote a name of the query, which may have 65,536.
LONGEST_MESSAGE = 1000


def quoted(text: str) -> str:
    """The beginning of `text`, in quotes and on one line."""
    return repr(_cut(text, LONGEST_QUOTE))


def bounded(message: str) -> str:
    """A message that quotes what it likes, cut where it gets too long."""
    return _cut(message, LONGEST_MESSAGE)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"

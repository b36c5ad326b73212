"""`VerifiedTokens`: whom the tokens stand for that were verified lately."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

from jobcast.auth.keys import KeySource
from resolvers.context import Viewer

# About 2 MiB; of more viewers at a time, those seen last are remembered.
MOST_TOKENS = 4096


class VerifiedTokens:
    """Remembers a token's viewer until it expires or the keys change.

    To verify one takes 100 µs of each request, to find it here 2. Tokens themselves are not kept,
    only their hashes. Nothing is remembered of a token that was refused.
    """

    def __init__(self, keys: KeySource, *, clock: Callable[[], float] = time.time) -> None:
        """`keys` are those that tokens are verified with; `clock` tells the seconds since 1970."""
        self._keys = keys
        self._clock = clock
        self._version = keys.version
        self._known: OrderedDict[bytes, tuple[Viewer, float]] = OrderedDict()

    def find(self, token: str) -> Viewer | None:
        """Whom the token stands for, if it was verified with today's keys and is valid still."""
        self._forget_if_keys_changed()
        digest = _digest(token)
        known = self._known.get(digest)
        if known is None:
            return None
        viewer, expires = known
        if expires <= self._clock():
            del self._known[digest]
            return None
        self._known.move_to_end(digest)
        return viewer

    def remember(self, token: str, viewer: Viewer) -> None:
        """Keep what verifying gave just now: no await may lie between the two."""
        self._forget_if_keys_changed()
        if viewer.expires_at is None:
            return
        self._known[_digest(token)] = (viewer, viewer.expires_at.timestamp())
        if len(self._known) > MOST_TOKENS:
            self._known.popitem(last=False)

    def _forget_if_keys_changed(self) -> None:
        if self._version != self._keys.version:
            self._version = self._keys.version
            self._known.clear()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

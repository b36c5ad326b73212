"""`CallErrors`: what the caller of a script or command gets when it fails."""

from __future__ import annotations

from typing import TypeVar

from redis.exceptions import BusyLoadingError, OutOfMemoryError, ReadOnlyError, ResponseError

from broadcaster.errors import BackendFull, BackendUnavailable, in_words
from broadcaster.refusals import Refusals

# Replies that speak of the server's state just now, not of the call.
_NOT_NOW = ("BUSY", "LOADING", "MASTERDOWN", "MISCONF", "CLUSTERDOWN", "TRYAGAIN")

_E = TypeVar("_E", bound=Exception)


class CallErrors:
    """Puts redis-py's errors into ours; each with redis-py's as its cause."""

    def __init__(self) -> None:
        self._refusals = Refusals()

    def of_reply(self, error: Exception, name: str) -> Exception:
        """For the error that answered the script or command `name`; itself, if it is its fault."""
        ours: Exception | None
        if isinstance(error, OutOfMemoryError):
            ours = BackendFull("Valkey is out of memory; nothing was stored.")
        elif isinstance(error, BusyLoadingError | ReadOnlyError) or (
            isinstance(error, ResponseError) and str(error).startswith(_NOT_NOW)
        ):
            ours = BackendUnavailable("Valkey cannot serve just now.")
        else:
            ours = self._refusals.found_in(error, name)
        return error if ours is None else _because(ours, error)

    def of_silence(self, error: Exception, name: str) -> BackendUnavailable:
        """For what kept an answer from coming."""
        refusal = self._refusals.found_in(error, name)
        ours = refusal or BackendUnavailable(f"Valkey did not answer ({in_words(error)}).")
        return _because(ours, error)


def _because(ours: _E, theirs: Exception) -> _E:
    ours.__cause__ = theirs
    return ours

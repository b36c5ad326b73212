"""Errors of the broadcaster.

BroadcasterError
├── ChannelNotFound      nothing was ever published there, or it is no longer kept
├── ChannelGone          the channel vanished under a subscription; nothing more will come
├── BackendUnavailable   the backend did not answer
│   └── BackendRefused   it does not let us: a right is missing, or who we are is wrong
└── BackendFull          the backend is out of memory; nothing was stored
"""

from __future__ import annotations


class BroadcasterError(Exception):
    """Base of all errors that the broadcaster raises on purpose."""


class ChannelNotFound(BroadcasterError):
    """Nothing was ever published on this channel, or its history is no longer kept."""


class ChannelGone(BroadcasterError):
    """The channel was removed while someone subscribed to it; look at its owner's records."""


class BackendUnavailable(BroadcasterError):
    """The backend did not answer. Try again; a position that you hold stays good."""


class BackendRefused(BackendUnavailable):
    """The backend's access list forbids this to our user; grant what the message names."""


class BackendFull(BroadcasterError):
    """The backend reached its memory limit and refused; nothing was stored."""


def in_words(error: BaseException) -> str:
    """The error for a line of the log: its kind, and what it says.

    redis-py's `repr` leaves out the second.
    """
    return f"{type(error).__name__}: {error}".removesuffix(": ")

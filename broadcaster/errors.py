"""Errors of the broadcaster.

BroadcasterError
├── ChannelNotFound      nothing was ever published there, or it is no longer kept
├── ChannelGone          the channel vanished under a subscription; nothing more will come
├── BackendUnavailable   the backend did not answer
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


class BackendFull(BroadcasterError):
    """The backend reached its memory limit and refused; nothing was stored."""

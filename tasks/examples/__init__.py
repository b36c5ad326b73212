"""Example tasks: importing this package registers them, as `JOBCAST_TASKS=tasks.examples` does."""

from __future__ import annotations

from tasks.examples.order import place_order
from tasks.examples.ride import track_ride
from tasks.examples.video import transcode_video

__all__ = ["place_order", "track_ride", "transcode_video"]

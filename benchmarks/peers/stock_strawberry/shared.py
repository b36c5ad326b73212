"""What the server and the worker both need."""

from __future__ import annotations

import os

from saq import Queue

REDIS_URL = os.environ["REDIS_URL"]
queue = Queue.from_url(REDIS_URL)


def channel(job_id: str) -> str:
    """Where a job's events are published."""
    return f"job:{job_id}"

"""Job ids: `<queue>.<UUIDv7>`; the id alone tells where the job lives, and cannot be guessed."""

from __future__ import annotations

import re

from uuid_utils import uuid7

# Short enough for a key; no separator of ours, of Lua's or of Redis's hash tags can be in it.
QUEUE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new_job_id(queue: str) -> str:
    """A fresh id in `queue`: 48 bits of time, 74 of randomness (RFC 9562, UUID version 7)."""
    return f"{queue}.{uuid7()}"


def queue_of(job_id: str) -> str | None:
    """The queue that `job_id` names; None when it is no job id."""
    queue, separator, unique = job_id.partition(".")
    if not separator or QUEUE_NAME.fullmatch(queue) is None or _UUID.fullmatch(unique) is None:
        return None
    return queue

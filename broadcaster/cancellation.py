"""A cancellation that redis-py may have dropped."""

from __future__ import annotations

import asyncio


def raise_if_cancelled() -> None:
    """Raise `CancelledError` if the current task was asked to end; call it after redis-py.

    With a socket timeout redis-py sends under `asyncio.wait_for`, which on Python 3.11 drops a
    cancellation that arrives as it completes (cpython#86296). A loop would then never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

"""`serve`: `run_worker` as what a process does, from its start to a signal."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NoReturn

import anyio
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from tasks.definition import TaskDefinition
from tasks.files.storage import FileStorage
from tasks.worker.run import run_worker

logger = logging.getLogger("jobcast.worker")

EXIT_FAILED = 1  # a part of the worker failed
EXIT_ABANDONED = 3  # drained, but for tasks that would not end


async def serve(
    *,
    redis: AsyncRedis,
    lease_redis: Redis,
    registry: Iterable[TaskDefinition],
    queues: Sequence[str],
    concurrency: int,
    lease: timedelta,
    drain_timeout: timedelta,
    files: FileStorage,
    version: str | None = None,
) -> None:
    """Run jobs until SIGTERM or SIGINT, then drain; a second signal cuts the drain short.

    Must be called in the main thread of a process that does nothing else. Returns after a
    clean drain. Else the process ends in here: what still runs must not go on while its jobs
    are taken over, and Python would wait for it.
    """
    stop = anyio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            logger.warning("%s again: leaving what runs", number.name)
            _leave(EXIT_ABANDONED)
        logger.info("%s: draining", number.name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    try:
        abandoned = await run_worker(
            redis=redis,
            lease_redis=lease_redis,
            registry=registry,
            queues=queues,
            concurrency=concurrency,
            lease=lease,
            drain_timeout=drain_timeout,
            files=files,
            stop=stop,
            version=version,
        )
    except Exception:
        logger.critical("The worker failed", exc_info=True)
        _leave(EXIT_FAILED)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    if abandoned:
        logger.error("These jobs would not end and are cut off: %s", ", ".join(abandoned))
        _leave(EXIT_ABANDONED)


def _leave(code: int) -> NoReturn:
    logging.shutdown()
    os._exit(code)

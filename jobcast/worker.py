"""The worker process: its parts, put together from the settings."""

from __future__ import annotations

import gc
import logging
from contextlib import AsyncExitStack

from broadcaster.pipeline import ValkeyPipeline
from jobcast import __version__
from jobcast.durability import warn_of_losses
from jobcast.errors import InvalidSettings
from jobcast.examples import configure_examples
from jobcast.file_storage import open_storage
from jobcast.redis_connection import (
    Role,
    close,
    close_blocking,
    connect,
    connect_blocking,
)
from jobcast.settings import Settings
from jobcast.task_modules import load_tasks
from jobcast.valkey_access import check_access
from tasks.files.ledger import FileLedger
from tasks.worker.serve import serve

logger = logging.getLogger("jobcast.worker")

# Three calls fit into a lease, so that one that hangs does not cost it.
CALLS_PER_LEASE = 4


async def run_worker_process(settings: Settings) -> None:
    """Run jobs until a signal comes, and drain; see `tasks.worker.serve`.

    Raises:
        InvalidSettings: No server or no tasks are named, or a queue that no task has.
        ValkeyRefused: Valkey will not serve this process.
    """
    if settings.redis_url is None:
        raise InvalidSettings(["JOBCAST_REDIS_URL is not set: the worker needs a server"])
    registry = load_tasks(settings.tasks)
    configure_examples(registry, settings)
    queues = _queues(settings, set(registry.queues))
    # As in `jobcast.server`: what is there now stays, and a job leaves some hundred objects.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    logger.info("Serving %s, up to %d jobs of each", ", ".join(queues), settings.concurrency)
    async with AsyncExitStack() as stack:
        redis = connect(
            settings.redis_url,
            Role.WORKER,
            concurrency=settings.concurrency,
            queues=len(queues),
        )
        stack.push_async_callback(close, redis)
        await check_access(redis, Role.WORKER, queues)
        await warn_of_losses(redis)
        pipeline = await stack.enter_async_context(ValkeyPipeline(redis))
        limit = int(settings.storage_bytes_per_viewer)
        lease_redis = connect_blocking(settings.redis_url, settings.lease / CALLS_PER_LEASE)
        stack.callback(close_blocking, lease_redis)
        await serve(
            redis=redis,
            lease_redis=lease_redis,
            registry=registry,
            queues=queues,
            concurrency=settings.concurrency,
            lease=settings.lease,
            drain_timeout=settings.drain_timeout,
            files=open_storage(settings, FileLedger(pipeline, limit, patient=True)),
            version=__version__,
        )


def _queues(settings: Settings, known: set[str]) -> list[str]:
    if unknown := set(settings.queues) - known:
        names, others = ", ".join(sorted(unknown)), ", ".join(sorted(known))
        raise InvalidSettings([f"JOBCAST_QUEUES: no task has the queue {names} (but {others})"])
    return sorted(settings.queues or known)

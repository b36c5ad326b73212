"""The examples as jobs: on a real Valkey, run by a real worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import orjson
import pytest
from redis import Redis as BlockingRedis

from broadcaster.events import Event
from tasks.client import JobClient
from tasks.definition import TaskDefinition
from tasks.events import EventType, JobEvent, decode_job_event
from tasks.examples import place_order, track_ride, transcode_video
from tasks.examples.configuration import Configuration, configure
from tasks.files.storage import FileStorage
from tasks.options import EnqueueLimits, EnqueueOptions
from tasks.queue.queue import JobQueue
from tasks.records import JobRecord
from tasks.status import JobStatus
from tasks.worker.run import run_worker
from tests.support.films import make_film
from tests.support.jobs import connection
from tests.support.video_jobs import children_running

pytestmark = pytest.mark.anyio

DEFINITIONS: dict[str, TaskDefinition] = {
    function.__name__: vars(function)["definition"]
    for function in (place_order, track_ride, transcode_video)
}


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[FileStorage]:
    database = tmp_path / "shop.sqlite3"
    configure(Configuration(encoder_speed="veryslow", shop_database=database))
    yield FileStorage((tmp_path / "store").as_uri())
    configure(Configuration())


class Examples:
    """What a test does with the examples' jobs."""

    def __init__(self, queues: dict[str, JobQueue]) -> None:
        self.client = JobClient(queues)
        self._queues = queues

    async def enqueue(self, task: str, **arguments: Any) -> str:
        enqueued = await self.client.enqueue(
            DEFINITIONS[task],
            orjson.dumps(arguments),
            owner="ada",
            options=EnqueueOptions(),
            limits=EnqueueLimits(),
        )
        return enqueued.record.id

    async def events(self, job_id: str) -> list[JobEvent]:
        queue = self._queues[job_id.partition(".")[0]]
        raw = await queue.redis.lrange(queue.keys.history(job_id), 0, -1)
        return [decode_job_event(Event.decode(entry)) for entry in raw]

    async def happens(self, job_id: str, kind: EventType) -> JobEvent:
        async with asyncio.timeout(30):
            while True:
                for event in await self.events(job_id):
                    if event.type is kind:
                        return event
                await asyncio.sleep(0.02)

    async def ends(self, job_id: str) -> JobRecord:
        async with asyncio.timeout(40):
            while True:
                record = await self.client.get(job_id)
                assert record is not None
                if record.status.terminal:
                    return record
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running_examples(port: int, storage: FileStorage) -> AsyncIterator[Examples]:
    names = sorted({definition.queue for definition in DEFINITIONS.values()})
    stop = anyio.Event()
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(connection(port))
        worker_redis = await stack.enter_async_context(connection(port))
        lease_redis = stack.enter_context(BlockingRedis(port=port, socket_timeout=0.3))
        queues = {name: await stack.enter_async_context(JobQueue(redis, name)) for name in names}
        async with asyncio.TaskGroup() as group:
            group.create_task(
                run_worker(
                    redis=worker_redis,
                    lease_redis=lease_redis,
                    registry=DEFINITIONS.values(),
                    queues=names,
                    concurrency=2,
                    lease=timedelta(seconds=2),
                    drain_timeout=timedelta(seconds=5),
                    files=storage,
                    stop=stop,
                )
            )
            try:
                yield Examples(queues)
            finally:
                stop.set()


async def test_video_is_transcoded_for_its_owner(
    valkey_port: int, storage: FileStorage, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=0.4)
    ref = await storage.upload(film, owner="ada", name="film.mp4")

    async with running_examples(valkey_port, storage) as examples:
        job = await examples.enqueue("transcode_video", video={"id": ref.id}, preset="480p")
        record = await examples.ends(job)

    assert record.status is JobStatus.SUCCEEDED, record.failure
    assert record.progress is not None
    assert record.progress.fraction == 1
    assert await storage.stat_for(record.result["file"]["id"], "ada") is not None
    assert await storage.stat_for(record.result["poster"]["id"], "eve") is None


async def test_cancelled_video_leaves_no_encoder_and_no_file(
    valkey_port: int, storage: FileStorage, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=20, size="1280x720")
    ref = await storage.upload(film, owner="ada", name="film.mp4")

    async with running_examples(valkey_port, storage) as examples:
        job = await examples.enqueue("transcode_video", video={"id": ref.id}, preset="1080p")
        async with asyncio.timeout(30):
            while not children_running("ffmpeg"):
                await asyncio.sleep(0.02)
        await examples.client.cancel(job)
        record = await examples.ends(job)

    assert record.status is JobStatus.CANCELLED
    assert children_running("ffmpeg") == []
    stored = {path.stem for path in (tmp_path / "store").iterdir()}
    assert stored == {ref.id}


async def test_what_is_no_video_fails_in_a_declared_way(
    valkey_port: int, storage: FileStorage, tmp_path: Path
) -> None:
    (tmp_path / "notes.mp4").write_text("Buy milk.\n" * 100)
    ref = await storage.upload(tmp_path / "notes.mp4", owner="ada", name="notes.mp4")

    async with running_examples(valkey_port, storage) as examples:
        job = await examples.enqueue("transcode_video", video={"id": ref.id}, preset="480p")
        record = await examples.ends(job)

    assert record.failure is not None
    assert record.failure.type == "UnsupportedMedia"
    assert record.attempt == 1


async def test_orders_are_paid_though_the_gateway_is_busy(
    valkey_port: int, storage: FileStorage
) -> None:
    order = {"email": "ada@example.org", "items": [{"product": "mug", "quantity": 2}]}

    async with running_examples(valkey_port, storage) as examples:
        jobs = [await examples.enqueue("place_order", order=order) for _ in range(12)]
        records = [await examples.ends(job) for job in jobs]

    assert {record.status for record in records} == {JobStatus.SUCCEEDED}


async def test_cancelled_ride_keeps_the_positions_so_far(
    valkey_port: int, storage: FileStorage
) -> None:
    route = [{"latitude": 52.52, "longitude": 13.405}, {"latitude": 52.5, "longitude": 13.3}]

    async with running_examples(valkey_port, storage) as examples:
        job = await examples.enqueue("track_ride", route=route, updates_per_second=10)
        output = await examples.happens(job, EventType.OUTPUT)
        await examples.client.cancel(job)
        record = await examples.ends(job)
        kinds = [event.type for event in await examples.events(job)]

    assert record.status is JobStatus.CANCELLED
    assert output.data["latitude"] == 52.52
    assert EventType.OUTPUT in kinds
    assert kinds[-1] is EventType.CANCELLED

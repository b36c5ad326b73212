"""All that a Valkey keeps of a queue, read at one moment, and whether it is as a model says."""

from __future__ import annotations

from typing import Any

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from broadcaster.events import Event, Kind
from tasks.events import EventType, JobEvent, decode_job_event
from tasks.keys import QueueKeys
from tasks.records import JobRecord
from tasks.status import JobStatus
from tests.support.model_job import ModelJob
from tests.support.transition_model import FOLLOWED, QueueModel

# By the key's name without the queue's prefix. Hashes hold bytes, sorted sets numbers; sorted
# sets and sets are in the server's order.
View = dict[str, Any]

_READ_ALL = """
local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind, value = redis.call('TYPE', key).ok, nil
  if kind == 'hash' then value = redis.call('HGETALL', key)
  elseif kind == 'list' then value = redis.call('LRANGE', key, 0, -1)
  elseif kind == 'set' then value = redis.call('SMEMBERS', key)
  elseif kind == 'zset' then value = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  else value = redis.call('GET', key) end
  all[#all + 1] = {key, kind, value}
end
return all
"""

_WAKE_TOKENS = 64  # WAKE_TOKENS in transition.lua

_STATIC = {"queued", "scheduled", "wake", "leases", "open", "expiry", "renewed", "sweep_after"}

_QUIET = {EventType.OUTPUT, EventType.LOGGED}
_ENDS = {EventType.SUCCEEDED, EventType.FAILED, EventType.CANCELLED}


async def read_view(redis: Redis, keys: QueueKeys) -> View:
    """Everything in the database, which must be all the queue's."""
    view: View = {}
    client: Any = redis  # its raw command methods are untyped
    for key, kind, value in await client.execute_command("EVAL", _READ_ALL, 0):
        name = key.decode()
        assert name.startswith(keys.prefix)
        view[name.removeprefix(keys.prefix)] = _READERS[kind](value)
    return view


async def read_live(live: PubSub) -> list[tuple[str, bytes]]:
    """Channels and messages since the last call; `live` is subscribed to all."""
    messages: list[tuple[str, bytes]] = []
    await live.ping()  # its answer comes after whatever was published before
    while (message := await live.get_message(timeout=5)) is not None:
        if message["type"] == "pong":
            return messages
        if message["type"] == "pmessage":
            messages.append((message["channel"].decode(), message["data"]))
    raise TimeoutError("The subscription is silent.")


def _pairs(flat: list[bytes]) -> dict[str, bytes]:
    return {flat[i].decode(): flat[i + 1] for i in range(0, len(flat), 2)}


_READERS: dict[bytes, Any] = {
    b"hash": _pairs,
    b"list": list,
    b"set": lambda members: [member.decode() for member in members],
    b"zset": lambda flat: {name: int(score) for name, score in _pairs(flat).items()},
    b"string": bytes,
}


class Comparison:
    """Compares views with the model; remembers histories, so that none may change its past."""

    def __init__(self, model: QueueModel, keys: QueueKeys) -> None:
        self._model = model
        self._keys = keys
        self._histories: dict[str, list[bytes]] = {}
        self._events: dict[str, list[Event]] = {}
        self._live: dict[str, list[bytes]] = {}  # by channel
        self._told: dict[str, dict[str, tuple[int, bytes]]] = {}  # by feed and job's channel

    def check(self, view: View, live: list[tuple[str, bytes]]) -> None:
        """Fail where the view, or what was published since the last one, is not right."""
        for channel, message in live:
            self._live.setdefault(channel, []).append(message)
            if channel.startswith(self._keys.feed("")):
                revision, changed, event = message.split(b" ", 2)
                told = self._told.setdefault(channel, {})
                told[changed.decode()] = (int(revision), event)
        jobs = self._model.jobs
        for job in jobs.values():
            events = self._history(view, job)
            self._record(view, job, events[-1])
        self._places(view)
        self._audiences(view)
        self._traces(view)
        assert [id.decode() for id in self._live.get(self._keys.control, [])] == self._model.control

    def _history(self, view: View, job: ModelJob) -> list[JobEvent]:
        stored: list[bytes] = view[f"job:{job.id}:history"]
        seen = self._histories.get(job.id, [])
        assert stored[: len(seen)] == seen, "a history changed its past"
        events = self._events.setdefault(job.id, [])
        events += [Event.decode(raw) for raw in stored[len(seen) :]]
        self._histories[job.id] = stored

        assert self._live[self._keys.job(job.id)] == stored
        decoded = [decode_job_event(event) for event in events]
        types = [event.type for event in decoded]
        assert types == job.events
        assert [event.position.offset for event in events] == [*range(1, len(types) + 1)]
        assert len({event.position.epoch for event in events}) == 1
        hash = view[f"job:{job.id}"]
        assert int(hash["offset"]) == len(events)
        assert hash["epoch"].decode() == events[-1].position.epoch != ""
        assert int(hash["bytes"]) == sum(map(len, stored))
        ended = [event.kind is Kind.FINAL for event in events]
        assert ended == [type in _ENDS for type in types]
        assert not any(ended[:-1])
        assert ended[-1] == job.status.terminal
        return decoded

    def _record(self, view: View, job: ModelJob, newest: JobEvent) -> None:
        hash = view[f"job:{job.id}"]
        record = newest.job
        assert record == _record_of(hash, newest)
        assert (record.id, record.owner, record.max_attempts) == (
            job.id,
            job.owner,
            job.max_attempts,
        )
        assert (record.status, record.attempt) == (job.status, job.attempt)
        assert (record.progress.fraction if record.progress else None) == job.progress
        assert (record.failure.kind if record.failure else None) == job.failure
        assert record.result == job.result
        assert (record.scheduled_for is not None) == job.delayed
        assert (record.started_at is not None) == job.started
        assert (record.finished_at is not None) == job.status.terminal
        if job.worker:  # else it is the one that had the latest attempt
            assert hash["worker"].decode() == job.worker
        assert hash["fence"].decode() == job.fence
        assert int(hash["sequence"]) == job.sequence

    def _places(self, view: View) -> None:
        """Each job is in exactly the place where its status has it."""
        model, jobs = self._model, self._model.jobs.values()
        holders = {job.worker for job in jobs if job.held}
        for worker in model.leases:
            held = {job.id for job in jobs if job.held and job.worker == worker}
            assert set(view.get(f"running:{worker}", [])) == held
        assert holders <= model.leases.keys()
        assert view.get("leases", {}).keys() == model.leases.keys()
        delayed = {job.id for job in jobs if job.delayed}
        assert view.get("scheduled", {}).keys() == delayed
        # Ids of jobs that ended while they waited may be left: they are skipped.
        queued = [id.decode() for id in view.get("queued", [])]
        stale = {id for id in queued if id not in model.jobs or model.jobs[id].status.terminal}
        assert [id for id in queued if id not in stale] == model.ready
        assert set(model.ready) == {
            job.id
            for job in jobs
            if job.status is JobStatus.QUEUED
            or (job.status is JobStatus.RETRYING and not job.delayed)
        }
        tokens = len(view.get("wake", []))
        assert tokens <= _WAKE_TOKENS
        assert tokens or not model.ready, "jobs are ready, and nobody is woken"
        terminal = {job.id for job in jobs if job.status.terminal}
        assert view.get("expiry", {}).keys() == terminal
        open_jobs = {owner: int(n) for owner, n in view.get("open", {}).items()}
        assert open_jobs == model.open_jobs()

    def _audiences(self, view: View) -> None:
        """Each audience's list has all of its jobs, and its feed their newest changes."""
        jobs = self._model.jobs.values()
        for audience, changes in self._model.revisions.items():
            theirs = [job for job in jobs if audience in job.audiences]
            assert view.get(f"index:{audience}", {}) == {
                job.id: _milliseconds(view, job) for job in theirs
            }
            assert view.get(f"feed:{audience}", {}) == {
                self._keys.job(job.id): job.revisions[audience] for job in theirs
            }
            assert int(view[f"feed:{audience}:revision"]) == changes
            feed = self._keys.feed(audience)
            if audience not in FOLLOWED:
                assert feed not in self._live
                continue
            assert len(self._live[feed]) == changes
            for job in theirs:
                newest = (job.revisions[audience], self._newest_told(job))
                assert self._told[feed][self._keys.job(job.id)] == newest

    def _newest_told(self, job: ModelJob) -> bytes:
        """The event that made the last change to the job's record."""
        pairs = zip(reversed(self._histories[job.id]), reversed(job.events), strict=True)
        return next(raw for raw, type in pairs if type not in _QUIET)

    def _traces(self, view: View) -> None:
        """Nothing is left of jobs that are no longer kept."""
        model = self._model
        expected = {f"job:{id}{part}" for id in model.jobs for part in ("", ":history")}
        for audience in model.revisions:
            expected |= {f"index:{audience}", f"feed:{audience}", f"feed:{audience}:revision"}
        expected |= {f"running:{worker}" for worker in model.leases}
        expected |= {f"feed:{audience}:followed" for audience in FOLLOWED}
        others = view.keys() - expected - _STATIC
        first = {view[name]["job"].decode() for name in others if name.startswith("idempotency:")}
        assert first == {job_id for job_id, _ in model.keys.values()}
        assert len(others) == len(model.keys)


def _record_of(hash: dict[str, bytes], newest: JobEvent) -> JobRecord:
    """The record as the job's hash has it."""
    record = orjson.loads(b"{" + hash["static"] + b"}")
    record["status"] = hash["status"].decode()
    for name in ("attempt", "progress", "failure", "scheduled_for", "started_at", "finished_at"):
        record[name] = orjson.loads(hash.get(name, b"null"))
    record["result"] = orjson.loads(hash.get("result", b"null"))
    return JobRecord(record, newest.position)


def _milliseconds(view: View, job: ModelJob) -> int:
    enqueued_at: int = orjson.loads(b"{" + view[f"job:{job.id}"]["static"] + b"}")["enqueued_at"]
    return enqueued_at

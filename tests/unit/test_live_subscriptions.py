"""Subscriptions to jobs: who shares an execution with whom, and what a slow one is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from jobcast import budget
from jobcast.request_errors import RequestRefused
from tasks.events import EventType
from tasks.files.reference import FileRef
from tasks.status import JobStatus
from tests.support.live_jobs import LiveJobs, StubOutlet
from tests.support.typed_jobs import types_of

pytestmark = pytest.mark.anyio

OFFSETS = "subscription ($id: ID!) { job(id: $id) { offset } }"
PROGRESS = """subscription ($id: ID!, $more: Boolean = false) {
    job(id: $id) {
        offset
        ... on JobProgressed { merged progress { fraction message @include(if: $more) } }
    }
}"""
RUNNING = {"status": JobStatus.RUNNING, "finished_at": None}


@dataclass
class Route:
    points: list[int]


async def walk(route: Route) -> FileRef:
    raise NotImplementedError


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


async def progress(jobs: LiveJobs, job_id: str, events: int) -> None:
    for n in range(events):
        told = {"fraction": n / events, "message": "walking"}
        await jobs.publish(job_id, EventType.PROGRESSED, "walk", progress=told, **RUNNING)


BOTH_WAYS = pytest.mark.parametrize("shared", [True, False], ids=["shared", "each its own"])


async def subscribed(
    jobs: LiveJobs, query: str, count: int, *, viewers: int = 1, **variables: Any
) -> list[StubOutlet]:
    outlets = [StubOutlet() for _ in range(count)]
    for n, outlet in enumerate(outlets):
        await jobs.subscribe(query, outlet, viewer=f"ann{n % viewers}", **variables)
    return outlets


@BOTH_WAYS
async def test_an_event_is_executed_once_for_all_who_ask_the_same(shared: bool) -> None:
    jobs = LiveJobs(types_of(walk), shared=shared)
    await jobs.publish("a", EventType.STARTED, "walk", **RUNNING)
    outlets = await subscribed(jobs, PROGRESS, 50, viewers=50, id="a")
    await until(lambda: all(len(outlet.messages) == 1 for outlet in outlets))
    begun = jobs.live.renderer.executions

    for n in range(4):
        await progress(jobs, "a", 1)
        await until(lambda: all(len(outlet.messages) == 2 + n for outlet in outlets))  # noqa: B023

    assert begun == (1 if shared else 50)
    assert jobs.live.renderer.executions - begun == (4 if shared else 200)
    assert [outlet.offsets for outlet in outlets] == [[1, 2, 3, 4, 5]] * 50
    assert len({repr(outlet.messages) for outlet in outlets}) == 1


async def test_what_changes_the_answer_is_not_shared() -> None:
    jobs = LiveJobs(types_of(walk))
    await jobs.publish("a", EventType.STARTED, "walk", **RUNNING)
    (short,) = await subscribed(jobs, PROGRESS, 1, id="a")
    (long,) = await subscribed(jobs, PROGRESS, 1, id="a", more=True)
    (other,) = await subscribed(jobs, OFFSETS, 1, id="a")

    await progress(jobs, "a", 1)

    await until(lambda: all(len(one.messages) == 2 for one in (short, long, other)))
    assert short.events[-1] == {"offset": 2, "merged": 0, "progress": {"fraction": 0.0}}
    assert long.events[-1]["progress"] == {"fraction": 0.0, "message": "walking"}
    assert other.events[-1] == {"offset": 2}


async def test_fields_that_depend_on_the_viewer_are_answered_for_each_viewer() -> None:
    jobs = LiveJobs(types_of(walk))
    await jobs.publish("a", EventType.STARTED, "walk", **RUNNING)
    query = """subscription ($id: ID!) { job(id: $id) {
        offset job { ... on WalkJob { result { name } } } } }"""
    outlets = await subscribed(jobs, query, 30, viewers=3, id="a")
    await until(lambda: all(len(outlet.messages) == 1 for outlet in outlets))
    begun = jobs.live.renderer.executions

    await progress(jobs, "a", 1)

    await until(lambda: all(len(outlet.messages) == 2 for outlet in outlets))
    assert jobs.live.renderer.executions - begun == 3


async def test_subscribers_of_many_jobs_ask_one_question() -> None:
    jobs = LiveJobs(types_of(walk))
    for name in "abc":
        await jobs.publish(name, EventType.STARTED, "walk", **RUNNING)
    followers = [await jobs.subscribe(OFFSETS, StubOutlet(), id=name) for name in "abc"]

    assert len({id(follower._question) for follower in followers}) == 1


@BOTH_WAYS
async def test_input_that_has_to_be_fetched_is_fetched_once_an_execution_and_in_order(
    shared: bool,
) -> None:
    points = list(range(450))
    jobs = LiveJobs(types_of(walk), stored_input=b'{"route":{"points":%a}}' % points, shared=shared)
    await jobs.publish("a", EventType.STARTED, "walk", **RUNNING)
    query = """subscription ($id: ID!) { job(id: $id) {
        offset job { ... on WalkJob { input { route { points } } } } } }"""
    outlets = await subscribed(jobs, query, 20, id="a")
    await until(lambda: all(outlet.offsets == [1] for outlet in outlets))
    read = jobs.input_reads

    await jobs.publish("a", EventType.CANCELLING, "walk", **RUNNING)
    await jobs.publish("a", EventType.SUCCEEDED, "walk")

    await until(lambda: all(outlet.ends == [None] for outlet in outlets))
    assert all(outlet.offsets == [1, 2, 3] for outlet in outlets)
    assert outlets[0].events[-1]["job"]["input"]["route"]["points"] == points
    assert jobs.input_reads - read == (2 if shared else 40)


@BOTH_WAYS
async def test_a_client_that_does_not_read_is_given_all_that_matters_later(shared: bool) -> None:
    jobs = LiveJobs(types_of(walk), shared=shared)
    await jobs.publish("a", EventType.STARTED, "walk", **RUNNING)
    slow, quick = await subscribed(jobs, PROGRESS, 2, id="a")
    slow.stall()

    await progress(jobs, "a", 1000)
    await jobs.publish("a", EventType.SUCCEEDED, "walk")
    slow.go_on()

    await until(lambda: slow.ends == quick.ends == [None])
    assert quick.offsets == slow.offsets == list(range(1, 1003))
    assert len(slow.messages) < 300  # the newest of what was superseded, and no more


@BOTH_WAYS
async def test_a_viewer_whose_questions_cost_too_much_is_slowed_and_loses_nothing(
    shared: bool,
) -> None:
    jobs = LiveJobs(types_of(walk), operations_per_second=20, shared=shared)
    await jobs.publish("a", EventType.STARTED, "walk", **RUNNING)
    dear = await subscribed(jobs, PROGRESS, 3, id="a")
    other = StubOutlet()
    await jobs.subscribe(PROGRESS, other, viewer="bob", id="a", more=True)
    await until(lambda: all(outlet.offsets == [1] for outlet in (*dear, other)))
    jobs.rates.budget("ann0").charge(0.12)  # all that she had saved, 80 tokens, and 2 s worth

    await progress(jobs, "a", 100)
    await jobs.publish("a", EventType.SUCCEEDED, "walk")

    await until(lambda: other.ends == [None])
    assert other.offsets == list(range(1, 103))
    assert all(outlet.offsets == [1] for outlet in dear)
    await until(lambda: all(outlet.ends == [None] for outlet in dear))
    assert all(outlet.offsets == list(range(1, 103)) for outlet in dear)
    assert len(dear[0].messages) < 10


async def test_many_questions_of_one_viewer_leave_time_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(budget, "WORK_SECONDS", 1e-9)  # so that each answer fills a window
    jobs = LiveJobs(types_of(walk))
    await jobs.publish("a", EventType.STARTED, "walk", **RUNNING)
    renderer = jobs.live.renderer
    outlets = [StubOutlet() for _ in range(40)]
    for n, outlet in enumerate(outlets):
        query = f"subscription ($id: ID!) {{ job(id: $id) {{ offset n{n}: __typename }} }}"
        await jobs.subscribe(query, outlet, id="a")

    await jobs.publish("a", EventType.CANCELLING, "walk", **RUNNING)
    in_a_turn = []
    async with asyncio.timeout(30):
        while not all(outlet.offsets == [1, 2] for outlet in outlets):
            before = renderer.executions
            await asyncio.sleep(0)
            in_a_turn.append(renderer.executions - before)

    assert renderer.executions == 80
    assert max(in_a_turn) <= budget.AT_A_TIME


@BOTH_WAYS
async def test_an_event_that_cannot_be_answered_ends_the_subscription_and_no_other(
    shared: bool,
) -> None:
    jobs = LiveJobs(types_of(walk), shared=shared)
    await jobs.publish("a", EventType.STARTED, "walk", **RUNNING)
    query = "subscription ($id: ID!) { job(id: $id) { offset ... on JobLogged { level } } }"
    (reader,) = await subscribed(jobs, query, 1, id="a")
    (other,) = await subscribed(jobs, OFFSETS, 1, id="a")

    await jobs.publish("a", EventType.LOGGED, "walk", data={"text": "no level"}, **RUNNING)
    await until(lambda: len(reader.messages) == len(other.messages) == 2)

    assert reader.messages[-1]["payload"]["errors"][0]["message"] == "Internal server error"
    assert other.offsets == [1, 2]


async def test_a_job_that_is_not_there_is_refused() -> None:
    jobs = LiveJobs(types_of(walk))

    with pytest.raises(RequestRefused, match="no such job"):
        await jobs.subscribe(OFFSETS, StubOutlet(), id="nowhere")


async def test_a_null_for_an_id_is_refused_in_the_words_of_graphql_core() -> None:
    jobs = LiveJobs(types_of(walk))
    query = 'subscription ($id: ID = "a") { job(id: $id) { offset } }'

    with pytest.raises(RequestRefused, match=r"Argument 'id' has invalid value"):
        await jobs.subscribe(query, StubOutlet(), id=None)

"""`Renderer`: the bytes that answer a question about an event, made once for all who ask it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from time import perf_counter
from typing import Any

import orjson
from graphql import ExecutionResult

from broadcaster.events import Delivery, Event, Reset
from jobcast.budget import Budget
from jobcast.execution import response
from jobcast.live.kept import KeptAnswers, Known
from jobcast.live.metered import Metered
from jobcast.live.question import Question
from jobcast.websocket.outlet import SharedPayload


class Renderer:
    """Executes and encodes, and charges whoever asks first.

    Answers to live events are kept with the event, which all subscribers of the process are
    given; those to what is read from history (snapshots, too) are kept for a while, since others
    are likely to read the same.
    """

    def __init__(self) -> None:
        self._kept = KeptAnswers()
        self.executions = 0  # so far

    def at_once(
        self, question: Question, delivery: Delivery, budget: Budget
    ) -> SharedPayload | None:
        """The answer; None if it has to be awaited, or if who asks has caused enough just now."""
        answers, key = self._place(question, delivery)
        known = answers.get(key)
        if known is None and not budget.wait_seconds():
            try:
                known = self._begin(question, delivery, budget)
            except Exception:  # noqa: BLE001 - `whenever` will raise it, to who can be told
                return None
            answers[key] = known
        return known if isinstance(known, SharedPayload) else None

    async def whenever(
        self, question: Question, delivery: Delivery, budget: Budget
    ) -> SharedPayload:
        """The answer, as soon as it may be had.

        Raises:
            Exception: There is none, by a fault of ours.
        """
        answers, key = self._place(question, delivery)
        while (known := answers.get(key)) is None:
            async with budget.turns:
                if wait := budget.wait_seconds():
                    await asyncio.sleep(wait)
                elif answers.get(key) is None:
                    known = answers[key] = self._begin(question, delivery, budget)
                    if not isinstance(known, SharedPayload):
                        await asyncio.wait([known])
        if isinstance(known, SharedPayload):
            return known
        # Others wait for it as well: it goes on if this one leaves.
        try:
            payload: SharedPayload = await asyncio.shield(known)
        except Exception:
            answers.pop(key, None)
            raise
        answers[key] = payload
        return payload

    async def unshared(self, question: Question, value: Any, budget: Budget) -> SharedPayload:
        """The answer to what is no event of a job, as soon as the viewer may cause more.

        It is made for each subscriber: such values are few, and most of them are for one viewer.

        Raises:
            Exception: There is none, by a fault of ours.
        """
        async with budget.turns:
            while wait := budget.wait_seconds():  # noqa: ASYNC110 - used up again by then, maybe
                await asyncio.sleep(wait)
            started = perf_counter()
            try:
                result = question.answer_value(value)
                if isinstance(result, ExecutionResult):
                    return _encode(result)
            finally:
                budget.charge(perf_counter() - started)
            return await _encoded(Metered(result, budget))

    def _place(self, question: Question, delivery: Delivery) -> tuple[Any, Any]:
        """Where the answer is kept, and under which key."""
        if isinstance(delivery, Event):
            if delivery.answers is not None:
                return delivery.answers, question
            event, variant = delivery, None
        else:
            event = delivery.event
            variant = delivery.reason if isinstance(delivery, Reset) else Delivery
        return self._kept, (question, variant, event.channel, event.position, event.merged)

    def _begin(self, question: Question, delivery: Delivery, budget: Budget) -> Known:
        self.executions += 1
        started = perf_counter()
        try:
            result = question.answer(delivery)
            if isinstance(result, ExecutionResult):
                return _encode(result)
            return asyncio.get_running_loop().create_task(_encoded(Metered(result, budget)))
        finally:
            budget.charge(perf_counter() - started)


async def _encoded(result: Awaitable[ExecutionResult]) -> SharedPayload:
    return _encode(await result)


def _encode(result: ExecutionResult) -> SharedPayload:
    return SharedPayload(orjson.dumps(response(result)))

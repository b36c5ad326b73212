"""Running operations: limits, masked faults, and subscriptions that end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any, cast

import pytest
import strawberry

from broadcaster.errors import BackendUnavailable
from jobcast.execution import Executor
from jobcast.query_limits import QueryLimits
from jobcast.request_errors import RequestRefused
from resolvers.context import Context
from resolvers.errors import job_not_found

pytestmark = pytest.mark.anyio

SLOW_SECONDS = 60.0
LIMITS = QueryLimits(tokens=2000, depth=15, aliases=30)
NOBODY = cast(Context, None)  # no resolver here asks
closed: list[str] = []


@strawberry.type
class Query:
    @strawberry.field
    def number(self, of: int = 1) -> int:
        return of

    @strawberry.field
    def fault(self) -> int | None:
        raise ValueError("the password is 1234")

    @strawberry.field
    def too_large(self) -> int | None:
        return 2**40

    @strawberry.field
    async def slow(self) -> int | None:
        await asyncio.sleep(SLOW_SECONDS)
        return 1

    @strawberry.field
    def away(self) -> int | None:
        raise BackendUnavailable("10.0.0.7 does not answer")

    @strawberry.field
    def absent(self) -> int | None:
        raise job_not_found()


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def numbers(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(1000):
                yield number
        finally:
            closed.append("numbers")

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        raise job_not_found()
        yield 1  # type: ignore[unreachable]  # makes it a generator


def executor(limits: QueryLimits = LIMITS) -> Executor:
    return Executor(strawberry.Schema(Query, subscription=Subscription), limits)


async def answer(query: str) -> dict[str, Any]:
    runs = executor()
    return await runs.execute(runs.prepare(query, None, None), NOBODY)


async def test_a_fault_is_masked_and_the_log_has_it_under_the_same_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        (error,) = (await answer("{ fault }"))["errors"]

    assert error["message"] == "Internal server error"
    assert error["path"] == ["fault"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["correlationId"] in caplog.text
    assert "the password is 1234" in caplog.text


async def test_a_value_that_its_scalar_cannot_say_is_a_fault_like_any_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        (error,) = (await answer("{ tooLarge }"))["errors"]

    assert error["message"] == "Internal server error"
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert str(2**40) in caplog.text


async def test_a_null_for_what_must_not_be_null_is_told_to_the_client() -> None:
    runs = executor()
    query = "query($of: Int = 1) { number(of: $of) }"
    (error,) = (await runs.execute(runs.prepare(query, None, {"of": None}), NOBODY))["errors"]

    assert "$of" in error["message"]


async def test_a_service_that_is_away_is_named_as_such_without_its_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    (error,) = (await answer("{ away }"))["errors"]

    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert error["extensions"]["correlationId"] in caplog.text
    assert "10.0.0.7" not in error["message"]


async def test_an_error_meant_for_the_client_passes_with_its_code() -> None:
    (error,) = (await answer("{ absent }"))["errors"]

    assert error["extensions"] == {"code": "NOT_FOUND"}


async def test_a_fragment_in_a_long_chain_is_a_refusal_and_no_crash() -> None:
    links = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(1200))
    query = f"{{ ...F0 }} {links} fragment F1200 on Query {{ number }}"

    with pytest.raises(RequestRefused) as refused:
        executor(QueryLimits(20_000, 15, 30)).prepare(query, None, None)

    assert refused.value.errors[0]["extensions"] == {"code": "LIMIT_EXCEEDED"}


async def test_aliases_count_as_often_as_their_fragment_is_spread() -> None:
    aliases = " ".join(f"a{n}: number" for n in range(20))
    query = f"{{ ...F ... {{ ...F }} }} fragment F on Query {{ {aliases} }}"

    with pytest.raises(RequestRefused, match="40 aliases; 30 are allowed"):
        executor().prepare(query, None, None)


async def test_a_refusal_is_the_same_when_it_comes_from_the_cache() -> None:
    runs = executor()
    errors = []
    for _ in range(2):
        with pytest.raises(RequestRefused) as refused:
            runs.prepare("{ nonsense }", None, None)
        errors.append(refused.value.errors)

    assert errors[0] == errors[1]


async def test_wrong_variables_are_refused_before_anything_runs() -> None:
    with pytest.raises(RequestRefused, match="Variable '\\$of'"):
        executor().prepare("query($of: Int!) { number(of: $of) }", None, {"of": "x"})


async def test_an_operation_that_takes_too_long_is_given_up() -> None:
    schema = strawberry.Schema(Query, subscription=Subscription)
    runs = Executor(schema, LIMITS, timeout=timedelta(milliseconds=50))

    with pytest.raises(RequestRefused) as refused:
        await runs.execute(runs.prepare("{ slow }", None, None), NOBODY)

    assert refused.value.errors[0]["extensions"]["code"] == "TIMEOUT"

"""Compiled operations: what they call, how often, and what they leave to graphql-core."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, parse, validate
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from jobcast.plans import Plan, compile_operation, projection

pytestmark = pytest.mark.anyio


class CountingExecutor(StrawberryGraphQLCoreExecutionContext):
    """Counts the operations and events that compiled code left to it."""

    runs = 0

    def execute_operation(self, *args: Any, **kwargs: Any) -> Any:
        type(self).runs += 1
        return super().execute_operation(*args, **kwargs)


@strawberry.type
class Leaf:
    name: str
    size: int | None = 1

    @strawberry.field
    async def slow(self, info: strawberry.Info) -> str:
        await info.context.meet()
        return f"slow {self.name}"

    @strawberry.field
    def where(self, info: strawberry.Info) -> str:
        return ".".join(map(str, info.path.as_list()))


@strawberry.type
class Query:
    @strawberry.field
    def leaf(self, info: strawberry.Info, name: str = "a") -> Leaf:
        info.context.calls.append(name)
        return Leaf(name=name)

    @strawberry.field
    def leaves(self, info: strawberry.Info) -> list[Leaf]:
        return [Leaf(name="a"), Leaf(name="b")]

    @strawberry.field
    async def odd(self, info: strawberry.Info) -> Leaf | None:
        info.context.calls.append("odd")
        return Leaf(name=None)  # type: ignore[arg-type]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def add(self, info: strawberry.Info, name: str) -> Leaf | None:
        info.context.calls.append(f"{name} begins")
        await asyncio.sleep(0)
        info.context.calls.append(f"{name} ends")
        if name == "bad":
            raise ValueError(name)
        return Leaf(name=name if name != "odd" else None)  # type: ignore[arg-type]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def leaf(self) -> AsyncGenerator[Leaf, None]:
        yield Leaf(name="a")


class Context:
    """Notes calls, and lets those who `meet` go on once all are there."""

    def __init__(self, expected: int = 1) -> None:
        self.calls: list[str] = []
        self._barrier = asyncio.Barrier(expected)

    async def meet(self) -> None:
        async with asyncio.timeout(5):
            await self._barrier.wait()


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)._schema


@pytest.fixture(autouse=True)
def _counted() -> None:
    CountingExecutor.runs = 0


def plan_of(query: str) -> Plan:
    document = parse(query)
    assert not validate(SCHEMA, document)
    return compile_operation(SCHEMA, document, None, CountingExecutor, compiled_after=0)


async def run(query: str, context: Context, **variables: Any) -> ExecutionResult:
    plan = plan_of(query)
    coerced = plan.coerce(variables)
    assert not isinstance(coerced, list), coerced
    result = plan.execute(context, coerced)
    return result if isinstance(result, ExecutionResult) else await result


async def test_an_event_is_answered_at_once_and_without_the_executor() -> None:
    plan = plan_of("subscription { leaf { name size } }")
    coerced = plan.coerce(None)
    assert not isinstance(coerced, list)

    result = plan.event(Leaf(name="b"), Context(), coerced)

    assert result == ExecutionResult({"leaf": {"name": "b", "size": 1}})
    assert CountingExecutor.runs == 0


async def test_an_event_whose_value_is_unfit_is_answered_by_the_executor() -> None:
    plan = plan_of("subscription { leaf { name } }")
    coerced = plan.coerce(None)
    assert not isinstance(coerced, list)

    result = plan.event(Leaf(name=None), Context(), coerced)  # type: ignore[arg-type]

    assert isinstance(result, ExecutionResult)
    assert result.data is None
    assert result.errors is not None
    assert result.errors[0].path == ["leaf", "name"]
    assert "Cannot return null for non-nullable field Leaf.name." in result.errors[0].message
    assert CountingExecutor.runs == 1


async def test_asynchronous_fields_run_at_the_same_time_in_lists_as_well() -> None:
    result = await run("{ leaf { slow } leaves { slow again: slow name } }", Context(expected=5))

    assert result.errors is None
    assert result.data == {
        "leaf": {"slow": "slow a"},
        "leaves": [
            {"slow": "slow a", "again": "slow a", "name": "a"},
            {"slow": "slow b", "again": "slow b", "name": "b"},
        ],
    }
    assert CountingExecutor.runs == 0


async def test_resolvers_are_told_where_they_stand() -> None:
    result = await run("{ leaf { where } more: leaves { there: where } }", Context())

    assert result.data == {
        "leaf": {"where": "leaf.where"},
        "more": [{"there": "more.0.there"}, {"there": "more.1.there"}],
    }
    assert CountingExecutor.runs == 0


async def test_mutations_run_one_after_the_other() -> None:
    context = Context()

    result = await run(
        'mutation { a: add(name: "1") { name } b: add(name: "2") { name } }', context
    )

    assert result.data == {"a": {"name": "1"}, "b": {"name": "2"}}
    assert context.calls == ["1 begins", "1 ends", "2 begins", "2 ends"]
    assert CountingExecutor.runs == 0


@pytest.mark.parametrize("name", ["bad", "odd"])
async def test_a_mutation_that_goes_wrong_takes_effect_once_and_those_after_it_too(
    name: str,
) -> None:
    context = Context()
    query = "mutation($n: String!) { a: add(name: $n) { name } b: add(name: $n) { size } }"
    result = await run(query, context, n=name)

    assert result.errors is not None
    assert result.errors[0].path == (["a"] if name == "bad" else ["a", "name"])
    assert context.calls == [f"{name} begins", f"{name} ends"] * 2
    assert CountingExecutor.runs == 1


async def test_what_a_query_gave_is_not_asked_again_when_another_part_is_unfit() -> None:
    context = Context()

    result = await run("{ leaf { name } odd { name } }", context)

    assert result.data == {"leaf": {"name": "a"}, "odd": None}
    assert context.calls == ["a", "odd"]
    assert CountingExecutor.runs == 1


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({"yes": True}, {"name": "a"}), ({"yes": False}, {"size": 1}), ({}, {"name": "a"})],
)
async def test_conditions_are_compiled_for_each_value_of_their_variables(
    variables: dict[str, bool], expected: dict[str, Any]
) -> None:
    query = """query($yes: Boolean! = true) {
        leaf { name @include(if: $yes) ... @skip(if: $yes) { size } }
    }"""

    result = await run(query, Context(), **variables)

    assert result.data == {"leaf": expected}
    assert CountingExecutor.runs == 0


async def test_introspection_is_the_executors() -> None:
    result = await run("{ __schema { queryType { name } } }", Context())

    assert result.data == {"__schema": {"queryType": {"name": "Query"}}}
    assert CountingExecutor.runs == 1


async def test_wrong_variables_are_told_in_the_words_of_graphql_core() -> None:
    (error,) = plan_of("query($n: String!) { leaf(name: $n) { name } }").coerce({"n": 1})  # type: ignore[misc]

    assert "Variable '$n' has invalid value" in error.message


async def test_an_operation_that_comes_once_is_not_compiled() -> None:
    plan = compile_operation(SCHEMA, parse("{ leaf { name } }"), None, CountingExecutor)
    coerced = plan.coerce(None)
    assert not isinstance(coerced, list)
    context = Context()

    answers = [plan.execute(context, coerced) for _ in range(3)]

    assert answers == [ExecutionResult({"leaf": {"name": "a"}})] * 3
    assert CountingExecutor.runs == 1


async def test_what_is_too_large_stays_with_the_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "MOST_FIELDS", 3)

    result = await run("{ leaf { name size __typename where } }", Context())

    assert result.data == {
        "leaf": {"name": "a", "size": 1, "__typename": "Leaf", "where": "leaf.where"}
    }
    assert CountingExecutor.runs == 1

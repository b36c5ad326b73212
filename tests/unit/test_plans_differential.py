"""Compiled operations answer as graphql-core does, to the byte, whatever is asked and given."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from copy import copy
from inspect import isawaitable
from random import Random
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLObjectType,
    GraphQLSchema,
    parse,
    parse_type,
    print_ast,
    validate,
)
from graphql.execution import execute_subscription_event, get_variable_values
from graphql.utilities import type_from_ast
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jobcast.core_executor import MaskingExecutor
from jobcast.graphql import build_schema
from jobcast.plans import (
    arguments,
    coercion,
    compile_operation,
    literals,
    plan,
    projection,
    resolvers,
)
from jobcast.plans.fields import Place
from jobcast.plans.leaves import Leaf
from jobcast.plans.selections import Selections
from jobcast.task_modules import load_tasks
from schema.generated import GeneratedTypes
from tests.support.plan_documents import RandomDocument
from tests.support.plan_values import RandomValues
from tests.support.plan_world import World, WorldContext
from tests.support.schema_values import values

# graphql-core leaves coroutines behind when a sibling fails before they begin.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .*_async_resolver:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

KINDS = ("query", "mutation", "subscription")
TASKS = ("tests.support.sample_tasks", "tasks.examples")
# Of each kind; 10 s in all on an idle core.
EXAMPLES = 150

some = settings(
    deadline=None,
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    max_examples=EXAMPLES,
)


class CountingExecutor(MaskingExecutor):
    """Counts what compiled code left to it."""

    runs = 0

    def execute_operation(self, *args: Any, **kwargs: Any) -> Any:
        type(self).runs += 1
        return super().execute_operation(*args, **kwargs)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """Of all tasks; the functions behind its root fields ask the world."""
    made: GraphQLSchema = build_schema(GeneratedTypes(load_tasks(TASKS)))._schema
    for root in (made.query_type, made.mutation_type):
        assert isinstance(root, GraphQLObjectType)
        for definition in root.fields.values():
            field = definition.extensions["strawberry-definition"]
            resolver = copy(field.base_resolver)
            resolver.wrapped_func = asked_later if field.is_async else asked
            field.base_resolver = resolver
    return made


def asked(*_source: Any, info: Any, **arguments: Any) -> Any:
    return info.context.world.answer(info._raw_info, arguments)


async def asked_later(*_source: Any, info: Any, **arguments: Any) -> Any:
    answer = asked(info=info, **arguments)
    return await answer if isawaitable(answer) else answer


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.mark.parametrize("kind", KINDS)
def test_compiled_operations_answer_as_the_executor_does(
    schema: GraphQLSchema, loop: asyncio.AbstractEventLoop, kind: str
) -> None:
    seen: Counter[str] = Counter()

    @some
    @given(st.data())
    def compare(data: st.DataObject) -> None:
        seen[loop.run_until_complete(compared(schema, kind, data))] += 1

    compare()

    print(kind, dict(seen))
    assert seen["compiled"] > EXAMPLES / 3
    assert seen["executor"] > EXAMPLES / 20  # what goes wrong was met as well


def backwards(self: Selections, parent: Any, fields: Any) -> list[Place]:
    return PLACES(self, parent, dict(reversed(fields.items())))


PLACES = Selections._places


@pytest.mark.parametrize(
    ("kind", "target", "name", "broken"),
    [
        ("subscription", projection, "leaf_of", lambda _type: Leaf(str)),
        ("subscription", projection, "is_non_null_type", lambda _type: False),
        ("query", Selections, "_places", backwards),
        ("query", projection, "attribute_of", lambda _definition: "record"),
        ("mutation", plan, "_replaying", lambda _kept: None),
        ("mutation", coercion, "coerce_default_value", lambda _field: 7),
        ("mutation", literals, "default_of", lambda _field: 7),
        ("mutation", literals, "_variable", lambda name, _type, _: lambda v: v.coerced.get(name)),
        ("mutation", literals, "_list", lambda *_: lambda _: []),
        ("mutation", arguments, "_sources", lambda _place: []),
        ("query", resolvers, "convert_argument", lambda *_, **__: 7),
    ],
)
def test_the_comparison_notices_what_is_broken(
    schema: GraphQLSchema,
    loop: asyncio.AbstractEventLoop,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    target: Any,
    name: str,
    broken: Any,
) -> None:
    monkeypatch.setattr(target, name, broken)

    # It ends with the first that differs, which takes some dozen, and some hundred for a few.
    @settings(some, max_examples=1000, phases=[Phase.generate], database=None)
    @given(st.data())
    def compare(data: st.DataObject) -> None:
        loop.run_until_complete(compared(schema, kind, data, odd=(8,)))

    with pytest.raises(AssertionError):
        compare()


async def compared(
    schema: GraphQLSchema, kind: str, data: st.DataObject, odd: tuple[int, ...] = (0, 60, 15)
) -> str:
    """Compare the answers to one operation; tells who gave that of the plan."""
    seed = data.draw(st.integers(0, 2**32))
    document = RandomDocument(schema, Random(seed))
    node = parse(document.operation(kind))
    if validate(schema, node):
        return "invalid"
    compiled = compile_operation(schema, node, None, CountingExecutor, compiled_after=0)
    given = document.given()
    if given and data.draw(st.integers(0, 5)) == 0:
        wrong = data.draw(st.sampled_from(sorted(given)))
        given[wrong] = data.draw(
            values(type_from_ast(schema, parse_type(document.variables[wrong])))  # type: ignore[arg-type]
        )
    coerced = compiled.coerce(given)
    definitions = compiled.operation.variable_definitions or ()
    assert shown(coerced) == shown(get_variable_values(schema, definitions, given, 50))
    if isinstance(coerced, list):
        return "refused"
    world = World(RandomValues(schema, Random(seed), data.draw(st.sampled_from(odd))), seed)
    context = WorldContext(world)
    event = world.event(node) if kind == "subscription" else None

    async def by_plan() -> tuple[str, list[str]]:
        world.calls.clear()
        result = (
            compiled.execute(context, coerced)
            if event is None
            else compiled.event(event, context, coerced)
        )
        return answer(await result if isawaitable(result) else result), world.calls.copy()

    async def by_executor() -> tuple[str, list[str]]:
        world.calls.clear()
        executor = MaskingExecutor.build(schema, node, None, context, given)
        assert not isinstance(executor, list)
        result: Any = (
            executor.execute_operation()
            if event is None
            else execute_subscription_event(executor.build_per_event_executor(event))
        )
        return answer(await result if isawaitable(result) else result), world.calls.copy()

    CountingExecutor.runs = 0
    first = await by_plan()
    runs = CountingExecutor.runs
    for actual in (first, await by_plan()):  # the second time, all is compiled
        expected = await by_executor()
        if kind == "query" and runs and max(len(calls) for _, calls in (actual, expected)) > 1:
            # Of fields that are asked at the same time, GraphQL leaves open which fails first, and
            # so which of them fails for all. What was still asked then is asked again.
            assert apart_from_order(actual[0]) == apart_from_order(expected[0]), print_ast(node)
        else:
            assert actual == expected, print_ast(node)
    return "executor" if runs else "compiled"


def shown(coerced: Any) -> str:
    if isinstance(coerced, list):
        return repr([error.formatted for error in coerced])
    sources = {name: source.value for name, source in coerced.sources.items()}
    return repr((coerced.coerced, sources))


def apart_from_order(answer: str) -> Any:
    data, errors = json.loads(answer)
    return (data, sorted(map(json.dumps, errors))) if data is not None else (None, bool(errors))


def answer(result: ExecutionResult) -> str:
    """The response as JSON, with what is behind its errors."""
    errors = [
        (error.formatted, repr(error.original_error), repr(error.nodes))
        for error in result.errors or ()
    ]
    return json.dumps([result.data, errors])

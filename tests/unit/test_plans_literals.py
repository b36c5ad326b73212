"""Inputs that are written into an operation: compiled, and made anew for each run."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, parse, validate
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from jobcast.plans import Plan, arguments, compile_operation


@strawberry.input
class Shape:
    name: str
    sizes: list[int | None]
    inner: Shape | None = None
    depth: int = 3


@strawberry.type
class Query:
    @strawberry.field
    def name(self, info: strawberry.Info, shape: Shape, among: list[int] | None = None) -> str:
        info.context.append(shape)
        return shape.name


SCHEMA = strawberry.Schema(Query)._schema


def plan_of(query: str) -> Plan:
    document = parse(query)
    assert not validate(SCHEMA, document)
    return compile_operation(
        SCHEMA, document, None, StrawberryGraphQLCoreExecutionContext, compiled_after=0
    )


def run(plan: Plan, given: list[Shape], **variables: Any) -> ExecutionResult:
    """Run it; `given` gets the inputs that the resolver is given."""
    coerced = plan.coerce(variables)
    assert not isinstance(coerced, list), coerced
    result = plan.execute(given, coerced)
    assert isinstance(result, ExecutionResult)
    return result


def test_inputs_with_variables_in_them_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "get_argument_values", None)
    inner = '{name: "b", sizes: 7, depth: $depth}'
    shape = f"{{name: $name, sizes: [1, $size, null], inner: {inner}}}"
    head = "query($name: String!, $size: Int, $depth: Int = 4)"
    given: list[Shape] = []

    result = run(plan_of(f"{head} {{ name(among: [1], shape: {shape}) }}"), given, name="a")

    assert (result.data, result.errors) == ({"name": "a"}, None)
    assert given == [
        Shape(name="a", sizes=[1, None, None], inner=Shape(name="b", sizes=[7], depth=4))
    ]


def test_each_run_has_an_input_of_its_own() -> None:
    plan = plan_of('{ name(shape: {name: "a", sizes: [1]}) }')
    given: list[Shape] = []

    run(plan, given)
    run(plan, given)

    assert given[0] == given[1]
    assert given[0].sizes is not given[1].sizes


def test_a_null_where_none_may_be_is_told_by_graphql_core() -> None:
    plan = plan_of('query($name: String = "a") { name(shape: {name: $name, sizes: []}) }')

    result = run(plan, [], name=None)

    assert result.data is None
    assert result.errors
    assert "shape" in result.errors[0].message

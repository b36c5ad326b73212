"""The arguments of a field, made from an operation's variables."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    GraphQLArgument,
    Undefined,
    ValueNode,
    VariableNode,
    is_enum_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

from jobcast.plans.errors import Unfit
from jobcast.plans.fields import Place

Arguments = Callable[[VariableValues], dict[str, Any]]


class _Source(NamedTuple):
    """Where one argument's value comes from."""

    out_name: str
    variable: str | None  # None: `otherwise` it is
    required: bool  # neither null nor left out
    otherwise: Any  # without the variable


def arguments_of(place: Place) -> Arguments:
    """What gives the field's arguments: graphql-core's `get_argument_values`, or an equal of it.

    It raises what graphql-core raises, or `Unfit` instead.
    """
    definition, node = place.definition, place.nodes[0]
    sources = _sources(place)
    if sources is None:
        return lambda variables: get_argument_values(definition, node, variables)

    def arguments(variables: VariableValues) -> dict[str, Any]:
        coerced = variables.coerced
        made: dict[str, Any] = {}
        for out_name, variable, required, value in sources:
            if variable is not None:
                value = coerced.get(variable, value)  # noqa: PLW2901 - else what it was
            if required and (value is None or value is Undefined):
                raise Unfit
            if value is not Undefined:
                made[out_name] = value
        return made

    return arguments


def are_sure(place: Place, never_null: AbstractSet[str]) -> bool:
    """Whether the field's arguments cannot fail; `never_null` are variables of non-null types."""
    sources = _sources(place)
    return sources is not None and all(
        source.variable is None or not source.required or source.variable in never_null
        for source in sources
    )


def _sources(place: Place) -> list[_Source] | None:
    """None: it takes more than to read variables."""
    given = {argument.name.value: argument for argument in place.nodes[0].arguments or ()}
    sources = []
    for name, argument in place.definition.args.items():
        source = _source(name, argument, given.get(name))
        if source is None:
            return None
        sources.append(source)
    return sources


def _source(name: str, definition: GraphQLArgument, given: ArgumentNode | None) -> _Source | None:
    """As `coerce_argument` in graphql-core's `execution/values.py` has it."""
    out_name = definition.out_name or name
    required = is_non_null_type(definition.type)
    literal = given.value if given is not None else None
    if literal is not None and not isinstance(literal, VariableNode):
        value = _constant(definition, literal)
        return None if value is Undefined else _Source(out_name, None, required, value)
    try:
        otherwise = coerce_default_value(definition)
    except TypeError:
        return None
    if isinstance(literal, VariableNode):
        return _Source(out_name, literal.name.value, required, otherwise)
    if required and otherwise is Undefined:
        return None
    return _Source(out_name, None, required, otherwise)


def _constant(definition: GraphQLArgument, literal: ValueNode) -> Any:
    """The literal's value; Undefined if it must not be shared by all who run the operation.

    A list or an input object could be changed by a resolver, and a scalar that is not GraphQL's
    own may read another value from the same text tomorrow.
    """
    type_: Any = definition.type.of_type if is_non_null_type(definition.type) else definition.type
    if is_list_type(type_) or not (is_specified_scalar_type(type_) or is_enum_type(type_)):
        return Undefined
    return coerce_input_literal(literal, definition.type)

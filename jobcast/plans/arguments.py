"""The arguments of a field, made from an operation's variables."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    GraphQLArgument,
    Undefined,
    VariableNode,
    is_non_null_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.utilities.coerce_input_value import coerce_default_value

from jobcast.plans.errors import Unfit, Unsupported
from jobcast.plans.fields import Place
from jobcast.plans.literals import Read, constant_of, reader_of

Arguments = Callable[[VariableValues], dict[str, Any]]


class _Source(NamedTuple):
    """Where one argument's value comes from."""

    out_name: str
    variable: str | None  # None: `otherwise` it is
    required: bool  # neither null nor left out
    otherwise: Any  # without the variable
    read: Read | None = None  # what gives it, if it is written out and no constant


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
        for out_name, variable, required, value, read in sources:
            if read is not None:
                value = read(variables)  # noqa: PLW2901
            elif variable is not None:
                value = coerced.get(variable, value)  # noqa: PLW2901 - else what it was
            if required and (value is None or value is Undefined):
                raise Unfit
            if value is not Undefined:
                made[out_name] = value
        return made

    return arguments


def told_arguments_of(place: Place) -> Arguments:
    """The same, for those who have to tell an error themselves: it raises graphql-core's only."""
    definition, node = place.definition, place.nodes[0]
    compiled = arguments_of(place)

    def arguments(variables: VariableValues) -> dict[str, Any]:
        try:
            return compiled(variables)
        except Unfit:
            return get_argument_values(definition, node, variables)

    return arguments


def are_sure(place: Place, never_null: AbstractSet[str]) -> bool:
    """Whether the field's arguments cannot fail; `never_null` are variables of non-null types."""
    sources = _sources(place)
    return sources is not None and all(
        source.read is None
        and (source.variable is None or not source.required or source.variable in never_null)
        for source in sources
    )


def _sources(place: Place) -> list[_Source] | None:
    """None: they are not compiled."""
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
        constant = constant_of(literal, definition.type)
        if constant is not Undefined:
            return _Source(out_name, None, required, constant)
        try:
            read = reader_of(literal, definition.type)
        except Unsupported:
            return None
        return _Source(out_name, None, required, None, read)
    try:
        otherwise = coerce_default_value(definition)
    except TypeError:
        return None
    if isinstance(literal, VariableNode):
        return _Source(out_name, literal.name.value, required, otherwise)
    if required and otherwise is Undefined:
        return None
    return _Source(out_name, None, required, otherwise)

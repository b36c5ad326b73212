"""Values for a schema's input types, at random: right for the most part, now and then wrong."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    ValueNode,
)
from hypothesis import strategies as st
from hypothesis_graphql import nodes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)

# One in so many values is of another type; inputs have up to a dozen.
SELDOM = 25

_SECONDS = st.integers(0, 10**12).map(lambda seconds: f"PT{seconds}S")
_MOMENTS = st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "ID": st.text(max_size=20),
    "String": st.text(),
    "Boolean": st.booleans(),
    "Int": st.integers(-(2**31), 2**31 - 1),
    "Float": st.floats(allow_nan=False, allow_infinity=False),
    "BigInt": st.integers(-(2**63), 2**63 - 1),
    "Decimal": st.decimals(allow_nan=False, allow_infinity=False).map(str),
    "DateTime": _MOMENTS,
    "Date": st.dates().map(str),
    "Time": st.times().map(str),
    "Duration": _SECONDS | _SECONDS.map(lambda duration: f"-{duration}"),
    "UUID": st.uuids().map(str),
    "URL": st.text(),
    "Cursor": st.text(),
    "FileRef": st.text(min_size=1, max_size=40),
}
_BUILT_IN = {"ID", "String", "Boolean", "Int", "Float"}  # hypothesis_graphql makes them itself


def values(type: GraphQLInputType) -> st.SearchStrategy[Any]:
    """Such values as JSON has them, for variables."""
    return _mostly(_right(type), JSON)


def custom_literals() -> dict[str, st.SearchStrategy[ValueNode]]:
    """Literals of our own scalars, by name."""
    odd = st.text().map(nodes.String) | st.integers(-(2**70), 2**70).map(nodes.Int)
    return {
        name: _mostly(made.map(nodes.Int if name == "BigInt" else nodes.String), odd)
        for name, made in _SCALARS.items()
        if name not in _BUILT_IN
    }


def _right(type: GraphQLInputType) -> st.SearchStrategy[Any]:
    match type:
        case GraphQLNonNull():
            return _right(type.of_type)
        case GraphQLList():
            return st.lists(values(type.of_type), max_size=4)
        case GraphQLEnumType():
            return st.sampled_from(sorted(type.values))
        case GraphQLInputObjectType():
            required: dict[str, st.SearchStrategy[Any]] = {}
            optional: dict[str, st.SearchStrategy[Any]] = {}
            for name, member in type.fields.items():
                (required if isinstance(member.type, GraphQLNonNull) else optional)[name] = values(
                    member.type
                )
            return st.fixed_dictionaries(required, optional=optional)
        case GraphQLScalarType():
            return _SCALARS[type.name]


def _mostly(right: st.SearchStrategy[Any], wrong: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(1, SELDOM).flatmap(lambda roll: wrong if roll == SELDOM else right)

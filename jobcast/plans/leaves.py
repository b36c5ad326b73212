"""Scalars and enums: how compiled code makes the values of a response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import is_awaitable
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

from jobcast.plans.errors import Unfit

# Exactly of one of these classes, a value is no exception and cannot be awaited.
PLAIN: frozenset[type] = frozenset(
    {
        *(bool, int, float, str, bytes, list, tuple, dict, set, frozenset),
        *(date, datetime, time, timedelta, Decimal, UUID),
    }
)

# What a built-in scalar gives back as it is: a condition under which that is not sure. Each is
# read off the scalar's `coerce_output_value` in `graphql.type.scalars`.
_UNSURE: dict[GraphQLLeafType, str] = {
    GraphQLString: "{v}.__class__ is not str",
    GraphQLID: "{v}.__class__ is not str",
    GraphQLBoolean: "{v}.__class__ is not bool",
    GraphQLInt: (
        f"{{v}}.__class__ is not int or not {GRAPHQL_MIN_INT} <= {{v}} <= {GRAPHQL_MAX_INT}"
    ),
    # Infinity less itself, and NaN, are not 0.
    GraphQLFloat: "{v}.__class__ is not float or {v} - {v} != 0.0",
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """How to complete a value of one scalar or enum.

    `complete` takes any value, and raises `Unfit` for one that must not stand in a response.
    `unsure` is a condition on `{v}`, in Python, under which it has to be called; None: always.
    `names` has the names of an enum's members, if those of `members` are known to have one each.
    """

    complete: Callable[[Any], Any]
    unsure: str | None = None
    members: type | None = None
    names: dict[Any, str] | None = None


def leaf_of(type_: GraphQLLeafType) -> Leaf:
    """How to complete a value of this type."""
    complete = _completer(type_)
    members = getattr(type_, "wrapped_cls", None)  # Strawberry's enums have it
    if (
        isinstance(type_, GraphQLEnumType)
        and isinstance(members, type)
        and issubclass(members, Enum)
    ):
        try:
            names = {member: complete(member) for member in members}
        except Exception:  # noqa: BLE001 - some member is not in the schema: ask each time
            return Leaf(complete)
        return Leaf(complete, members=members, names=names)
    return Leaf(complete, _UNSURE.get(type_))


def refuse_odd(value: Any) -> None:
    """Raise `Unfit` for what graphql-core treats apart before it looks at the type."""
    if value is None or value is Undefined or isinstance(value, Exception) or is_awaitable(value):
        raise Unfit


def _completer(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    coerce = type_.coerce_output_value

    def complete(value: Any) -> Any:
        if value.__class__ not in PLAIN:
            refuse_odd(value)
        made = coerce(value)
        if made.__class__ not in PLAIN:
            refuse_odd(made)
        return made

    return complete

"""Types whose fields are the same for everyone who may see them.

Subscribers whose questions touch no other type share one answer to an event. A type says so
itself; those that say nothing, such as `File` with its links, are answered for each viewer.
"""

from __future__ import annotations

from typing import Any, TypeVar

from graphql import GraphQLNamedType

_T = TypeVar("_T", bound=type)
_MARK = "__jobcast_shareable__"


def shareable(cls: _T) -> _T:
    """Say that no field of this type, an argument's or the schema's, depends on who is asking."""
    setattr(cls, _MARK, True)
    return cls


def is_shareable(kind: GraphQLNamedType) -> bool:
    """Whether the type said so. Its bases' word does not count: it may have fields of its own."""
    definition: Any = (kind.extensions or {}).get("strawberry-definition")
    origin = getattr(definition, "origin", None)
    return origin is not None and _MARK in vars(origin)

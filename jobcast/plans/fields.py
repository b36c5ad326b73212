"""A field where it stands in an operation, and what is known of the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from keyword import iskeyword
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from strawberry.types.field import StrawberryField

# Where Strawberry keeps its own field beside graphql-core's.
_STRAWBERRY = "strawberry-definition"
_CONVERTER = "strawberry.schema.schema_converter"


@dataclass(frozen=True, slots=True)
class Place:
    """A field of an operation: its definition, the nodes that ask for it, and its parent."""

    key: str  # in the response
    definition: GraphQLField
    nodes: tuple[FieldNode, ...]
    parent: GraphQLObjectType

    @property
    def name(self) -> str:
        """The field's name in the schema."""
        return self.nodes[0].name.value


def attribute_of(definition: GraphQLField) -> str | None:
    """The attribute of the source that answers the field, if it is nothing but that."""
    field = strawberry_field(definition)
    if (
        field is None
        or not field.is_basic_field
        or field.default_resolver is not getattr
        or not getattr(definition.resolve, "_is_default", False)
        or definition.args
    ):
        return None
    name = field.python_name
    return name if name.isidentifier() and not iskeyword(name) else None


def plain_function_of(definition: GraphQLField) -> tuple[Callable[..., Any], str | None] | None:
    """The function behind the field, if Strawberry would only call it with the source.

    Beside it comes the name of the parameter that takes the source; None: the first one.
    """
    field = strawberry_field(definition)
    if (
        field is None
        or field.extensions
        or definition.args
        or field.arguments
        or not is_strawberrys(definition.resolve, "from_resolver.<locals>._resolver")
    ):
        return None
    resolver = field.base_resolver
    if resolver is None or resolver.info_parameter is not None or iscoroutinefunction(resolver):
        return None
    named = [one for one in (resolver.root_parameter, resolver.parent_parameter) if one is not None]
    if resolver.self_parameter is not None:
        return None if named else (resolver, None)
    return (resolver, named[0].name) if len(named) == 1 else None


def gives_source_back(definition: GraphQLField) -> bool:
    """Whether the field is a subscription's, whose value is the event itself."""
    field = strawberry_field(definition)
    return (
        field is not None
        and field.is_subscription
        and is_strawberrys(definition.resolve, "from_field.<locals>.<lambda>")
    )


def is_strawberrys(function: Any, name: str) -> bool:
    """Whether the function was made by Strawberry's converter, there."""
    return (
        getattr(function, "__module__", None) == _CONVERTER
        and getattr(function, "__qualname__", None) == f"GraphQLCoreConverter.{name}"
    )


def strawberry_field(definition: GraphQLField) -> StrawberryField | None:
    """Strawberry's own field behind the definition; a subclass may answer in its own way."""
    field = (definition.extensions or {}).get(_STRAWBERRY)
    return field if type(field) is StrawberryField else None

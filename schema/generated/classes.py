"""Makes Strawberry classes from descriptions of their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.types.base import StrawberryObjectDefinition

from schema.sharing import shareable
from tasks.shapes.shape import ABSENT


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """A field to be made."""

    name: str  # in Python
    type: Any  # a Strawberry type or annotation
    description: str
    graphql_name: str | None = None  # None: the camelCase of `name`
    default: Any = ABSENT
    resolver: Callable[..., Any] | None = None  # None: the attribute


def object_type(
    name: str,
    description: str,
    fields: Iterable[FieldPlan],
    bases: tuple[type, ...] = (),
    *,
    cls: type | None = None,
    answers: type | None = None,
) -> Any:
    """An object type, whose fields are the same for all who may see them (`schema.sharing`).

    Args:
        name: Its GraphQL name.
        description: Its description.
        fields: Its fields, beside those of its bases.
        bases: The interfaces that it implements.
        cls: A class made beforehand, since its fields lead back to it.
        answers: The class whose objects answer its fields; None: its own.
    """
    cls = _filled(cls or empty_class(name, bases), fields)
    made = shareable(strawberry.type(cls, name=name, description=description))
    if answers is not None:
        _definition(made).is_type_of = lambda value, _info: isinstance(value, answers)
    return made


def input_type(
    name: str, description: str, fields: Iterable[FieldPlan], *, cls: type | None = None
) -> Any:
    """An input type, whose values reach resolvers as mappings by GraphQL names."""
    made = strawberry.input(
        _filled(cls or empty_class(name), fields), name=name, description=description
    )
    _definition(made).from_input = _as_mapping
    return made


def empty_class(name: str, bases: tuple[type, ...] = ()) -> type:
    """A class to be filled later."""
    return type(name, bases, {"__module__": __name__, "__annotations__": {}})


def _filled(cls: type, fields: Iterable[FieldPlan]) -> type:
    for field in fields:
        options: dict[str, Any] = {}
        if field.default is not ABSENT:
            options["default_factory"] = _always(field.default)
        made: Any = strawberry.field(
            resolver=field.resolver,  # type: ignore[arg-type]
            name=field.graphql_name,
            description=field.description,
            graphql_type=field.type,
            **options,
        )
        setattr(cls, field.name, made)
        cls.__annotations__[field.name] = Any
    return cls


def _always(value: Any) -> Callable[[], Any]:
    return lambda: value


def _as_mapping(_type: Any, value: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    return dict(value)


def _definition(cls: Any) -> StrawberryObjectDefinition:
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__
    return definition

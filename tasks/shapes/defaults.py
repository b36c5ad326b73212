"""Defaults: which values they are, and how GraphQL writes them."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tasks.shapes.checking import check_result
from tasks.shapes.errors import Inexpressible
from tasks.shapes.shape import ABSENT, EnumOf, File, ListOf, Nullable, Object, Shape


def settle_default(
    annotation: Any, default: Any, factory: Callable[[], Any] | None, shape: Shape, label: str
) -> tuple[Any, Callable[[], Any] | None]:
    """The default as a checked value, and its factory when each call makes another value.

    Raises:
        Inexpressible: The default is not of its own type, or breaks its constraints.
    """
    if factory is not None:
        default = _made(factory, label)
    if default is ABSENT:
        return ABSENT, None
    try:
        default = TypeAdapter(annotation).validate_python(default)
    except ValidationError as exc:
        problem = exc.errors(include_url=False)[0]["msg"]
        raise Inexpressible(
            f"the default of {label} is refused by its own type: {problem}",
            "Change the default or the type.",
        ) from exc
    try:
        check_result(shape, default)
    except ValueError as exc:
        raise Inexpressible(
            f"the default of {label} is not one that GraphQL has: {exc}",
            "Change the default or the type.",
        ) from exc
    try:
        input_value(shape, default)
    except LookupError as exc:
        raise Inexpressible(f"{label} has a file as its default", "Use None instead.") from exc
    if factory is not None and _differs(default, _made(factory, label)):
        return ABSENT, factory
    return default, None


def input_value(shape: Shape, value: Any) -> Any:
    """`value` as GraphQL has it after coercion: objects as mappings with GraphQL names.

    Raises:
        LookupError: It holds a file, which no schema can name.
    """
    match shape:
        case Nullable(item):
            return None if value is None else input_value(item, value)
        case ListOf(item, unordered):
            items = [input_value(item, element) for element in value]
            return sorted(items, key=repr) if unordered else items
        case Object():
            return {
                field.graphql_name: input_value(field.shape, getattr(value, field.name))
                for field in shape.fields
                if field.settable
            }
        case EnumOf(python=None):
            return next(member.value for member in shape.members if member.value == value)
        case EnumOf(python=python):
            return value if isinstance(value, Enum) else python(value)  # type: ignore[misc]
        case File():
            raise LookupError(value)
        case _:
            return value


def _made(factory: Callable[[], Any], label: str) -> Any:
    try:
        return factory()
    except Exception as exc:
        raise Inexpressible(
            f"the default factory of {label} failed: {exc!r}", "It is called without arguments."
        ) from exc


def _differs(first: Any, second: Any) -> bool:
    return type(first) is not type(second) or first != second

"""Takes annotations apart: aliases, new types, `Annotated` metadata and descriptions in it."""

from __future__ import annotations

from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo
from typing_extensions import Doc, TypeAliasType

from tasks.shapes.shape import ABSENT

UNIONS = (Union, UnionType)


def unaliased(annotation: Any) -> Any:
    """What `type` aliases and `NewType`s stand for."""
    while True:
        if isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif isinstance(annotation, TypeAliasType) or type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__  # typing's own is another class from Python 3.12 on
        else:
            return annotation


def split(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The bare type, and all `Annotated` metadata around it."""
    metadata: tuple[Any, ...] = ()
    annotation = unaliased(annotation)
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata = (*more, *metadata)
        annotation = unaliased(annotation)
    return annotation, metadata


def described(annotation: Any) -> str | None:
    """The description that `Doc` or pydantic's `Field` gives."""
    for item in reversed(split(annotation)[1]):
        if isinstance(item, Doc):
            return item.documentation
        if isinstance(item, FieldInfo) and item.description:
            return item.description
    return None


def with_field(annotation: Any, default: Any) -> tuple[Any, Any, Callable[[], Any] | None]:
    """The annotation, default and default factory, when `default` may be pydantic's `Field(…)`."""
    if not isinstance(default, FieldInfo):
        return annotation, default, None
    own = ABSENT if default.is_required() else default.default
    factory: Any = default.default_factory
    constraints = [*default.metadata]
    if default.description:
        constraints.append(Doc(default.description))
    if constraints:
        annotation = Annotated[(annotation, *constraints)]
    return annotation, ABSENT if factory else own, factory


def json_schema(annotation: Any) -> dict[str, Any]:
    """Where pydantic states the constraints of a type, whatever they were written with."""
    return TypeAdapter(annotation).json_schema(mode="validation")


def is_literal(annotation: Any) -> bool:
    """Whether it is `Literal[…]`."""
    return get_origin(annotation) is Literal

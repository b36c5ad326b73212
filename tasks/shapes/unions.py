"""Unions of classes in results: stored with the class's name, so that reading back is certain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BeforeValidator, Discriminator, Tag, WrapSerializer
from pydantic_core.core_schema import SerializerFunctionWrapHandler

from tasks.shapes.annotations import UNIONS, split

# Two classes may have the same fields, so JSON alone does not tell which one it was.
TAG = "__typename"


def tagged(annotation: Any) -> Any:
    """The annotation with each union of classes made to carry its tag in JSON."""
    bare, metadata = split(annotation)
    arguments = get_args(bare)
    result = bare
    if get_origin(bare) in UNIONS:
        others = [item for item in arguments if item is not type(None)]
        inner = _tagged_union(others) if len(others) > 1 else tagged(others[0])
        result = inner if len(others) == len(arguments) else Union[inner, None]  # noqa: UP007
    elif arguments and isinstance(origin := get_origin(bare), type):
        # A list of them; other types hold no union that the reader lets through.
        result = origin[tuple(item if item is ... else tagged(item) for item in arguments)]  # type: ignore[index]
    return Annotated[(result, *metadata)] if metadata else result


def _tagged_union(members: list[Any]) -> Any:
    classes = [split(member)[0] for member in members]
    choices = tuple(
        Annotated[member, BeforeValidator(_untagged), Tag(cls.__name__)]
        for member, cls in zip(members, classes, strict=True)
    )

    def tag_of(value: Any) -> str | None:
        if isinstance(value, Mapping):
            return value.get(TAG)
        return next((base.__name__ for base in type(value).__mro__ if base in classes), None)

    def serialize(value: Any, handler: SerializerFunctionWrapHandler) -> Any:
        return {TAG: tag_of(value), **handler(value)}

    return Annotated[
        Union[choices], Discriminator(tag_of), WrapSerializer(serialize)  # noqa: UP007
    ]


def _untagged(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: item for name, item in value.items() if name != TAG}
    return value

"""Reads the shape of an annotation, or says why GraphQL cannot express it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import AnyUrl, BaseModel

from tasks.docstrings import own_docstring, read_docstring
from tasks.files.reference import FileRef
from tasks.names import enum_name, in_words, is_graphql_name
from tasks.shapes.annotations import UNIONS, split
from tasks.shapes.constraints import beyond_32_bits
from tasks.shapes.errors import Inexpressible
from tasks.shapes.fields import read_fields
from tasks.shapes.place import Place
from tasks.shapes.shape import (
    EnumOf,
    File,
    ListOf,
    Member,
    Nullable,
    Object,
    Scalar,
    ScalarKind,
    Shape,
    UnionOf,
)

_SCALARS: dict[Any, ScalarKind] = {
    str: ScalarKind.STRING,
    int: ScalarKind.INT,
    float: ScalarKind.FLOAT,
    bool: ScalarKind.BOOLEAN,
    Decimal: ScalarKind.DECIMAL,
    datetime: ScalarKind.DATETIME,
    date: ScalarKind.DATE,
    time: ScalarKind.TIME,
    timedelta: ScalarKind.DURATION,
    UUID: ScalarKind.UUID,
}

_REMEDIES: dict[Any, str] = {
    dict: "Use a dataclass that names its fields.",
    Mapping: "Use a dataclass that names its fields.",
    object: "Name the type.",
    Any: "Name the type.",
    bytes: "Use FileRef for content, or str for short texts.",
    complex: "Use a dataclass with two floats.",
}

_LISTS = (list, tuple, set, frozenset, Sequence)
_SAY_OF_WHAT = "Say of what, such as list[str]."


class ShapeReader:
    """Reads the annotations of one task.

    `namespace` holds the names that were local where the task was written.
    """

    def __init__(self, namespace: Mapping[str, Any] | None = None) -> None:
        self.namespace = dict(namespace or {})
        self._objects: dict[type, Object] = {}

    def read(self, annotation: Any, place: Place) -> Shape:
        """The shape of `annotation`.

        Raises:
            Inexpressible: GraphQL has no such type.
        """
        bare, metadata = split(annotation)
        origin = get_origin(bare)
        if origin in UNIONS:
            return self._union(get_args(bare), metadata, place)
        if origin is Literal:
            return _literal(get_args(bare), place)
        if bare in _LISTS or origin in _LISTS:
            return self._list(origin or bare, get_args(bare), place)
        if (kind := _hashable_lookup(_SCALARS, bare)) is not None:
            if kind is ScalarKind.INT and metadata and beyond_32_bits(annotation):
                kind = ScalarKind.BIG_INT
            return Scalar(kind)
        if bare is FileRef:
            return File()
        if isinstance(bare, type) and origin is None:
            if issubclass(bare, Enum):
                return _enum(bare, place)
            if issubclass(bare, AnyUrl):
                return Scalar(ScalarKind.URL)
            if is_object(bare):
                return self._object(bare, place)
        remedy = _hashable_lookup(_REMEDIES, origin or bare) or (
            "Use a scalar, an enum, a dataclass, FileRef, or a list of one of these."
        )
        raise Inexpressible(f"{place.label}: GraphQL cannot express {_shown(bare)}", remedy)

    def _union(self, members: Sequence[Any], metadata: Sequence[Any], place: Place) -> Shape:
        others = [member for member in members if member is not type(None)]
        if len(others) < len(members):
            inner = others[0] if len(others) == 1 else _union_of(others)
            if metadata and len(others) == 1:
                inner = _annotated(inner, metadata)
            return Nullable(self.read(inner, place))
        if not all(is_object(split(member)[0]) for member in others):
            raise Inexpressible(
                f"{place.label}: GraphQL has no union of {_listed(others)}",
                "Only dataclasses can form a union: wrap each alternative in one.",
            )
        if not place.union:
            raise Inexpressible(
                f"{place.label}: a union of {_listed(others)} cannot stand here",
                "Unions are for what a task returns or yields; otherwise use one dataclass with "
                "optional fields.",
            )
        classes = [split(member)[0] for member in others]
        return UnionOf(place.name, tuple(self._object(cls, place.within()) for cls in classes))

    def _list(self, kind: Any, arguments: tuple[Any, ...], place: Place) -> ListOf:
        items = [argument for argument in arguments if argument is not ...]
        if not items:
            raise Inexpressible(
                f"{place.label}: a bare {_shown(kind)} says too little", _SAY_OF_WHAT
            )
        if any(item != items[0] for item in items):
            raise Inexpressible(
                f"{place.label}: a tuple of different types is no GraphQL list",
                "Use a dataclass that names its fields.",
            )
        return ListOf(self.read(items[0], place), unordered=kind in {set, frozenset})

    def _object(self, cls: type, place: Place) -> Object:
        if cls in self._objects:
            return self._objects[cls]
        if not is_graphql_name(cls.__name__):
            raise Inexpressible(
                f"{place.label}: GraphQL allows no type named {cls.__name__}", "Rename it."
            )
        text = read_docstring(own_docstring(cls)).text
        result = Object(cls.__name__, text or in_words(cls.__name__), cls)
        self._objects[cls] = result  # before its fields, which may lead back to it
        result.fields = tuple(read_fields(cls, self.read, self.namespace, place.within()))
        return result


def is_object(annotation: Any) -> bool:
    """Whether it is a class with named, typed fields: a dataclass or a pydantic model."""
    return (
        isinstance(annotation, type)
        and (dataclasses.is_dataclass(annotation) or issubclass(annotation, BaseModel))
        and annotation is not FileRef  # has a type of its own in GraphQL
    )


def _enum(cls: type[Enum], place: Place) -> EnumOf:
    docstring = read_docstring(own_docstring(cls))
    members: list[Member] = []
    for member in cls:
        if isinstance(member.value, bool) or not isinstance(member.value, str | int):
            raise Inexpressible(
                f"{place.label}: the value of {cls.__name__}.{member.name} is neither str nor int",
                "Give each member one of these as its value.",
            )
        _check_member(member.name, f"{place.label}: {cls.__name__}")
        text = (
            docstring.entries.get(member.name)
            or f"{in_words(member.name)} Stands for {member.value!r}."
        )
        members.append(Member(member.name, member.value, text))
    if not members:
        raise Inexpressible(f"{place.label}: enum {cls.__name__} is empty", "Add a member.")
    _check_name(cls.__name__, place)
    return EnumOf(cls.__name__, docstring.text or in_words(cls.__name__), tuple(members), cls)


def _literal(values: Sequence[Any], place: Place) -> Shape:
    texts = [value for value in values if value is not None]
    if not texts or not all(type(value) is str for value in texts):
        raise Inexpressible(
            f"{place.label}: GraphQL cannot express Literal[{', '.join(map(repr, values))}]",
            "Use a Literal of strings only, or an Enum.",
        )
    names = [enum_name(text) for text in texts]
    if len(set(names)) < len(names):
        raise Inexpressible(
            f"{place.label}: two of the literals {', '.join(texts)} have one GraphQL name",
            "Use an Enum, whose members have names of their own.",
        )
    members = tuple(
        Member(name, text, f"Stands for {text!r}.") for name, text in zip(names, texts, strict=True)
    )
    for name in names:
        _check_member(name, place.label)
    shape = EnumOf(place.name, in_words(place.name), members, None)
    return shape if len(texts) == len(values) else Nullable(shape)


def _check_member(name: str, label: str) -> None:
    if not is_graphql_name(name) or name in {"true", "false", "null"}:
        raise Inexpressible(f"{label}: GraphQL allows no enum value named {name}", "Rename it.")


def _check_name(name: str, place: Place) -> None:
    if not is_graphql_name(name):
        raise Inexpressible(f"{place.label}: GraphQL allows no type named {name}", "Rename it.")


def _hashable_lookup(table: dict[Any, Any], key: Any) -> Any:
    try:
        return table.get(key)
    except TypeError:
        return None


def _union_of(members: Iterable[Any]) -> Any:
    return Union[tuple(members)]  # noqa: UP007


def _annotated(annotation: Any, metadata: Sequence[Any]) -> Any:
    return Annotated[(annotation, *metadata)]


def _listed(types: Sequence[Any]) -> str:
    return " and ".join(_shown(split(item)[0]) for item in types)


def _shown(annotation: Any) -> str:
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__qualname__
    return str(annotation).replace("typing.", "")

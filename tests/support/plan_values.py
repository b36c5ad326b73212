"""Values at random for the output types of a schema: right for the most part, now and then odd."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    is_abstract_type,
    is_leaf_type,
)

from tasks.files.reference import FileRef
from tests.support.typed_jobs import STARTED, record_of

_RIGHT: dict[str, Callable[[Random], Any]] = {
    "ID": lambda random: random.choice(("default.1", "", 7)),
    "String": lambda random: random.choice(("text", "", "ünïcode", Text("own"))),
    "Int": lambda random: random.choice((0, 1, -(2**31), 2**31 - 1, 3.0)),
    "Float": lambda random: random.choice((0.0, 0.5, 1e300, 7)),
    "Boolean": lambda random: random.choice((True, False, 1)),
    "BigInt": lambda random: random.choice((0, 2**62)),
    "Decimal": lambda _: Decimal("12.50"),
    "DateTime": lambda _: STARTED,
    "Date": lambda _: date(2026, 1, 31),
    "Time": lambda _: time(9, 30),
    "Duration": lambda _: timedelta(seconds=90.5),
    "UUID": lambda _: UUID(int=1),
    "URL": lambda _: "https://example.org",
    "Cursor": lambda _: "Mi5h",
}


class Text(str):
    """A string of a class of its own."""

    __slots__ = ()


class Later:
    """Can be awaited, more than once."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[None, None, Any]:
        yield
        return self.value


class Liar:
    """Has every attribute, and none of any use."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


@dataclass(slots=True)
class RandomValues:
    """Makes values for one schema."""

    schema: GraphQLSchema
    random: Random
    odd_one_in: int = 60  # of values; 0: none is odd
    deepest: int = 7

    def of(self, type_: Any, depth: int = 0) -> Any:
        """A value for a field of this type."""
        if self.odd_one_in and self.random.randrange(self.odd_one_in) == 0:
            return self._odd()
        if not isinstance(type_, GraphQLNonNull):
            if self.random.randrange(4) == 0:
                return None
        else:
            type_ = type_.of_type
        if isinstance(type_, GraphQLList):
            size = self.random.randrange(4) if depth < self.deepest else 0
            made = [self.of(type_.of_type, depth + 1) for _ in range(size)]
            return tuple(made) if self.random.randrange(5) == 0 else made
        if is_leaf_type(type_):
            return self._leaf(type_)
        if is_abstract_type(type_):
            type_ = self.random.choice(self.schema.get_possible_types(type_))
        return self._object(type_, depth)

    def _leaf(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLEnumType):
            cls = getattr(type_, "wrapped_cls", None)
            assert isinstance(cls, type)
            assert issubclass(cls, Enum)
            member = self.random.choice(list(cls))
            return member.value if self.random.randrange(8) == 0 else member
        return _RIGHT[type_.name](self.random)

    def _object(self, type_: GraphQLObjectType, depth: int) -> Any:
        if type_.name == "File":
            return FileRef(id="f1", name="a.txt", size_bytes=2**40, content_type="text/plain")
        strawberry = type_.extensions["strawberry-definition"]
        made = object.__new__(_answering_class(type_) or strawberry.origin)
        for name, definition in type_.fields.items():
            field = definition.extensions["strawberry-definition"]
            if field.is_basic_field and self.random.randrange(500):
                value = self.of(definition.type, depth + 1)
                object.__setattr__(made, field.python_name or name, value)
        if any(interface.name == "Job" for interface in type_.interfaces):
            result = self.random.choice((None, 3, "done", {"x": 1}))
            task = type_.name.removesuffix("Job")
            snake = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in task)
            made.record = record_of(snake[1:], result=result)
        if any(interface.name == "JobOutput" for interface in type_.interfaces):
            made.data = self.random.choice((4, {"latitude": 1.0}, None))
        return made

    def _odd(self) -> Any:
        if self.random.randrange(3) == 0:
            return None
        return self.random.choice(
            (
                Undefined,
                ValueError("returned"),
                2**40,
                float("inf"),
                float("nan"),
                "SUCCEEDED",
                "",
                True,
                b"bytes",
                {},
                {"id": 1},
                [],
                [None],
                (1,),
                frozenset({1}),
                iter(()),
                Text("own"),
                Later("later"),
                Later(None),
                Liar(),
                object,
                datetime(2026, 1, 31, tzinfo=UTC),
                timedelta(days=-1),
            )
        )


def _answering_class(type_: GraphQLObjectType) -> type | None:
    """The class whose objects answer the type's fields, where it is not the type's own."""
    cells = getattr(type_.is_type_of, "__closure__", None) or ()
    names = getattr(getattr(type_.is_type_of, "__code__", None), "co_freevars", ())
    for name, cell in zip(names, cells, strict=True):
        if name == "answers":
            cls: type = cell.cell_contents
            return cls
    return None

"""What a task's types are made of, in terms that both Python and GraphQL can express."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, TypeAlias


class ScalarKind(StrEnum):
    """The leaves; each value is the name of its GraphQL scalar."""

    STRING = "String"
    INT = "Int"
    BIG_INT = "BigInt"  # its constraints reach beyond 32 bits
    FLOAT = "Float"
    BOOLEAN = "Boolean"
    DECIMAL = "Decimal"
    DATETIME = "DateTime"
    DATE = "Date"
    TIME = "Time"
    DURATION = "Duration"
    UUID = "UUID"
    URL = "URL"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A leaf."""

    kind: ScalarKind


@dataclass(frozen=True, slots=True)
class File:
    """A `FileRef`: an id or an upload in input, a `File` object in output."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, tuple or set."""

    item: Shape
    unordered: bool = False  # a set: two orders are one value


@dataclass(frozen=True, slots=True)
class Nullable:
    """A type or None."""

    item: Shape


@dataclass(frozen=True, slots=True)
class Member:
    """One value of an enum."""

    name: str  # in GraphQL
    value: Any  # in JSON
    description: str


@dataclass(frozen=True, slots=True)
class EnumOf:
    """An enum class, or a `Literal` of strings."""

    name: str
    description: str
    members: tuple[Member, ...]
    python: type[Enum] | None  # None: a Literal


@dataclass(eq=False, slots=True)
class Object:
    """A dataclass or pydantic model. One for each class and reading, since they may recur."""

    name: str
    description: str
    python: type | None  # None: a task's arguments
    fields: tuple[Field, ...] = ()

    @property
    def input_name(self) -> str:
        """Its name as a GraphQL input type."""
        return f"{self.output_name}Input"

    @property
    def output_name(self) -> str:
        """Its name as a GraphQL object type."""
        return self.name.removesuffix("Input") or self.name


@dataclass(frozen=True, slots=True)
class UnionOf:
    """One of several classes; results and outputs only."""

    name: str
    members: tuple[Object, ...]


Shape: TypeAlias = Scalar | File | ListOf | Nullable | EnumOf | Object | UnionOf


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "ABSENT"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object."""

    name: str  # in Python
    graphql_name: str
    shape: Shape
    description: str
    default: Any = ABSENT  # a Python value
    made_anew: Callable[[], Any] | None = field(default=None, compare=False)  # each time another
    settable: bool = True  # False: computed by the class, so in output only

    @property
    def required(self) -> bool:
        """Whether an input must give it."""
        return self.default is ABSENT and self.made_anew is None


@dataclass(frozen=True, slots=True)
class TaskShapes:
    """The shapes of everything that goes into a task and comes out of it."""

    arguments: Object = field(default_factory=lambda: Object("", "", None))
    result: Shape | None = None
    output: Shape | None = None


def parts(shape: Shape) -> Iterator[Shape]:
    """The shape and all within it, each object once."""
    seen: set[int] = set()
    waiting: list[Shape] = [shape]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Object):
            if id(part) in seen:
                continue
            seen.add(id(part))
            waiting.extend(field.shape for field in part.fields)
        elif isinstance(part, ListOf | Nullable):
            waiting.append(part.item)
        elif isinstance(part, UnionOf):
            waiting.extend(part.members)
        yield part

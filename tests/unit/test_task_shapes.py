"""How types are read: scalars, lists, enums, classes and unions, with defaults and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import annotated_types
import pytest
from pydantic import AnyUrl, BaseModel, Field, HttpUrl
from typing_extensions import Doc, TypeAliasType

from tasks import FileRef
from tasks.definition import TaskDefinition
from tasks.shapes.shape import (
    ABSENT,
    EnumOf,
    File,
    ListOf,
    Nullable,
    Object,
    Scalar,
    ScalarKind,
    Shape,
    UnionOf,
)
from tests.support.definitions import define


class Preset(StrEnum):
    """How large the video becomes.

    Attributes:
        P480: For phones.
    """

    P480 = "480p"
    P720 = "720p"


@dataclass
class Size:
    """Width and height.

    Attributes:
        width: How wide, in pixels.
    """

    width: Annotated[int, Field(ge=1, le=100)]
    max_height: int = 5
    tags: list[str] = field(default_factory=list)


@dataclass
class Sphere:
    radius: float


class Tree(BaseModel):
    children: list[Tree] = Field(default=[], description="What is below.")


UserId = NewType("UserId", int)
Names = TypeAliasType("Names", list[str])


def parameter(annotation: Any, *default: Any) -> Any:
    async def work(value: Any = None) -> None: ...

    work.__annotations__["value"] = annotation
    work.__defaults__ = default or None
    return define(work).shapes.arguments.fields[0]


def result(annotation: Any) -> TaskDefinition:
    async def work() -> None: ...

    work.__annotations__["return"] = annotation
    return define(work)


INT, STRING = Scalar(ScalarKind.INT), Scalar(ScalarKind.STRING)


@pytest.mark.parametrize(
    ("annotation", "shape"),
    [
        (str, STRING),
        (int, INT),
        (float, Scalar(ScalarKind.FLOAT)),
        (bool, Scalar(ScalarKind.BOOLEAN)),
        (Decimal, Scalar(ScalarKind.DECIMAL)),
        (datetime, Scalar(ScalarKind.DATETIME)),
        (date, Scalar(ScalarKind.DATE)),
        (time, Scalar(ScalarKind.TIME)),
        (timedelta, Scalar(ScalarKind.DURATION)),
        (UUID, Scalar(ScalarKind.UUID)),
        (AnyUrl, Scalar(ScalarKind.URL)),
        (HttpUrl, Scalar(ScalarKind.URL)),
        (FileRef, File()),
        (UserId, INT),
        (Names, ListOf(STRING)),
        (int | None, Nullable(INT)),
        (list[int], ListOf(INT)),
        (Sequence[int | None], ListOf(Nullable(INT))),
        (tuple[int, ...], ListOf(INT)),
        (tuple[int, int], ListOf(INT)),
        (set[str], ListOf(STRING, unordered=True)),
        (frozenset[str] | None, Nullable(ListOf(STRING, unordered=True))),
        (list[list[str]], ListOf(ListOf(STRING))),
        (Annotated[int, Field(ge=0, le=10)], INT),
        (Annotated[int, Field(le=2**53)], Scalar(ScalarKind.BIG_INT)),
        (Annotated[int, annotated_types.Ge(-(2**40))], Scalar(ScalarKind.BIG_INT)),
        (Annotated[str, annotated_types.Len(1, 5)], STRING),
    ],
    ids=str,
)
def test_type_is_read_alike_as_parameter_and_as_result(annotation: Any, shape: Shape) -> None:
    assert parameter(annotation).shape == shape
    assert result(annotation).shapes.result == shape


def test_enum_is_read_with_its_members_and_what_is_said_of_them() -> None:
    shape = parameter(Preset).shape

    assert isinstance(shape, EnumOf)
    assert (shape.name, shape.description) == ("Preset", "How large the video becomes.")
    assert [(member.name, member.value) for member in shape.members] == [
        ("P480", "480p"),
        ("P720", "720p"),
    ]
    assert shape.members[0].description == "For phones."


def test_literal_may_have_none_among_its_values() -> None:
    shape = parameter(Literal["a", None]).shape  # noqa: PYI061

    assert isinstance(shape, Nullable)
    assert isinstance(shape.item, EnumOf)


def test_literal_becomes_an_enum_named_for_its_place() -> None:
    shape = parameter(Literal["720p", "two words"] | None).shape

    assert isinstance(shape, Nullable)
    assert isinstance(shape.item, EnumOf)
    assert shape.item.name == "WorkValue"
    assert [(member.name, member.value) for member in shape.item.members] == [
        ("_720P", "720p"),
        ("TWO_WORDS", "two words"),
    ]


def test_dataclass_is_read_with_names_defaults_constraints_and_words() -> None:
    shape = parameter(Size).shape

    assert isinstance(shape, Object)
    assert (shape.name, shape.description) == ("Size", "Width and height.")
    width, height, tags = shape.fields
    assert width.description == "How wide, in pixels. From 1 to 100."
    assert (width.default, width.required) == (ABSENT, True)
    assert (height.graphql_name, height.default) == ("maxHeight", 5)
    assert height.description == "Max height."
    assert (tags.default, tags.made_anew, tags.required) == ([], None, False)


def test_class_that_holds_itself_is_read_once() -> None:
    shape = parameter(Tree).shape

    assert isinstance(shape, Object)
    children = shape.fields[0]
    assert children.shape == ListOf(shape)
    assert children.description == "What is below."


def test_union_of_classes_is_named_for_its_place() -> None:
    shape = result(Size | Sphere | None).shapes.result

    assert isinstance(shape, Nullable)
    assert isinstance(shape.item, UnionOf)
    assert shape.item.name == "WorkResult"
    assert [member.name for member in shape.item.members] == ["Size", "Sphere"]


def test_default_that_is_made_anew_each_time_is_kept_as_a_factory() -> None:
    numbers = iter(range(10))
    made = parameter(int, Field(default_factory=lambda: next(numbers)))

    assert made.default is ABSENT
    assert made.made_anew is not None
    assert not made.required
    assert made.description == "Value. Made anew when left out."


def test_pydantic_field_as_default_gives_default_constraints_and_words() -> None:
    read = parameter(int, Field(5, ge=1, description="How many."))

    assert (read.default, read.description) == (5, "How many. At least 1.")


def test_doc_in_the_annotation_describes_before_the_docstring() -> None:
    async def work(width: Annotated[int, Doc("From Doc.")], height: int) -> None:
        """Work.

        Args:
            width: From the docstring.
            height: Also from
                the docstring.
        """

    width, height = define(work).parameters
    assert (width.description, height.description) == ("From Doc.", "Also from the docstring.")

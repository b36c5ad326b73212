"""What is read from a function: how it runs, what it takes and gives, and its words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import annotated_types
import pytest
from pydantic import AnyUrl, BaseModel, Field, HttpUrl
from typing_extensions import Doc, TypeAliasType

from tasks import FileRef, JobContext, SyncJobContext
from tasks.definition import Execution, RetryPolicy, TaskDefinition
from tasks.docstrings import read_docstring
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


class Level(Enum):
    LOW = 1


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


def plain(value: int) -> int:
    return value


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


def test_execution_follows_from_the_kind_of_function() -> None:
    async def asynchronous() -> None: ...
    async def iterating() -> AsyncIterator[Size]:
        yield Size(1)

    async def generating() -> AsyncGenerator[int, None]:
        yield 1

    def blocking() -> None: ...

    assert define(asynchronous).execution is Execution.ASYNC
    assert define(iterating).execution is Execution.GENERATOR
    assert define(generating).execution is Execution.GENERATOR
    assert define(blocking).execution is Execution.THREAD
    assert define(plain, process=True).execution is Execution.PROCESS


def test_generator_has_an_output_and_no_result() -> None:
    async def work() -> AsyncIterator[Size]:
        yield Size(1)

    definition = define(work)

    assert (definition.result_annotation, definition.result) == (None, None)
    assert definition.output_annotation is Size
    assert definition.output is not None


def test_job_context_is_no_parameter() -> None:
    async def asynchronous(job: JobContext, width: int) -> None: ...
    def blocking(job: SyncJobContext) -> None: ...
    async def without(width: int) -> None: ...

    assert define(asynchronous).takes_context
    assert [one.name for one in define(asynchronous).parameters] == ["width"]
    assert define(blocking).takes_context
    assert not define(without).takes_context


def test_types_that_are_local_where_the_task_is_written_are_found() -> None:
    from tasks.registry import Registry
    from tasks.task import task

    @dataclass
    class Local:
        width: int

    registry = Registry()

    @task(registry=registry)
    async def work(value: Local) -> Local:
        return value

    assert registry.get("work").result_annotation is Local


def test_names_options_and_place_are_kept() -> None:
    from tasks.registry import Registry
    from tasks.task import task

    registry = Registry()

    @task(
        queue="media",
        timeout=timedelta(minutes=30),
        max_attempts=2,
        retry_base=timedelta(seconds=2),
        retry_cap=timedelta(seconds=9),
        retention=timedelta(hours=1),
        raises=(LookupError, ValueError),
        retry_on=LookupError,
        name="transcode_video",
        registry=registry,
    )
    async def work() -> None: ...

    definition = registry.get("transcode_video")
    assert (definition.type_name, definition.field_name) == ("TranscodeVideo", "transcodeVideo")
    assert (definition.queue, definition.timeout) == ("media", timedelta(minutes=30))
    assert definition.retention == timedelta(hours=1)
    assert definition.retry == RetryPolicy(2, timedelta(seconds=2), timedelta(seconds=9))
    assert definition.raises == (LookupError, ValueError)
    assert definition.retry_on == (LookupError,)
    assert definition.location == f"{__file__}:{work.__code__.co_firstlineno}"


def test_task_without_options_has_the_documented_ones() -> None:
    from tasks.registry import Registry
    from tasks.task import task

    registry = Registry()
    task(registry=registry)(plain)

    definition = registry.get("plain")
    assert definition.queue == "default"
    assert definition.timeout == timedelta(minutes=10)
    assert definition.retention == timedelta(days=1)
    assert definition.retry == RetryPolicy(3, timedelta(seconds=1), timedelta(minutes=5))
    assert definition.description == "Run Plain."


def test_exception_that_is_a_dataclass_shows_its_fields() -> None:
    @dataclass
    class OutOfStock(Exception):
        """Too few are left."""

        message: str
        items_left: int

    async def work() -> None: ...

    (declared,) = define(work, raises=(OutOfStock,)).failures

    assert (declared.shape.name, declared.shape.description) == (
        "OutOfStock",
        "Too few are left.",
    )
    assert [one.graphql_name for one in declared.shape.fields] == ["itemsLeft"]
    assert declared.data.model_validate_json('{"items_left": 3}').model_dump() == {"items_left": 3}


DOCSTRING = """Transcode a video.

    It becomes an MP4:

        with an indented block

    Args:
        video (FileRef): The film,
            of any kind: really.
        preset: How large.

        *rest: Whatever.
    Returns:
        preset: not a parameter.
    Raises:
        ValueError: Never.
    """


def test_docstring_gives_text_before_the_sections_and_a_description_of_each_parameter() -> None:
    read = read_docstring(DOCSTRING)

    assert read.text == ("Transcode a video.\n\nIt becomes an MP4:\n\n    with an indented block")
    assert read.entries == {
        "video": "The film, of any kind: really.",
        "preset": "How large.",
        "rest": "Whatever.",
    }


@pytest.mark.parametrize("text", [None, "", "   "])
def test_missing_docstring_says_nothing(text: str | None) -> None:
    assert (read_docstring(text).text, read_docstring(text).entries) == ("", {})

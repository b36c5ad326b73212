"""What cannot be a task is refused at import: with file and line, the reason and a remedy."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar

import pytest
from pydantic import BaseModel, Field, RootModel

from tasks import FileRef, JobContext, SyncJobContext
from tasks.errors import AttemptSuperseded, InvalidTask, JobCancelled
from tasks.registry import Registry
from tasks.task import task

if TYPE_CHECKING:
    from ipaddress import IPv4Address as OnlyForTypeCheckers

T = TypeVar("T")


@dataclass
class Circle:
    radius: float


@dataclass
class Square:
    side: float


@dataclass
class Box(Generic[T]):
    content: T


@dataclass
class Empty:
    pass


@dataclass
class Twins:
    max_width: int
    maxWidth: int  # noqa: N815


@dataclass
class Holder:
    inside: dict[str, int]


@dataclass
class EitherInside:
    shape: Circle | Square


@dataclass
class WithInitVar:
    seed: InitVar[int]
    grown: int = 0


@dataclass
class NoSuchHint:
    address: OnlyForTypeCheckers


class Root(RootModel[list[int]]):
    pass


class Aliased(BaseModel):
    width: int = Field(alias="w")


class Weights(Enum):
    LIGHT = 1.5


class Truth(Enum):
    true = "yes"


class Nothing(Enum):
    pass


def refused(function: Callable[..., Any], **options: Any) -> str:
    """What is said of it, behind file and line."""
    registry = Registry()
    with pytest.raises(InvalidTask) as refusal:
        task(registry=registry, **options)(function)
    assert not list(registry)
    place, separator, text = str(refusal.value).partition(": task ")
    code = function.__code__
    assert (place, separator) == (f"{code.co_filename}:{code.co_firstlineno}", ": task ")
    _, _, text = text.partition(": ")
    sentences = [sentence for sentence in text.split(". ") if sentence]
    assert len(sentences) >= 2, "a reason and a remedy"
    return text


def taking(annotation: Any, *default: Any) -> Callable[..., Any]:
    async def work(value: Any = None) -> None: ...

    work.__annotations__["value"] = annotation
    work.__defaults__ = default or None
    return work


def giving(annotation: Any) -> Callable[..., Any]:
    async def work() -> None: ...

    work.__annotations__["return"] = annotation
    return work


INEXPRESSIBLE = [
    (dict, "dict. Use a dataclass"),
    (dict[str, int], "dict[str, int]. Use a dataclass"),
    (Any, "Any. Name the type"),
    (object, "object. Name the type"),
    (bytes, "bytes. Use FileRef"),
    (complex, "complex. Use a dataclass with two floats"),
    (type, "type. Use a scalar"),
    (T, "~T. Use a scalar"),
    (Callable[[int], int], "Callable[[int], int]. Use a scalar"),
    (Iterator[int], "Iterator[int]. Use a scalar"),
    (asyncio.Queue, "Queue. Use a scalar"),
    (list, "a bare list says too little. Say of what"),
    (set, "a bare set says too little. Say of what"),
    (list[bytes], "bytes. Use FileRef"),
    (tuple[int, str], "a tuple of different types is no GraphQL list. Use a dataclass"),
    (int | str, "no union of int and str. Only dataclasses"),
    (Circle | int, "no union of Circle and int. Only dataclasses"),
    (Circle | FileRef, "no union of Circle and FileRef. Only dataclasses"),
    (Literal[1, 2], "Literal[1, 2]. Use a Literal of strings"),
    (Literal["a-b", "a_b"], "two of the literals a-b, a_b have one GraphQL name"),
    (Box, "Box is generic. Subclass it"),
    (Empty, "Empty has no fields. GraphQL needs at least one"),
    (Twins, "max_width and maxWidth have one GraphQL name, maxWidth. Rename one"),
    (Holder, "field Holder.inside: GraphQL cannot express dict[str, int]"),
    (EitherInside, "field EitherInside.shape: a union of Circle and Square cannot stand here"),
    (WithInitVar, "WithInitVar has an InitVar"),
    (NoSuchHint, "OnlyForTypeCheckers, which is not defined at run time. Import it"),
    (Root, "Root is a RootModel. Use its inner type"),
    (Aliased, "Aliased.width has an alias"),
    (Weights, "the value of Weights.LIGHT is neither str nor int"),
    (Truth, "no enum value named true. Rename it"),
    (Nothing, "enum Nothing is empty. Add a member"),
]


@pytest.mark.parametrize(("annotation", "message"), INEXPRESSIBLE, ids=lambda item: str(item)[:40])
def test_type_that_graphql_cannot_express_is_refused_as_parameter_and_as_result(
    annotation: Any, message: str
) -> None:
    as_parameter, as_result = refused(taking(annotation)), refused(giving(annotation))

    assert message in as_parameter
    assert message in as_result
    assert as_parameter.startswith("parameter value") or annotation is NoSuchHint
    assert as_result.startswith("its result") or annotation is NoSuchHint


def test_private_field_of_a_dataclass_is_refused() -> None:
    cls = dataclasses.make_dataclass("Private", [("__secret", int)])

    assert "field Private.__secret: GraphQL allows no such name. Rename" in refused(taking(cls))


def test_union_of_dataclasses_is_refused_as_input() -> None:
    text = refused(taking(Circle | Square))

    assert "a union of Circle and Square cannot stand here. Unions are for what a task" in text


@pytest.mark.parametrize(
    ("annotation", "default", "message"),
    [
        (int, "many", "should be a valid integer"),
        (int, None, "should be a valid integer"),
        (Annotated[int, Field(ge=0)], -1, "greater than or equal to 0"),
        (list[Annotated[str, Field(max_length=1)]], ["ab"], "at most 1 character"),
        (int, Field(-1, ge=0), "greater than or equal to 0"),
        (int, 2**31, "must fit into 32 bits"),
        (str, "a\x00", "NUL"),
        (float, float("inf"), "finite"),
        (datetime, datetime(2020, 1, 1), "time zone"),  # noqa: DTZ001
        (FileRef, FileRef("file_0"), "has a file as its default. Use None"),
        (int, Field(default_factory=lambda: 1 // 0), "default factory of parameter value failed"),
    ],
)
def test_default_that_its_own_type_refuses_is_refused(
    annotation: Any, default: Any, message: str
) -> None:
    text = refused(taking(annotation, default))

    assert "parameter value" in text
    assert message in text


def test_parameter_without_a_type_is_refused() -> None:
    async def work(width): ...  # type: ignore[no-untyped-def]

    assert refused(work) == "parameter width has no type. Write its type."


def test_variable_arguments_are_refused() -> None:
    async def listed(*widths: int) -> None: ...
    async def named(**widths: int) -> None: ...

    assert "widths stands for any number of values. Use a list" in refused(listed)
    assert "widths stands for any number of values. Use a list" in refused(named)


def test_positional_only_parameter_is_refused() -> None:
    async def work(width: int, /) -> None: ...

    assert "parameter width is positional-only. Remove" in refused(work)


@pytest.mark.parametrize("name", ["_private", "model_fields", "options"])
def test_parameter_whose_name_jobcast_needs_is_refused(name: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"async def work({name}: int) -> None: ...", namespace)

    assert f"parameter {name} has a name that Jobcast needs" in refused(namespace["work"])


def test_two_parameters_of_one_graphql_name_are_refused() -> None:
    async def work(max_width: int, maxWidth: int) -> None: ...  # noqa: N803

    assert "max_width and maxWidth have one GraphQL name" in refused(work)


def test_missing_return_type_is_refused() -> None:
    async def work(width: int): ...  # type: ignore[no-untyped-def]

    assert refused(work).startswith("its return type is missing. Write it; `-> None`")


def test_generator_that_does_not_say_what_it_yields_is_refused() -> None:
    async def work() -> AsyncIterator:  # type: ignore[type-arg]
        yield 1

    assert "what it yields has no type. Write `-> AsyncIterator[…]`" in refused(work)


def test_plain_generator_is_refused() -> None:
    def work() -> Iterator[int]:
        yield 1

    assert "it is a plain generator. Write `async def`" in refused(work)


def test_job_context_must_come_first_be_alone_and_fit_the_function() -> None:
    async def late(width: int, job: JobContext) -> None: ...
    async def twice(job: JobContext, again: JobContext) -> None: ...
    async def wrong(job: SyncJobContext) -> None: ...
    def wrong_too(job: JobContext) -> None: ...

    assert "is not its first parameter. Put it first" in refused(late)
    assert "is not its first parameter. Put it first" in refused(twice)
    assert "cannot be a SyncJobContext here. Use JobContext" in refused(wrong)
    assert "cannot be a JobContext here. Use SyncJobContext" in refused(wrong_too)


def in_process(job: SyncJobContext) -> None: ...


def test_process_needs_an_importable_plain_function_without_a_job_context() -> None:
    async def asynchronous() -> None: ...
    def local() -> None: ...

    assert "process=True is for plain functions" in refused(asynchronous, process=True)
    assert "another process can import. Define it in a module" in refused(local, process=True)
    assert "has no job context. Leave out job" in refused(in_process, process=True)


class Failed(Exception):
    pass


class Other(Exception):
    pass


@dataclass
class Overloaded(Exception):
    attempt: str


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": timedelta(0)}, "timeout is"),
        ({"timeout": timedelta(seconds=-1)}, "timeout is"),
        ({"timeout": 600}, "timeout is 600. Give a timedelta"),
        ({"retention": timedelta(0)}, "retention is"),
        ({"max_attempts": 0}, "max_attempts is 0. Give 1 or more"),
        ({"max_attempts": True}, "max_attempts is True"),
        ({"max_attempts": 1.5}, "max_attempts is 1.5"),
        ({"retry_base": timedelta(hours=1)}, "retry_base is 1:00:00 and retry_cap is 0:05:00"),
        ({"retry_base": 5}, "retry_base is 5"),
        ({"retry_base": timedelta(-1)}, "retry_base is"),
        ({"queue": "Media"}, "'Media' is no name for a queue. Start with a lower-case letter"),
        ({"queue": "m" * 32}, "is no name for a queue"),
        ({"queue": "a:b"}, "is no name for a queue"),
        ({"queue": "a\n"}, "is no name for a queue"),
        ({"queue": None}, "is no name for a queue"),
        ({"name": "__typename"}, "no use for the name '__typename'"),
        ({"name": "_hidden"}, "no use for the name '_hidden'"),
        ({"name": "a-b"}, "no use for the name 'a-b'"),
        ({"name": "9lives"}, "no use for the name '9lives'"),
        ({"name": "café"}, "no use for the name 'café'"),
        ({"raises": [Failed], "retry_on": [Failed, Other]}, "retry_on has Other, raises has not"),
        ({"retry_on": Failed}, "retry_on has Failed, raises has not. Add it"),
        ({"raises": 5}, "raises is 5. Name classes of exceptions"),
        ({"raises": [int]}, "raises has <class 'int'>. Name classes"),
        ({"raises": [Exception]}, "raises has Exception, which is no failure of its own"),
        ({"raises": [JobCancelled]}, "raises has JobCancelled"),
        ({"raises": [AttemptSuperseded]}, "raises has AttemptSuperseded"),
        ({"raises": [KeyboardInterrupt]}, "raises has <class 'KeyboardInterrupt'>"),
        ({"raises": [Overloaded]}, "every failure has a field attempt already. Rename"),
    ],
    ids=str,
)
def test_option_that_cannot_be_is_refused(options: dict[str, Any], message: str) -> None:
    async def work() -> None: ...

    assert message in refused(work, **options)


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(InvalidTask, match=r"it is not a function\. Decorate a function"):
        task(registry=Registry())(Circle)


def test_method_is_refused() -> None:
    class Works:
        async def work(self, width: int) -> None: ...

    assert "parameter self has no type" in refused(Works.work)

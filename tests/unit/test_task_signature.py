"""What is read from a function: how it runs, its names, options and docstring."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tasks import JobContext, SyncJobContext
from tasks.definition import Execution, RetryPolicy
from tasks.docstrings import read_docstring
from tasks.registry import Registry
from tasks.task import task
from tests.support.definitions import define


@dataclass
class Size:
    width: int


def plain(value: int) -> int:
    return value


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
    @dataclass
    class Local:
        width: int

    registry = Registry()

    @task(registry=registry)
    async def work(value: Local) -> Local:
        return value

    assert registry.get("work").result_annotation is Local


def test_names_options_and_place_are_kept() -> None:
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

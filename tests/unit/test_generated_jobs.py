"""Jobs of each task, as their own types: input, result and failures typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
import pytest
from graphql import GraphQLError
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from schema.generated import GeneratedTypes
from tasks import FileRef
from tasks.records import Failure, FailureKind
from tasks.status import JobStatus
from tests.support.typed_jobs import StubContext, ask, milliseconds, record_of, types_of

pytestmark = pytest.mark.anyio


class Preset(StrEnum):
    P480 = "480p"
    P720 = "720p"


@dataclass
class Video:
    file: FileRef
    preset: Preset
    mode: Literal["fast", "slow"]
    duration: timedelta
    words: set[str]
    price: Decimal
    at: datetime
    id: UUID
    size: Annotated[int, Field(le=2**53)]
    page: HttpUrl | None = None


@dataclass
class Circle:
    size: float


@dataclass
class Square:
    size: float


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)

    day: datetime
    preset: Preset


@dataclass
class TooLarge(Exception):
    """It is too large."""

    limit: int
    preset: Preset | None = None


@dataclass
class Spoken(Exception):
    message: str


class Plain(Exception):
    """Nothing to add."""


VIDEO = Video(
    file=FileRef("file_1", "film.mp4", 2**33, "video/mp4"),
    preset=Preset.P720,
    mode="slow",
    duration=timedelta(minutes=2),
    words={"one"},
    price=Decimal("0.10"),
    at=datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
    id=UUID(int=7),
    size=2**40,
    page=HttpUrl("https://example.org/"),
)


def giving(annotation: Any, name: str = "make") -> Any:
    async def work() -> None: ...

    work.__annotations__["return"] = annotation
    work.__name__ = name
    return work


def stored(types: GeneratedTypes, value: Any, name: str = "make") -> Any:
    """A job that gave `value`, with the result as Valkey has it."""
    adapter = types.of(name).definition.result
    assert adapter is not None
    return types.to_job(record_of(name, result=orjson.loads(adapter.dump_json(value))))


async def test_job_tells_all_that_its_record_says() -> None:
    types = types_of(giving(None))
    record = record_of(
        "make",
        status=JobStatus.RUNNING,
        progress={"fraction": 0.5, "message": "half"},
        finished_at=None,
        scheduled_for=milliseconds(datetime(2026, 2, 1, tzinfo=UTC)),
    )

    answer = await ask(
        types,
        """__typename id status attempt maxAttempts tags owner cursor enqueuedAt scheduledFor
        startedAt finishedAt progress { fraction message } failure { message }
        task { name registered mutation queue timeout maxAttempts retention }""",
        job=types.to_job(record),
    )

    assert answer == {
        "__typename": "MakeJob",
        "id": record.id,
        "status": "RUNNING",
        "attempt": 2,
        "maxAttempts": 3,
        "tags": ["new"],
        "owner": "ann",
        "cursor": types.to_job(record).cursor,
        "enqueuedAt": "2026-01-31T09:30:00Z",
        "scheduledFor": "2026-02-01T00:00:00Z",
        "startedAt": "2026-01-31T09:30:00Z",
        "finishedAt": None,
        "progress": {"fraction": 0.5, "message": "half"},
        "failure": None,
        "task": {
            "name": "make",
            "registered": True,
            "mutation": "make",
            "queue": "default",
            "timeout": "PT10M",
            "maxAttempts": 3,
            "retention": "P1D",
        },
    }


async def test_result_is_given_with_every_type_in_its_own_form() -> None:
    types = types_of(giving(Video))

    answer = await ask(
        types,
        """... on MakeJob { result {
          file { id name sizeBytes contentType url }
          preset mode duration words price at id size page
        } }""",
        job=stored(types, VIDEO),
    )

    assert answer["result"] == {
        "file": {
            "id": "file_1",
            "name": "film.mp4",
            "sizeBytes": 2**33,
            "contentType": "video/mp4",
            "url": "/files/file_1",
        },
        "preset": "P720",
        "mode": "SLOW",
        "duration": "PT2M",
        "words": ["one"],
        "price": "0.10",
        "at": "2026-01-31T09:30:00Z",
        "id": "00000000-0000-0000-0000-000000000007",
        "size": 2**40,
        "page": "https://example.org/",
    }


async def test_union_resolves_to_the_class_that_was_given() -> None:
    types = types_of(giving(list[Circle | Square]))

    answer = await ask(
        types,
        "... on MakeJob { result { __typename ... on Square { size } } }",
        job=stored(types, [Square(2), Circle(1)]),
    )

    assert answer["result"] == [{"__typename": "Square", "size": 2.0}, {"__typename": "Circle"}]


@pytest.mark.parametrize(
    ("annotation", "value", "shown"),
    [
        (int, 7, 7),
        (str | None, None, None),
        (list[int], [1, 2], [1, 2]),
        (Preset, Preset.P480, "P480"),
        (tuple[float, ...], (0.5,), [0.5]),
        (bool, False, False),
        (str, "", ""),
    ],
)
async def test_result_may_be_a_single_value(annotation: Any, value: Any, shown: Any) -> None:
    types = types_of(giving(annotation))

    answer = await ask(types, "... on MakeJob { result }", job=stored(types, value))

    assert answer["result"] == shown


async def test_strict_model_is_read_back_as_json() -> None:
    types = types_of(giving(Strict))
    value = Strict(day=datetime(2026, 1, 31, tzinfo=UTC), preset=Preset.P480)

    answer = await ask(types, "... on MakeJob { result { day preset } }", job=stored(types, value))

    assert answer["result"] == {"day": "2026-01-31T00:00:00Z", "preset": "P480"}


async def test_result_is_null_until_the_job_has_succeeded() -> None:
    types = types_of(giving(int))

    job = types.to_job(record_of("make", status=JobStatus.RUNNING))

    assert await ask(types, "... on MakeJob { result }", job=job) == {"result": None}


async def test_result_of_another_version_of_the_task_is_an_error_of_that_field_alone() -> None:
    types = types_of(giving(Circle))
    job = types.to_job(record_of("make", result={"radius": 1}))

    with pytest.raises(GraphQLError, match="result was stored by another version") as caught:
        await ask(types, "id ... on MakeJob { result { size } }", job=job)

    assert caught.value.path == ["job", "result"]


async def test_input_is_what_was_stored_with_its_defaults() -> None:
    async def pack(film: FileRef, preset: Preset = Preset.P480) -> None: ...

    types = types_of(pack)
    context = StubContext(b'{"film":{"id":"file_1","name":"film.mp4"},"preset":"720p"}')

    answer = await ask(
        types,
        "... on PackJob { input { film { id url } preset } }",
        job=types.to_job(record_of("pack")),
        context=context,
    )

    assert answer["input"] == {"film": {"id": "file_1", "url": "/files/file_1"}, "preset": "P720"}


async def test_input_that_is_no_longer_kept_is_null() -> None:
    async def add(a: int) -> None: ...

    types = types_of(add)

    answer = await ask(types, "... on AddJob { input { a } }", job=types.to_job(record_of("add")))

    assert answer["input"] is None


async def test_job_of_a_task_that_is_gone_is_still_told() -> None:
    types = types_of(giving(int))

    answer = await ask(
        types,
        "__typename status task { name registered mutation }",
        job=types.to_job(record_of("long_gone", result=7)),
    )

    assert answer == {
        "__typename": "UnregisteredJob",
        "status": "SUCCEEDED",
        "task": {"name": "long_gone", "registered": False, "mutation": None},
    }


def failed(name: str, kind: FailureKind, type_: str, **fields: Any) -> Any:
    failure = Failure(kind, type_, "It broke.", **fields)
    return record_of(name, status=JobStatus.FAILED, failure=orjson.loads(failure.to_json()))


async def test_declared_exception_shows_its_fields() -> None:
    types = types_of(giving(None), raises=(TooLarge, Plain))
    record = failed("make", FailureKind.DECLARED, "TooLarge", data={"limit": 3, "preset": "480p"})

    answer = await ask(
        types,
        """failure { __typename message kind attempt ... on TooLarge { limit preset } }""",
        job=types.to_job(record),
    )

    assert answer["failure"] == {
        "__typename": "TooLarge",
        "message": "It broke.",
        "kind": "DECLARED",
        "attempt": 2,
        "limit": 3,
        "preset": "P480",
    }


async def test_exceptions_own_message_is_the_message() -> None:
    types = types_of(giving(None), raises=Spoken)
    record = failed("make", FailureKind.DECLARED, "Spoken", data={"message": "Out of paper."})

    answer = await ask(types, "failure { message }", job=types.to_job(record))

    assert answer["failure"]["message"] == "Out of paper."


@pytest.mark.parametrize(
    ("type_", "data"), [("Renamed", None), ("TooLarge", {"limit": "many"}), ("TooLarge", None)]
)
async def test_failure_of_another_version_is_told_by_name(
    type_: str, data: dict[str, Any] | None
) -> None:
    types = types_of(giving(None), raises=TooLarge)
    record = failed("make", FailureKind.DECLARED, type_, data=data)

    answer = await ask(
        types,
        "failure { __typename message ... on DeclaredFailure { exception } }",
        job=types.to_job(record),
    )

    assert answer["failure"] == {
        "__typename": "DeclaredFailure",
        "message": "It broke.",
        "exception": type_,
    }


@pytest.mark.parametrize(
    ("kind", "typename"),
    [
        (FailureKind.FAULT, "TaskFault"),
        (FailureKind.TIMED_OUT, "TimedOut"),
        (FailureKind.WORKER_LOST, "WorkerLost"),
        (FailureKind.UNSERIALIZABLE_RESULT, "UnserializableResult"),
        (FailureKind.STORAGE_FULL, "StorageFull"),
    ],
)
async def test_each_kind_of_failure_has_its_type(kind: FailureKind, typename: str) -> None:
    types = types_of(giving(None))
    job = types.to_job(failed("make", kind, typename, reference="r-1"))

    answer = await ask(types, "failure { __typename kind ... on TaskFault { reference } }", job=job)

    assert answer["failure"]["__typename"] == typename
    assert answer["failure"]["kind"] == kind
    assert answer["failure"].get("reference") == ("r-1" if kind is FailureKind.FAULT else None)

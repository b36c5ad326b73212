"""What a task returns, in storage: of its declared type, and fit for every client."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from tasks.worker.values import UnserializableValue, dump
from tests.support.definitions import define


@dataclass
class Circle:
    size: float


@dataclass
class Square:
    size: float


@dataclass
class Report:
    text: str = ""
    numbers: list[int] = field(default_factory=list)
    when: datetime | None = None
    ratio: float = 0


def giving(annotation: Any) -> Any:
    async def work() -> None: ...

    work.__annotations__["return"] = annotation
    return define(work).result


@given(st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_union_says_in_storage_which_class_it_was(size: float, square: bool) -> None:
    adapter = giving(Circle | Square)
    value = Square(size) if square else Circle(size)

    encoded = dump(value, adapter, "result")

    assert orjson.loads(encoded)["__typename"] == type(value).__name__
    assert adapter.validate_json(encoded) == value


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (list[Circle | Square], [Square(1.0), Circle(2.0)]),
        (Circle | Square | None, None),
        (list[Circle | Square | None], [None, Square(1.0)]),
        (tuple[Circle | Square, ...], (Circle(1.0), Square(2.0))),
    ],
    ids=str,
)
def test_unions_in_lists_come_back_too(annotation: Any, value: Any) -> None:
    adapter = giving(annotation)

    assert adapter.validate_json(dump(value, adapter, "result")) == value


@pytest.mark.parametrize(
    ("annotation", "value", "reason"),
    [
        (int, 2**31, "32 bits"),
        (Annotated[int, Field(le=2**70)], 2**63, "64 bits"),
        (float, float("nan"), "finite"),
        (str, "\x00", "NUL"),
        (str, "\ud800", "surrogate"),
        (datetime, datetime(2020, 1, 1), "time zone"),  # noqa: DTZ001
        (Report, Report(numbers=[1, 2**31]), r"numbers\[1\]: .*32 bits.*BigInt"),
        (Report, Report(text="\x00"), "text: .*NUL"),
        (list[Report], [Report(), Report(ratio=float("inf"))], r"\[1\].ratio: .*finite"),
        (Circle | Square, Report(), "tag"),
        (Circle | Square, Circle(float("inf")), "finite"),
        (Circle, "round", "Circle"),
    ],
    ids=str,
)
def test_result_that_clients_could_not_be_given_is_refused(
    annotation: Any, value: Any, reason: str
) -> None:
    with pytest.raises(UnserializableValue) as refusal:
        dump(value, giving(annotation), "result")

    assert refusal.value.__cause__ is not None
    with pytest.raises(Exception, match=f"(?s){reason}"):
        raise refusal.value.__cause__

"""From a mutation's input to stored JSON and back: checked, complete, the same for the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from tasks.arguments import BadFile, Problem, replace_files, validate_arguments
from tasks.files.reference import FileRef
from tests.support.definitions import define

pytestmark = pytest.mark.anyio


class Preset(StrEnum):
    P480 = "480p"
    P720 = "720p"


@dataclass
class Point:
    x: int
    y_up: float = 0.0


class Route(BaseModel):
    stops: list[Point] = Field(max_length=9)
    name: str | None = None


async def travel(
    route: Route,
    count: Annotated[int, Field(ge=0)],
    big: Annotated[int, Field(ge=-(2**63), lt=2**63)] = 0,
    price: Decimal = Decimal(1),
    start: datetime | None = None,
    day: date = date(2020, 1, 1),
    wait: timedelta = timedelta(0),
    ids: tuple[UUID, ...] = (),
    preset: Preset = Preset.P720,
    mode: Literal["by car", "on foot"] = "on foot",
    tags: frozenset[str] = frozenset(),
    note: str = "",
    ratio: float = 0.5,
) -> None: ...


TRAVEL = define(travel)
GOOD: dict[str, Any] = {"route": {"stops": [{"x": 1, "yUp": 2.5}]}, "count": 3}


def stored(raw: dict[str, Any]) -> bytes:
    encoded = validate_arguments(TRAVEL, raw)
    assert isinstance(encoded, bytes), encoded
    return encoded


def problems(**changes: Any) -> list[Problem]:
    found = validate_arguments(TRAVEL, {**GOOD, **changes})
    assert isinstance(found, list)
    return found


def test_arguments_are_stored_by_python_names_with_their_defaults() -> None:
    content = orjson.loads(stored(GOOD))

    assert content["route"] == {"stops": [{"x": 1, "y_up": 2.5}], "name": None}
    assert (content["preset"], content["mode"], content["count"]) == ("720p", "on foot", 3)


def test_arguments_come_back_as_the_types_of_the_signature() -> None:
    back = TRAVEL.arguments.model_validate_json(stored({**GOOD, "preset": Preset.P480}))

    assert back.route.stops == [Point(1, 2.5)]  # type: ignore[attr-defined]
    assert back.preset is Preset.P480  # type: ignore[attr-defined]


def test_same_input_gives_the_same_bytes_in_whatever_order_it_was_written() -> None:
    tags = [f"tag {number}" for number in range(20)]

    one = stored({**GOOD, "tags": tags})
    other = stored({"tags": tags[::-1], **dict(reversed(GOOD.items()))})

    assert one == other


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"count": -1}, ("count",), "greater than or equal to 0"),
        ({"count": None}, ("count",), "required"),
        ({"count": 2**31}, ("count",), "32 bits"),
        ({"big": 2**63}, ("big",), "64 bits"),
        ({"note": "a\x00b"}, ("note",), "NUL"),
        ({"note": "\ud800"}, ("note",), "surrogate"),
        ({"note": 5}, ("note",), "string"),
        ({"ratio": float("nan")}, ("ratio",), "finite"),
        ({"ratio": float("-inf")}, ("ratio",), "finite"),
        ({"price": Decimal("NaN")}, ("price",), "finite"),
        ({"tags": ["ok", "\x00"]}, ("tags", "1"), "NUL"),
        ({"mode": "by air"}, ("mode",), "by car"),
        ({"route": {"stops": [{"x": 1}] * 10}}, ("route", "stops"), "at most 9"),
        ({"route": {"stops": [{"x": 1}, {}]}}, ("route", "stops", "1", "x"), "required"),
        ({"route": {"stops": [{"x": 2**40}]}}, ("route", "stops", "0", "x"), "32 bits"),
        (
            {"route": {"stops": [{"x": 1, "yUp": float("inf")}]}},
            ("route", "stops", "0", "yUp"),
            "finite",
        ),
        ({"route": {"stops": [], "name": "\udfff"}}, ("route", "name"), "surrogate"),
        ({"route": 7}, ("route",), "Input should be"),
        ({"tags": 7}, ("tags",), "Input should be"),
    ],
    ids=str,
)
def test_problem_says_where_by_graphql_names_and_what(
    changes: dict[str, Any], path: tuple[str, ...], message: str
) -> None:
    (problem,) = problems(**changes)

    assert problem.path == path
    assert message in problem.message
    assert problem.message.endswith(".")


def test_all_problems_are_told_at_once_but_not_thousands() -> None:
    found = problems(route={"stops": [{"x": 2**40}] * 5000})

    assert 10 < len(found) <= 50


def test_null_counts_as_left_out_where_the_type_has_no_none() -> None:
    assert stored({**GOOD, "note": None}) == stored(GOOD)


JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
INT_32 = st.integers(-(2**31), 2**31 - 1)
POINTS = st.fixed_dictionaries({"x": INT_32}, optional={"yUp": FLOATS})
INPUTS = st.fixed_dictionaries(
    {
        "route": st.fixed_dictionaries(
            {"stops": st.lists(POINTS, max_size=9)}, optional={"name": st.none() | JSON_TEXT}
        ),
        "count": st.integers(0, 2**31 - 1),
    },
    optional={
        "big": st.integers(-(2**63), 2**63 - 1),
        "price": st.decimals(allow_nan=False, allow_infinity=False),
        "start": st.none() | st.datetimes(timezones=st.just(UTC)),
        "day": st.dates(),
        "wait": st.timedeltas(min_value=timedelta(-(10**6)), max_value=timedelta(10**6)),
        "ids": st.lists(st.uuids()),
        "preset": st.sampled_from(Preset),
        "mode": st.sampled_from(["by car", "on foot"]),
        "tags": st.lists(JSON_TEXT),
        "note": JSON_TEXT,
        "ratio": FLOATS,
    },
)


def in_python(raw: dict[str, Any]) -> Any:
    route = raw["route"]
    stops = [{"x": stop["x"], "y_up": stop.get("yUp", 0.0)} for stop in route["stops"]]
    return TRAVEL.arguments.model_validate({**raw, "route": {**route, "stops": stops}})


@given(INPUTS)
def test_every_good_input_comes_back_from_storage_as_it_went_in(raw: dict[str, Any]) -> None:
    encoded = stored(raw)

    back = TRAVEL.arguments.model_validate_json(encoded)

    assert back == in_python(raw)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_no_input_makes_the_check_fail_itself(value: Any) -> None:
    for name in ("route", "count", "price", "start", "tags", "note", "ratio", "ids", "preset"):
        outcome = validate_arguments(TRAVEL, {**GOOD, name: value})
        assert isinstance(outcome, bytes) or outcome


async def with_files(first: FileRef, more: list[FileRef] = []) -> None: ...  # noqa: B006


async def test_files_are_replaced_wherever_they_stand() -> None:
    definition = define(with_files)

    async def receive(given: Any) -> FileRef:
        return FileRef(f"file_{given}")

    replaced = await replace_files(definition, {"first": "a", "more": ["b", "c"]}, receive)

    assert replaced == {
        "first": FileRef("file_a"),
        "more": [FileRef("file_b"), FileRef("file_c")],
    }
    assert isinstance(replaced, dict)
    assert isinstance(validate_arguments(definition, replaced), bytes)


async def test_refused_file_is_a_problem_at_its_place() -> None:
    async def receive(given: Any) -> FileRef:
        if given == "b":
            raise BadFile("It is gone.")
        return FileRef(given)

    found = await replace_files(define(with_files), {"first": "a", "more": ["x", "b"]}, receive)

    assert found == [Problem(("more", "1"), "It is gone.")]

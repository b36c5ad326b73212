"""Scalars: what they take, what they refuse with words, and how they are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLError, parse_value
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl

from schema.durations import format_duration, parse_duration
from schema.scalars import SCALARS, BigInt, Cursor
from tasks.files.reference import FileRef

KEYS: dict[str, Any] = {definition.name: key for key, definition in SCALARS.items()}


class Upload:
    filename = "film.mp4"

    async def read(self, size: int) -> bytes:
        return b""


def parsed(name: str, value: Any) -> Any:
    parse = SCALARS[KEYS[name]].parse_value
    assert parse is not None
    return parse(value)


def parsed_literal(name: str, source: str) -> Any:
    parse: Any = SCALARS[KEYS[name]].parse_literal
    return parse(parse_value(source))


def written(name: str, value: Any) -> Any:
    write = SCALARS[KEYS[name]].serialize
    assert write is not None
    return write(value)


@given(st.timedeltas())
def test_every_duration_comes_back_from_its_text(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT0S", timedelta()),
        ("PT1M30S", timedelta(seconds=90)),
        ("P1DT2H", timedelta(hours=26)),
        ("P2W", timedelta(weeks=2)),
        ("-PT1.5S", timedelta(seconds=-1.5)),
        ("+PT0,25S", timedelta(milliseconds=250)),
        ("PT90M", timedelta(minutes=90)),
    ],
)
def test_duration_is_read(text: str, duration: timedelta) -> None:
    assert parsed("Duration", text) == duration


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "PT", "P1DT", "1M", "1 day", "00:00:01"),
        *("P1Y", "P1M", "PT1H1H", "PT1.5M", "PT1S ", "PT١S"),
        *("PT" + "9" * 50 + "S", "P999999999999D"),
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(GraphQLError, match="Duration cannot be"):
        parsed("Duration", text)


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("DateTime", "2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        (
            "DateTime",
            "2026-01-31T09:30:00.25+02:00",
            datetime(2026, 1, 31, 9, 30, 0, 250_000, timezone(timedelta(hours=2))),
        ),
        ("Date", "2026-01-31", date(2026, 1, 31)),
        ("Time", "09:30:00", time(9, 30)),
        (
            "UUID",
            "0193a5f2-7c1e-7d4b-9a54-3f0d2c1b8e77",
            UUID(int=0x0193A5F27C1E7D4B9A543F0D2C1B8E77),
        ),
        ("Decimal", "0.10", Decimal("0.10")),
        ("Decimal", 7, Decimal(7)),
        ("BigInt", 2**63 - 1, 2**63 - 1),
        ("BigInt", str(-(2**63)), -(2**63)),
        ("FileRef", "file_1", "file_1"),
        ("URL", "https://example.org", "https://example.org"),
        ("Cursor", "abc", "abc"),
    ],
)
def test_scalar_takes(name: str, given: Any, value: Any) -> None:
    assert parsed(name, given) == value


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("DateTime", "2026-01-31T09:30:00"),
        ("DateTime", "2026-02-30T09:30:00Z"),
        ("DateTime", 1_700_000_000),
        ("Date", "31.1.2026"),
        ("Time", "25:00"),
        ("UUID", "not one"),
        ("UUID", 7),
        ("Decimal", "NaN"),
        ("Decimal", "Infinity"),
        ("Decimal", "1,5"),
        ("Decimal", "1_0"),
        ("Decimal", "١٢"),
        ("Decimal", "1e999999999"),
        ("Decimal", "-1e-999999999"),
        ("Decimal", "1" * 1001),
        ("BigInt", "１"),
        ("Decimal", True),
        ("Decimal", [1]),
        ("BigInt", 2**63),
        ("BigInt", "9" * 5000),
        ("BigInt", "1.0"),
        ("BigInt", 1.0),
        ("BigInt", True),
        ("FileRef", ""),
        ("FileRef", 7),
        ("FileRef", {"id": "file_1"}),
        ("Cursor", 7),
    ],
)
def test_scalar_refuses_in_words(name: str, given: Any) -> None:
    with pytest.raises(GraphQLError, match=f"^{name} "):
        parsed(name, given)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("DateTime", "2026-02-30T09:30:00Z", "Give RFC 3339 with a day that exists, such as"),
        ("DateTime", "tomorrow", "Give RFC 3339"),
        ("Date", "31.1.2026", "Give a day that exists, such as 2026-01-31"),
        ("Time", "25:00", "Give such as 09:30:00"),
        ("UUID", "not one", "Give 32 hexadecimal digits"),
    ],
)
def test_what_cannot_be_read_is_answered_with_what_can(name: str, given: str, words: str) -> None:
    with pytest.raises(GraphQLError, match=f"cannot be '{given}'. {words}") as refused:
        parsed(name, given)

    assert "isoformat" not in refused.value.message


def test_datetime_without_a_zone_is_refused_with_an_example() -> None:
    with pytest.raises(GraphQLError, match="Say the time zone, such as 2026-01-31T09:30:00Z"):
        parsed("DateTime", "2026-01-31T09:30:00")


def test_upload_is_taken_for_a_file() -> None:
    upload = Upload()

    assert parsed("FileRef", upload) is upload


def test_numbers_in_a_document_lose_no_digit() -> None:
    assert parsed_literal("Decimal", "0.1000000000000000000001") == Decimal(
        "0.1000000000000000000001"
    )
    assert parsed_literal("Decimal", '"1.50"') == Decimal("1.50")
    assert parsed_literal("BigInt", "9007199254740993") == 9007199254740993
    assert parsed_literal("BigInt", '"9007199254740993"') == 9007199254740993


@pytest.mark.parametrize("source", ["NaN", "true", "null", "[1]", "{a: 1}", '""', "$x", "1e400000"])
def test_no_document_makes_number_scalars_fail_otherwise(source: str) -> None:
    for name in ("Decimal", "BigInt"):
        try:
            parsed_literal(name, source)
        except GraphQLError:
            continue
        assert source == "1e400000"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("DateTime", datetime(2026, 1, 31, 9, 30, tzinfo=UTC), "2026-01-31T09:30:00Z"),
        ("Date", date(2026, 1, 31), "2026-01-31"),
        ("Time", time(9, 30), "09:30:00"),
        ("Duration", timedelta(days=1, seconds=90), "P1DT1M30S"),
        ("Decimal", Decimal("0.10"), "0.10"),
        ("BigInt", 2**60, 2**60),
        ("UUID", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("URL", AnyUrl("https://example.org/a"), "https://example.org/a"),
        ("FileRef", FileRef("file_1"), "file_1"),
    ],
)
def test_scalar_is_written(name: str, value: Any, text: Any) -> None:
    assert written(name, value) == text


def test_markers_are_what_they_stand_for() -> None:
    assert (BigInt(7), Cursor("abc")) == (7, "abc")

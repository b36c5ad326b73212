"""Mutations: what a signature becomes in SDL, and what reaches the resolver."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, Field

from schema.generated import GeneratedTypes
from tasks import FileRef
from tests.support.typed_jobs import StubContext, stub_schema, types_of

pytestmark = pytest.mark.anyio


class Preset(StrEnum):
    """How large."""

    P480 = "480p"
    P720 = "720p"


class Priority(IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Box:
    """A box.

    Attributes:
        width: How wide.
    """

    width: Annotated[int, Field(ge=1)]
    max_height: int = 10
    presets: list[Preset] = field(default_factory=lambda: [Preset.P480])


class Label(BaseModel):
    text: str = Field(max_length=5, description="What it says.")
    box: Box | None = None


@dataclass
class Tree:
    value: int
    children: list[Tree] = field(default_factory=list)


async def pack_things(
    film: FileRef,
    count: int,
    large: Annotated[int, Field(le=2**40)],
    price: Decimal | None,
    tree: Tree | None = None,
    label: Label = Label(text="fine"),  # noqa: B008
    box: Box = Box(3),  # noqa: B008
    preset: Preset = Preset.P720,
    priority: Priority = Priority.LOW,
    mode: Literal["fast", "2 slow"] = "fast",
    words: set[str] = frozenset({"b", "a"}),  # type: ignore[assignment]
    wait: timedelta = timedelta(seconds=90),
    key: UUID = Field(default_factory=uuid4),  # noqa: B008
    at: datetime | None = None,
) -> None:
    """Pack.

    Args:
        count: How many.
    """


async def ping() -> None:
    """Say that it works."""


def block(types: GeneratedTypes, head: str) -> list[str]:
    """The SDL lines of one type, without descriptions."""
    sdl = stub_schema(types).as_str()
    body = sdl.split(f"\n{head} {{\n")[1].split("\n}")[0]
    return [line.strip() for line in body.splitlines() if line.strip() and '"""' not in line]


async def given(types: GeneratedTypes, mutation: str, **variables: Any) -> dict[str, Any]:
    context = StubContext()
    answer = await stub_schema(types).execute(
        mutation, context_value=context, variable_values=variables
    )
    assert context.inputs, answer.errors
    return context.inputs[0]


def test_signature_becomes_an_input_type_with_its_defaults() -> None:
    assert block(types_of(pack_things), "input PackThingsInput") == [
        "film: FileRef!",
        "count: Int!",
        "large: BigInt!",
        "price: Decimal",
        "tree: TreeInput = null",
        'label: LabelInput! = { text: "fine" }',
        "box: BoxInput! = { width: 3, maxHeight: 10, presets: [P480] }",
        "preset: Preset! = P720",
        "priority: Priority! = LOW",
        "mode: PackThingsMode! = FAST",
        'words: [String!]! = ["a", "b"]',
        'wait: Duration! = "PT1M30S"',
        "key: UUID",
        "at: DateTime = null",
        "options: EnqueueOptions = null",
    ]


def test_classes_become_input_types_and_what_was_given_output_types() -> None:
    types = types_of(pack_things)

    assert block(types, "input BoxInput") == [
        "width: Int!",
        "maxHeight: Int! = 10",
        "presets: [Preset!]! = [P480]",
    ]
    assert block(types, "type Box") == ["width: Int!", "maxHeight: Int!", "presets: [Preset!]!"]
    assert block(types, "input TreeInput") == ["value: Int!", "children: [TreeInput!]! = []"]
    assert block(types, "enum PackThingsMode") == ["FAST", "_2_SLOW"]
    assert block(types, "type PackThingsArguments")[:4] == [
        "film: File!",
        "count: Int!",
        "large: BigInt!",
        "price: Decimal",
    ]


def test_descriptions_come_from_docstrings_fields_and_constraints() -> None:
    sdl = stub_schema(types_of(pack_things)).as_str()

    for text in ("How many.", "How wide. At least 1.", "What it says. At most 5 characters."):
        assert f'"""{text}"""' in sdl
    assert "Key. Made anew when left out." in sdl


def test_mutation_answers_with_the_tasks_own_union() -> None:
    sdl = stub_schema(types_of(pack_things)).as_str()

    assert "input: PackThingsInput!\n  ): PackThingsPayload!" in sdl
    assert (
        "union PackThingsPayload = PackThingsAccepted | InvalidInput | RateLimited "
        "| IdempotencyConflict | ServiceUnavailable"
    ) in sdl
    assert "job: PackThingsJob!" in block(
        types_of(pack_things), "type PackThingsAccepted implements JobAccepted"
    )


def test_task_without_required_parameters_needs_no_input() -> None:
    async def greet(name: str | None, times: int = 1) -> None: ...

    sdl = stub_schema(types_of(ping, greet)).as_str()

    assert "input: PingInput! = {  }" in sdl
    assert "input: GreetInput! = {  }" in sdl
    assert "PingArguments" not in sdl


async def test_resolver_gets_python_values_by_graphql_names() -> None:
    raw = await given(
        types_of(pack_things),
        """mutation ($film: FileRef!, $box: BoxInput!) {
          packThings(input: {
            film: $film, count: 2, large: "1099511627776", price: 0.10, box: $box, priority: HIGH,
            tree: {value: 1, children: [{value: 2}]}, at: "2026-01-31T09:30:00Z",
            options: {tags: ["new"], delay: "PT5S"}
          }) { __typename }
        }""",
        film="file_1",
        box={"width": 4, "presets": ["P720"]},
    )

    assert raw["film"] == "file_1"
    assert raw["large"] == 2**40
    assert raw["price"] == Decimal("0.10")
    assert raw["box"] == {"width": 4, "maxHeight": 10, "presets": [Preset.P720]}
    assert raw["priority"] is Priority.HIGH
    assert raw["preset"] is Preset.P720
    assert raw["tree"] == {"value": 1, "children": [{"value": 2, "children": []}]}
    assert raw["wait"] == timedelta(seconds=90)
    assert raw["options"]["delay"] == timedelta(seconds=5)
    assert "key" not in raw


async def test_call_without_input_gives_the_defaults() -> None:
    raw = await given(types_of(ping), "mutation { ping { __typename } }")

    assert raw.get("options") is None


async def test_integer_beyond_32_bits_is_refused_by_graphql() -> None:
    async def add(a: int) -> None: ...

    answer = await stub_schema(types_of(add)).execute(
        "mutation ($a: Int!) { add(input: {a: $a}) { __typename } }", variable_values={"a": 2**31}
    )

    assert answer.errors is not None
    assert "non 32-bit signed integer" in answer.errors[0].message


def test_one_class_in_two_tasks_is_one_type() -> None:
    async def pack(box: Box) -> Box:
        return box

    async def unpack(boxes: list[Box]) -> None: ...

    sdl = stub_schema(types_of(pack, unpack)).as_str()

    assert sdl.count("\ntype Box {") == 1
    assert sdl.count("\ninput BoxInput {") == 1
    assert sdl.count("\nenum Preset {") == 1

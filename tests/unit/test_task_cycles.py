"""A class may lead back to itself, unless no value of it could ever be written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tasks.errors import InvalidTask
from tests.support.definitions import define


@dataclass
class Tree:
    value: int
    left: Tree | None = None
    children: list[Tree] = field(default_factory=list)


@dataclass
class Hen:
    egg: Egg


@dataclass
class Egg:
    hen: Hen


@dataclass
class Nest:
    eggs: Egg


def taking(annotation: Any) -> Any:
    async def work(value: Any) -> None: ...

    work.__annotations__["value"] = annotation
    return work


def test_class_that_leads_back_to_itself_by_a_list_or_an_option_is_taken() -> None:
    definition = define(taking(Tree))

    assert definition.shapes.arguments.fields[0].name == "value"


@pytest.mark.parametrize("annotation", [Hen, Nest, list[Hen], Hen | None])
def test_class_that_needs_another_of_itself_is_refused_as_input(annotation: Any) -> None:
    with pytest.raises(InvalidTask) as caught:
        define(taking(annotation))

    assert "would have to hold another one, without end. Make one of the fields" in str(
        caught.value
    )

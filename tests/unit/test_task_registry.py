"""The registry: how tasks are found, and that no two things take one GraphQL name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest

from tasks.definition import TaskDefinition
from tasks.errors import InvalidTask, UnknownTask
from tasks.registry import Registry, load_modules
from tasks.task import task


@dataclass
class Video:
    url: str


def work(annotation: Any = int, result: Any = None) -> Callable[..., Any]:
    async def work(value: Any) -> None: ...

    work.__annotations__ = {"value": annotation, "return": result}
    return work


def add(registry: Registry, name: str, function: Callable[..., Any] | None = None) -> None:
    task(name=name, registry=registry)(function or work())


def names(registry: Registry) -> list[str]:
    return [definition.name for definition in registry]


def test_tasks_are_found_by_name_and_by_mutation_in_the_order_in_which_they_came() -> None:
    registry = Registry()
    add(registry, "transcode_video")
    add(registry, "place_order")

    assert names(registry) == ["transcode_video", "place_order"]
    assert registry.get("place_order").field_name == "placeOrder"
    assert registry.by_field("transcodeVideo") is registry.get("transcode_video")
    assert registry.by_field("transcode_video") is None
    assert "place_order" in registry
    assert len(registry) == 2


def test_unknown_task_is_named_with_a_remedy() -> None:
    with pytest.raises(UnknownTask, match="No task is named absent; load its module with JOBCAST_"):
        Registry().get("absent")


def test_queues_are_sorted_and_each_is_there_once() -> None:
    registry = Registry()
    for name, queue in (("a", "media"), ("b", "default"), ("c", "media")):
        task(name=name, queue=queue, registry=registry)(work())

    assert registry.queues == ("default", "media")


def test_decorated_function_stays_itself_and_knows_its_definition() -> None:
    registry = Registry()
    function = work()

    assert task(registry=registry)(function) is function
    definition: TaskDefinition = function.definition  # type: ignore[attr-defined]
    assert definition is registry.get("work")


def test_two_tasks_of_one_graphql_name_are_refused_and_both_places_named() -> None:
    registry = Registry()
    first, second = work(), work(str)
    add(registry, "transcode_video", first)

    with pytest.raises(InvalidTask) as refusal:
        add(registry, "transcodeVideo", second)

    line = first.__code__.co_firstlineno
    assert str(refusal.value) == (
        f"{__file__}:{line}: task transcodeVideo: {__file__}:{line} already has a task "
        "transcode_video, whose mutation is transcodeVideo as well. Rename one of them."
    )
    assert names(registry) == ["transcode_video"]


def test_two_python_types_of_one_graphql_name_are_refused() -> None:
    registry = Registry()
    add(registry, "first", work(Video))
    other = make_dataclass("Video", [("path", str)])

    with pytest.raises(InvalidTask, match=r"would be the GraphQL type Video.*Rename one of them"):
        add(registry, "second", work(other))

    assert names(registry) == ["first"]


def test_two_python_types_of_one_graphql_name_are_refused_within_one_task() -> None:
    other = make_dataclass("Video", [("path", str)])

    with pytest.raises(InvalidTask, match="would be the GraphQL type Video"):
        add(Registry(), "one", work(Video, other))


def test_one_python_type_may_stand_in_many_tasks() -> None:
    registry = Registry()
    add(registry, "first", work(Video, Video))
    add(registry, "second", work(list[Video], Video | None))

    assert len(registry) == 2


def test_task_is_refused_whose_generated_type_another_task_brings_itself() -> None:
    registry = Registry()
    add(registry, "first", work(make_dataclass("TranscodeJob", [("path", str)])))

    with pytest.raises(InvalidTask, match="would be the GraphQL type TranscodeJob"):
        add(registry, "transcode")


def test_two_literals_of_one_name_are_refused_unless_they_are_equal() -> None:
    registry = Registry()
    add(registry, "scale", work(Literal["small", "large"]))

    with pytest.raises(InvalidTask, match="would be the GraphQL type ScaleValue"):
        add(registry, "other", work(Enum("ScaleValue", {"SMALL": "small"})))


@pytest.mark.parametrize("name", ["cancel_job", "retryJob"])
def test_task_named_like_a_mutation_of_jobcast_is_refused(name: str) -> None:
    with pytest.raises(InvalidTask, match=r"Jobcast has a mutation .* itself. Rename the task"):
        add(Registry(), name)


@pytest.mark.parametrize(
    "name", ["Job", "Node", "Query", "Cursor", "JobStatus", "PageInfo", "String", "File"]
)
def test_type_named_like_one_of_jobcast_is_refused(name: str) -> None:
    cls = make_dataclass(name, [("path", str)])

    with pytest.raises(InvalidTask, match=f"would be the GraphQL type {name}, which Jobcast has"):
        add(Registry(), "one", work(int, cls))


def test_same_function_again_replaces_itself_as_when_a_module_is_reloaded() -> None:
    registry = Registry()
    function = work(Video)
    add(registry, "one", function)
    first = registry.get("one")
    add(registry, "one", function)

    assert names(registry) == ["one"]
    assert registry.get("one") is not first


MODULE = """
from tasks import task

@task
async def {name}(number: int) -> int:
    return number
"""


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_modules_give_their_own_tasks_only(modules: Path) -> None:
    (modules / "loaded_a.py").write_text(MODULE.format(name="loaded_a_double"))
    (modules / "loaded_b.py").write_text(MODULE.format(name="loaded_b_double"))

    assert names(load_modules(["loaded_a"])) == ["loaded_a_double"]
    assert names(load_modules(["loaded_b"])) == ["loaded_b_double"]
    assert names(load_modules(["loaded_b", "loaded_a", "loaded_b"])) == [
        "loaded_b_double",
        "loaded_a_double",
    ]


def test_module_that_imports_tasks_gives_them_too(modules: Path) -> None:
    (modules / "loaded_c.py").write_text(MODULE.format(name="loaded_c_double"))
    (modules / "loaded_all.py").write_text("from loaded_c import loaded_c_double\n")

    assert names(load_modules(["loaded_all"])) == ["loaded_c_double"]


def test_module_without_tasks_is_refused(modules: Path) -> None:
    (modules / "loaded_none.py").write_text("x = 1\n")

    with pytest.raises(InvalidTask, match=r"Module loaded_none has no tasks. Decorate"):
        load_modules(["loaded_none"])

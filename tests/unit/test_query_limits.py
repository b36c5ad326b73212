"""Questions that are too large: refused before they cost anything, naming the limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jobcast.execution import Executor
from jobcast.graphql import build_schema
from jobcast.query_limits import QueryLimits
from jobcast.request_errors import RequestRefused
from jobcast.task_modules import load_tasks
from schema.generated import GeneratedTypes

LIMITS = QueryLimits(tokens=2000, depth=15, aliases=30)


@pytest.fixture(scope="module")
def runs() -> Executor:
    return Executor(build_schema(GeneratedTypes(load_tasks(("tasks.examples",)))), LIMITS)


def refusal(runs: Executor, query: str, variables: dict[str, Any] | None = None) -> str:
    with pytest.raises(RequestRefused) as refused:
        runs.prepare(query, None, variables)
    return str(refused.value.errors[0]["message"])


def spreads(count: int, width: int, on: str, inside: str = "") -> str:
    """Fragments of which each spreads those after it: their fields double again and again."""
    return "".join(
        f"fragment f{i} on {on} {{ {inside} "
        + " ".join(f"...f{j}" for j in range(i + 1, min(count, i + width)))
        + " __typename }"
        for i in range(count)
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ a" + "a" * 70_000 + " }", "70005 characters; 65536 are allowed"),
        ("{ viewer { " + "id " * 1500 + "} }", "1501 fields; 1000 are allowed"),
        ("{ jobs { edges { " + "node { id } " * 300 + "} } }", "over and over"),
        ("{ jobs { edges { node { " + "... on Job { id } " * 250 + "} } } }", "over and over"),
        ("{ " + " ".join(f"a{i}: viewer {{ id }}" for i in range(50)) + " }", "aliases"),
        ("{ " + "viewer { id } " * 30 + "}", "30 root fields"),
        ("{ viewer { id " + "@a " * 200 + "} }", "200 directives"),
        (" ".join(f"query q{i} {{ viewer {{ id }} }}" for i in range(60)), "60 operations"),
        ("{ ...f0 } " + spreads(50, 12, "Query"), "fields"),
        ("{ viewer { ...f0 } } " + spreads(60, 3, "Viewer", "id"), "fields; 1000 are allowed"),
        ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", "spreads itself"),
        ("{ " + "a { " * 40 + "b" + " }" * 41, "40 levels deep|41 levels deep"),
        ("{ jobs(first: " + "9" * 5000 + ") { edges { cursor } } }", "number of 5000 characters"),
        ("query($n: Float = -1." + "0" * 2000 + ") { __typename }", "number of 2003 characters"),
        ("{ jobs(first: 100) { " + "edges { node { id } } " * 20 + "} }", "fields answered"),
    ],
)
def test_a_question_that_is_too_large_is_refused_at_once(
    runs: Executor, query: str, words: str
) -> None:
    assert any(word in refusal(runs, query) for word in words.split("|")), refusal(runs, query)


def test_a_page_from_a_variable_counts_as_one_that_is_written_down(runs: Executor) -> None:
    many = "{ " + " ".join(
        f"j{i}: jobs(first: $n) {{ edges {{ node {{ id }} }} }}" for i in range(20)
    )
    query = f"query($n: Int) {many} }}"

    assert "fields answered" in refusal(runs, query, {"n": 100})
    runs.prepare(query, None, {"n": 1})


def test_variables_that_hold_too_much_are_refused_before_they_are_read(runs: Executor) -> None:
    query = "query($f: JobFilter) { jobs(filter: $f) { edges { cursor } } }"
    nested: dict[str, Any] = {}
    for _ in range(200):
        nested = {"a": nested}

    assert "more than 10000 values" in refusal(runs, query, {"f": {"tags": ["x"] * 100_000}})
    assert "nested more than 50" in refusal(runs, query, {"f": nested})


def test_a_page_that_a_variable_sizes_is_measured_for_each_value() -> None:
    runs = Executor(
        build_schema(GeneratedTypes(load_tasks(("tasks.examples",)))), replace(LIMITS, cost=100)
    )
    query = "query($n: Int) { jobs(first: $n) { edges { cursor } } }"

    runs.prepare(query, None, {"n": 2})

    assert "may have 201 fields" in refusal(runs, query, {"n": 100})


def test_what_a_queue_lists_counts_for_each_entry() -> None:
    runs = Executor(
        build_schema(GeneratedTypes(load_tasks(("tasks.examples",)))), replace(LIMITS, cost=100)
    )
    query = "{ queues { workers(first: 3) { runningJobs(first: 4) { id } } minutes { at } } }"

    runs.prepare(query, None, None)

    assert "may have 138 fields" in refusal(runs, query.replace("at }", "at started }"))
    by_default = refusal(runs, "{ queues { workers { id runningJobs { id } } } }")
    assert "may have 142 fields" in by_default


def test_introspection_can_be_refused() -> None:
    schema = build_schema(GeneratedTypes(load_tasks(("tasks.examples",))))
    closed = Executor(schema, LIMITS, introspection=False)

    assert "introspection" in refusal(closed, "{ __schema { types { name } } }")
    closed.prepare("{ __typename }", None, None)

"""How long one GraphQL question can keep a process from everyone else.

Each question is one that is made to be expensive, within the limits or just beyond them; measured
is what happens between two turns of the event loop: parsing, measuring, validation, coercion.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson

from jobcast.execution import Executor
from jobcast.graphql import build_schema
from jobcast.limit_settings import LimitSettings
from jobcast.query_limits import QueryLimits
from jobcast.request_errors import RequestRefused
from jobcast.task_modules import load_tasks
from schema.generated import GeneratedTypes

RUNS = 7
BODY_BYTES = 256 * 1024  # JOBCAST_MESSAGE_BYTES
JOB = "id status task owner tags attempt maxAttempts enqueuedAt startedAt finishedAt"


def questions() -> Iterator[tuple[str, str, Any]]:
    """Name, document and variables of each."""
    yield "a usual one", f"{{ jobs(first: 50) {{ edges {{ node {{ {JOB} }} }} }} }}", {}
    yield "1,990 tokens of one field", "{ viewer { " + "id " * 990 + "} }", {}
    yield "pairs of one name", "{ jobs { edges { " + "node { id } " * 62 + "} } }", {}
    fragments = " ".join(f"...f{i}" for i in range(60))
    bodies = " ".join(f"fragment f{i} on Job {{ {JOB} }}" for i in range(60))
    yield "60 fragments", f"{{ jobs {{ edges {{ node {{ {fragments} }} }} }} }} {bodies}", {}
    wide = " ".join(f"...g{i}" for i in range(30))
    nested = (
        " ".join(f"fragment g{i} on Job {{ ...g{i + 1} id }}" for i in range(29))
        + " fragment g29 on Job { id }"
    )
    yield "fragments in a chain", f"{{ jobs {{ edges {{ node {{ {wide} }} }} }} }} {nested}", {}
    yield "unknown fields", "{ " + " ".join(f"viewr{i}" for i in range(900)) + " }", {}
    yield (
        "unknown arguments",
        "{ jobs(" + " ".join(f"frst{i}: 1" for i in range(600)) + ") { edges { cursor } } }",
        {},
    )
    yield (
        "variables defined",
        "query(" + " ".join(f"$v{i}: Int" for i in range(480)) + ") { viewer { id } }",
        {},
    )
    yield "a long name", "{ " + "a" * 65_000 + " }", {}
    yield "a long text", '{ job(id: "' + "a" * 65_000 + '") { id } }', {}
    yield "brackets", "{ a(b: " + "[" * 1900, {}
    yield "braces", "{ a " * 990, {}
    listed = "query($t: [String!]) { jobs(filter: {tags: $t}) { edges { cursor } } }"
    yield "9,990 values", listed, {"t": ["a"] * 9990}
    yield "9,990 values that are none", listed, {"t": [{}] * 4990}
    yield "values nested", listed, {"t": nest(49)}
    yield "60,000 values", listed, {"t": ["a"] * 60_000}


def nest(levels: int) -> Any:
    """A list in a list in a list …"""
    value: Any = "a"
    for _ in range(levels):
        value = [value]
    return value


def main() -> None:
    """Print a table: median and worst milliseconds of each."""
    executor = Executor(build_schema(GeneratedTypes(load_tasks(("tasks.examples",)))), limits())
    gc.collect()
    gc.freeze()  # as the API process does
    print("| question | median ms | worst ms |\n|---|---|---|")
    worst = 0.0
    for name, query, variables in questions():
        body = orjson.dumps({"query": query, "variables": variables})
        times = []
        for run in range(RUNS):
            # A comment makes each text new, so that nothing is remembered.
            text = body.replace(b'{"query":"', b'{"query":"#%d\\n' % run, 1)
            started = time.perf_counter()
            parsed = orjson.loads(text)
            with suppress(RequestRefused):
                executor.prepare(parsed["query"], None, parsed["variables"])
            times.append(1000 * (time.perf_counter() - started))
        worst = max(worst, *times)
        print(f"| {name} | {statistics.median(times):.1f} | {max(times):.1f} |")
    print(f"| **worst** | | {worst:.1f} |")


def limits() -> QueryLimits:
    """The defaults."""
    fields = LimitSettings.model_fields
    names = ("query_tokens", "query_depth", "query_aliases", "query_fields", "query_cost")
    return QueryLimits(*(fields[name].default for name in names))


if __name__ == "__main__":
    main()

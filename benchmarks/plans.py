"""What an operation takes of a core: by graphql-core's executor, and compiled.

No server and no Valkey: the queue accepts whatever it is given. Figures are µs of CPU time, medians
of rounds in which both take turns. Run it by `python -m benchmarks.plans`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from inspect import isawaitable
from statistics import median
from types import SimpleNamespace
from typing import Any, cast

from graphql import GraphQLSchema, execute, parse
from graphql.execution import Executor, execute_subscription_event
from graphql.execution.values import VariableValues

from jobcast.core_executor import MaskingExecutor
from jobcast.graphql import build_schema
from jobcast.plans import Plan, compile_operation
from jobcast.task_modules import load_tasks
from resolvers.context import Context, Info, Services, Viewer
from resolvers.mutations import enqueue as resolve_enqueue
from schema.generated import GeneratedTypes
from tasks.events import EventType
from tasks.records import Progress
from tasks.status import JobStatus
from tests.support.typed_jobs import event_of, record_of

ROUNDS = 9
RUNS = 500  # a round; of the executor, some 50 ms

EVENT = """subscription($id: ID!) { job(id: $id) {
    cursor offset at job { id status attempt progress { fraction message } }
} }"""
ENQUEUE = """mutation($input: AddInput!) { add(input: $input) {
    __typename
    ... on AddAccepted { deduplicated job { id cursor status } }
    ... on Problem { message }
} }"""
INPUT = {"input": {"a": 1, "b": 5}}


class AcceptingQueue:
    """Takes every job, and stores none."""

    async def enqueue(self, definition: Any, _arguments: bytes, **_options: Any) -> Any:
        record = record_of(definition.name, status=JobStatus.QUEUED, started_at=None)
        return SimpleNamespace(record=record, deduplicated=False)


def context_of(types: GeneratedTypes) -> Context:
    services: dict[str, Any] = dict.fromkeys(Services.__dataclass_fields__)
    services |= {
        "registry": types.registry,
        "types": types,
        "jobs": AcceptingQueue(),
        "link_lifetime": timedelta(days=1),
        "input_bytes": 100_000,
    }
    return Context(Viewer("ann"), Services(**services))


def plan_of(schema: GraphQLSchema, text: str, variables: Any) -> tuple[Plan, VariableValues]:
    plan = compile_operation(schema, parse(text), None, MaskingExecutor, compiled_after=0)
    return plan, cast(VariableValues, plan.coerce(variables))


async def compare(name: str, *ways: Callable[[], Any]) -> None:
    took: list[list[float]] = [[] for _ in ways]
    for way in ways:  # warm
        await finished(way())
    for _ in range(ROUNDS):
        for way, times in zip(ways, took, strict=True):
            began = time.process_time()
            for _ in range(RUNS):
                await finished(way())
            times.append((time.process_time() - began) / RUNS * 1e6)
    print(f"{name:32}" + "".join(f"{median(times):10.1f}" for times in took))


async def finished(result: Any | Awaitable[Any]) -> Any:
    return await result if isawaitable(result) else result


async def main() -> None:
    types = GeneratedTypes(load_tasks(("tests.support.sample_tasks", "tasks.examples")))
    schema = build_schema(types)._schema
    context = context_of(types)
    print(f"{'µs of CPU':32}{'executor':>10}{'compiled':>10}{'resolver':>10}")

    record = record_of("count", status=JobStatus.RUNNING, progress=Progress(0.5, "half"))
    event = types.to_event(event_of(EventType.PROGRESSED, record))
    plan, coerced = plan_of(schema, EVENT, {"id": record.id})
    executor = cast(
        Executor[Any],
        MaskingExecutor.build(schema, parse(EVENT), None, context, {"id": record.id}),
    )
    await compare(
        "an event, 8 values",
        lambda: execute_subscription_event(executor.build_per_event_executor(event)),
        lambda: plan.event(event, context, coerced),
    )

    document = parse(ENQUEUE)
    enqueue, _ = plan_of(schema, ENQUEUE, INPUT)
    definition = types.registry.get("add")
    info = cast(Info, SimpleNamespace(context=context))
    await compare(
        "an enqueue, no Valkey",
        lambda: execute(
            schema,
            document,
            context_value=context,
            variable_values=INPUT,
            executor_class=MaskingExecutor,
        ),
        lambda: enqueue.execute(context, cast(VariableValues, enqueue.coerce(INPUT))),
        lambda: resolve_enqueue(info, definition, {"a": 1, "b": 5}),
    )


if __name__ == "__main__":
    asyncio.run(main())

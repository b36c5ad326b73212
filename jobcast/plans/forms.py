"""`Form`: an operation compiled for one choice of what is skipped and included."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Undefined,
)
from graphql.execution.values import VariableValues

from jobcast.plans.arguments import are_sure
from jobcast.plans.errors import Unsupported
from jobcast.plans.objects import Project
from jobcast.plans.projection import TYPENAME, Projections
from jobcast.plans.running import Run
from jobcast.plans.selections import Selections, condition_variables

# Three variables that skip and include make eight forms; one that has more is not compiled in
# all of them.
MOST_FORMS = 8


class Form:
    """Runs the good path of an operation."""

    __slots__ = ("_steps",)

    def __init__(self, steps: list[Project]) -> None:
        """`steps`: one after the other; fields of one step run at the same time."""
        self._steps = steps

    def run(self, source: Any, run: Run) -> dict[str, Any] | Awaitable[dict[str, Any]]:
        """The response's data.

        Raises:
            Exception: Whatever a resolver raised, or compiled code met; also when awaited.
        """
        if len(self._steps) == 1:
            data: dict[str, Any] = self._steps[0](source, run, None)
            return self._settled(data, run) if run.waiting else data
        return self._one_by_one(source, run)

    @staticmethod
    async def _settled(data: dict[str, Any], run: Run) -> dict[str, Any]:
        await run.settle()
        return data

    async def _one_by_one(self, source: Any, run: Run) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for step in self._steps:
            part = step(source, run, None)
            if run.waiting:
                await run.settle()
            data |= part
        return data


class Forms:
    """The forms of one operation, each compiled when it is first asked for."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        never_null: frozenset[str],
    ) -> None:
        """`never_null`: variables that never are."""
        self._schema = schema
        self._document = document
        self._operation = operation
        self._never_null = never_null
        self._known: dict[tuple[Any, ...], Form | None] = {}
        try:
            self._conditions: tuple[str, ...] | None = condition_variables(document, operation)
        except Unsupported:
            self._conditions = None

    def of(self, variables: VariableValues) -> Form | None:
        """The form for these values; None: it is the executor's."""
        if self._conditions is None:
            return None
        coerced = variables.coerced
        key = tuple([coerced.get(name, Undefined) for name in self._conditions])
        try:
            return self._known[key]
        except KeyError:
            if len(self._known) >= MOST_FORMS:
                return None
        form = self._known[key] = self._compile(variables)
        return form

    def _compile(self, variables: VariableValues) -> Form | None:
        operation = self._operation
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            return None
        selections = Selections(self._schema, self._document, operation, variables)
        try:
            places = selections.of_root(root)
            for place in places:
                if place.name.startswith("__") and place.name != TYPENAME:
                    return None  # introspection
                if operation.operation is OperationType.SUBSCRIPTION and not are_sure(
                    place, self._never_null
                ):
                    return None
            projections = Projections(self._schema, selections)
            steps = (
                [[place] for place in places]
                if operation.operation is OperationType.MUTATION
                else [places]
            )
            return Form([projections.of_root(step, root) for step in steps])
        except (Unsupported, GraphQLError):
            return None

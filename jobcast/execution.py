"""`Executor`: runs an operation, for every transport alike."""

from __future__ import annotations

from datetime import timedelta
from inspect import isawaitable
from typing import Any, NamedTuple

import strawberry
from graphql import DocumentNode, ExecutionResult, OperationType
from graphql.execution.values import VariableValues

from broadcaster.patience import Patience
from jobcast.documents import Documents
from jobcast.plans import Plan
from jobcast.query_cost import exceeds_values
from jobcast.query_limits import QueryLimits
from jobcast.read_only import check_may_change
from jobcast.request_errors import RequestRefused, malformed, visible_error
from resolvers.context import Context
from schema.error_codes import ErrorCode
from tasks.deadline import one_request


class Prepared(NamedTuple):
    """An operation that may run: parsed, within the limits and valid, as are its variables."""

    document: DocumentNode
    operation_type: OperationType
    operation_name: str | None
    variables: dict[str, Any]  # as the client gave them
    plan: Plan
    coerced: VariableValues  # for `plan`


class Executor:
    """Prepares and runs operations on one schema."""

    def __init__(
        self,
        schema: strawberry.Schema,
        limits: QueryLimits,
        *,
        timeout: timedelta = timedelta(seconds=10),
        introspection: bool = True,
    ) -> None:
        # Strawberry's own `execute` parses and validates each text anew, and has no way to be
        # told that it was done.
        self._documents = Documents(
            schema._schema,  # noqa: SLF001
            limits,
            introspection=introspection,
        )
        self._limits = limits
        self._patience = Patience(timeout)

    def prepare(
        self, query: str, operation_name: str | None, variables: dict[str, Any] | None
    ) -> Prepared:
        """Check everything that can be checked before running.

        Raises:
            RequestRefused: It must not or cannot run.
        """
        operation = self._documents.operation(query, operation_name)
        given = variables or {}
        if too_large := exceeds_values(given):
            raise RequestRefused.because(too_large, ErrorCode.LIMIT_EXCEEDED)
        coerced = operation.plan.coerce(given)
        if isinstance(coerced, list):
            raise RequestRefused([malformed(error) for error in coerced])
        if (cost := operation.cost(given)) > self._limits.cost:
            raise RequestRefused.because(
                f"The operation may have {cost} fields answered; {self._limits.cost} are allowed. "
                "Ask for a smaller page, or for less of each entry.",
                ErrorCode.LIMIT_EXCEEDED,
            )
        return Prepared(
            operation.document,
            operation.node.operation,
            operation_name,
            given,
            operation.plan,
            coerced,
        )

    async def execute(self, prepared: Prepared, context: Context) -> dict[str, Any]:
        """Run a query or a mutation; the response.

        Raises:
            RequestRefused: It took too long, and a mutation may have had its effect; or it is a
                mutation, and the viewer may watch only.
        """
        if prepared.operation_type is OperationType.MUTATION:
            check_may_change(context.viewer)
        try:
            with one_request():
                result = prepared.plan.execute(context, prepared.coerced)
                if isawaitable(result):
                    with self._patience.limit():
                        result = await result
        except TimeoutError:
            raise RequestRefused.because(
                f"The operation took longer than {self._patience.seconds:g} s and was given up.",
                ErrorCode.TIMEOUT,
            ) from None
        return response(result)


def response(result: ExecutionResult) -> dict[str, Any]:
    """The response, with faults masked."""
    if not result.errors:
        return {"data": result.data}
    return {"data": result.data, "errors": [visible_error(error) for error in result.errors]}

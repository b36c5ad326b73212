"""`Executor`: runs an operation, for every transport alike."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from graphql.execution import get_variable_values

from jobcast.core_executor import MaskingExecutor
from jobcast.plans import compile_operation
from jobcast.query_cost import exceeds_values, operation_cost
from jobcast.query_limits import QueryLimits, exceeded_limit
from jobcast.read_only import check_may_change
from jobcast.request_errors import RequestRefused, malformed, visible_error
from resolvers.context import Context
from schema.error_codes import ErrorCode
from schema.quoting import quoted
from tasks.deadline import one_request

# Applications have some hundred distinct documents; one takes about 50 KiB once parsed.
CACHED_DOCUMENTS = 256
# A longer text is parsed each time: a cache of such would hold megabytes.
LONGEST_CACHED = 16 * 1024  # characters

# `extensions.code` of whatever is refused for its size; the message names the limit.
LIMIT_EXCEEDED = ErrorCode.LIMIT_EXCEEDED

# More than this many would only help an attacker to be told of them.
MOST_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may run: parsed, within the limits and valid, as are its variables."""

    document: DocumentNode
    operation_type: OperationType
    operation_name: str | None
    variables: dict[str, Any]
    plan: Any = None
    coerced: Any = None


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
        self._schema: GraphQLSchema = schema._schema  # noqa: SLF001
        self._limits = limits
        self._timeout_seconds = timeout.total_seconds()
        self._rules = (
            specified_rules
            if introspection
            else (*specified_rules, NoSchemaIntrospectionCustomRule)
        )
        self._plans: Any = {}
        self._documents: OrderedDict[str, DocumentNode | RequestRefused] = OrderedDict()

    def prepare(
        self, query: str, operation_name: str | None, variables: dict[str, Any] | None
    ) -> Prepared:
        """Check everything that can be checked before running.

        Raises:
            RequestRefused: It must not or cannot run.
        """
        document = self._document(query)
        operation = get_operation_ast(document, operation_name)
        if operation is None:
            raise RequestRefused.because(_which_operation(document, operation_name))
        if too_large := exceeds_values(variables or {}):
            raise RequestRefused.because(too_large, LIMIT_EXCEEDED)
        coerced = get_variable_values(
            self._schema, operation.variable_definitions or (), variables or {}, MOST_ERRORS
        )
        if isinstance(coerced, list):
            raise RequestRefused([malformed(error) for error in coerced])
        if operation.operation is OperationType.SUBSCRIPTION:
            cost = 0  # it is answered event by event
        else:
            cost = operation_cost(document, operation, variables or {})
        if cost > self._limits.cost:
            raise RequestRefused.because(
                f"The operation may have {cost} fields answered; {self._limits.cost} are allowed. "
                "Ask for a smaller page, or for less of each entry.",
                LIMIT_EXCEEDED,
            )
        key = (query, operation_name)
        if key not in self._plans:
            self._plans[key] = compile_operation(
                self._schema, document, operation_name, MaskingExecutor
            )
        return Prepared(
            document,
            operation.operation,
            operation_name,
            variables or {},
            self._plans[key],
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
                async with asyncio.timeout(self._timeout_seconds):
                    result = execute(
                        self._schema,
                        prepared.document,
                        context_value=context,
                        variable_values=prepared.variables,
                        operation_name=prepared.operation_name,
                        executor_class=MaskingExecutor,
                    )
                    if isawaitable(result):
                        result = await result
        except TimeoutError:
            raise RequestRefused.because(
                f"The operation took longer than {self._timeout_seconds:g} s and was given up.",
                ErrorCode.TIMEOUT,
            ) from None
        return response(result)

    def _document(self, query: str) -> DocumentNode:
        """The parsed document; refusals are remembered as well, for they cost as much."""
        known = self._documents.get(query)
        if known is None:
            try:
                known = self._checked(query)
            except RequestRefused as refused:
                known = RequestRefused(refused.errors)  # without a traceback, which holds much
            if len(query) <= LONGEST_CACHED:
                self._documents[query] = known
                if len(self._documents) > CACHED_DOCUMENTS:
                    self._documents.popitem(last=False)
        else:
            self._documents.move_to_end(query)
        if isinstance(known, RequestRefused):
            raise RequestRefused(known.errors)
        return known

    def _checked(self, query: str) -> DocumentNode:
        if len(query) > self._limits.characters:
            raise RequestRefused.because(
                f"The query has {len(query)} characters; {self._limits.characters} are allowed. "
                "Put long values into variables.",
                LIMIT_EXCEEDED,
            )
        try:
            document = parse(query, max_tokens=self._limits.tokens)
            too_large = exceeded_limit(document, self._limits)
        except GraphQLError as exc:
            raise RequestRefused([malformed(exc)]) from exc
        except RecursionError as exc:
            raise RequestRefused.because("The query is nested too deep.", LIMIT_EXCEEDED) from exc
        if too_large:
            raise RequestRefused.because(too_large, LIMIT_EXCEEDED)
        if errors := validate(self._schema, document, self._rules, max_errors=MOST_ERRORS):
            raise RequestRefused([malformed(error) for error in errors])
        return document


def response(result: ExecutionResult) -> dict[str, Any]:
    """The response, with faults masked."""
    if not result.errors:
        return {"data": result.data}
    return {"data": result.data, "errors": [visible_error(error) for error in result.errors]}


def _which_operation(document: DocumentNode, name: str | None) -> str:
    names = [
        quoted(definition.name.value) if definition.name else "(unnamed)"
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    if not names:
        return "The document has no operation."
    if name is not None:
        return f"The document has no operation {quoted(name)}, but {', '.join(names)}."
    return f"Say with operationName which one to run: {', '.join(names)}."

"""`Documents`: operations that may run, checked and compiled once and kept for the next time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from jobcast.core_executor import MaskingExecutor
from jobcast.plans import Plan, compile_operation
from jobcast.query_cost import fixed_cost, operation_cost
from jobcast.query_limits import QueryLimits, exceeded_limit
from jobcast.request_errors import RequestRefused, malformed
from schema.error_codes import ErrorCode
from schema.quoting import quoted

# Applications have some hundred distinct documents; one takes about 50 KiB once parsed.
CACHED_DOCUMENTS = 256
# A longer text is parsed each time: a cache of such would hold megabytes.
LONGEST_CACHED = 16 * 1024  # characters

# More than this many would only help an attacker to be told of them.
MOST_ERRORS = 20


@dataclass(frozen=True, slots=True)
class CheckedOperation:
    """One operation of a document that is within the limits and valid."""

    document: DocumentNode
    node: OperationDefinitionNode
    plan: Plan
    fixed_cost: int | None  # None: it depends on variables

    def cost(self, variables: Mapping[str, Any]) -> int:
        """See `operation_cost`."""
        if self.fixed_cost is not None:
            return self.fixed_cost
        return operation_cost(self.document, self.node, variables)


@dataclass(frozen=True, slots=True)
class _Document:
    node: DocumentNode
    operations: dict[str | None, CheckedOperation] = field(default_factory=dict)


class Documents:
    """The operations of one schema."""

    def __init__(self, schema: GraphQLSchema, limits: QueryLimits, *, introspection: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._rules = (
            specified_rules
            if introspection
            else (*specified_rules, NoSchemaIntrospectionCustomRule)
        )
        self._documents: OrderedDict[str, _Document | RequestRefused] = OrderedDict()

    def operation(self, query: str, name: str | None) -> CheckedOperation:
        """The operation of that name; without one, the only operation.

        Raises:
            RequestRefused: It must not or cannot run.
        """
        document = self._document(query)
        known = document.operations.get(name)
        if known is None:
            known = document.operations[name] = self._operation(document.node, name)
        return known

    def _operation(self, document: DocumentNode, name: str | None) -> CheckedOperation:
        node = get_operation_ast(document, name)
        if node is None:
            raise RequestRefused.because(_which_operation(document, name))
        return CheckedOperation(
            document,
            node,
            compile_operation(
                self._schema, document, name, MaskingExecutor, most_errors=MOST_ERRORS
            ),
            # A subscription is answered event by event.
            0 if node.operation is OperationType.SUBSCRIPTION else fixed_cost(document, node),
        )

    def _document(self, query: str) -> _Document:
        """The parsed document; refusals are remembered as well, for they cost as much."""
        known = self._documents.get(query)
        if known is None:
            try:
                known = _Document(self._checked(query))
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
                ErrorCode.LIMIT_EXCEEDED,
            )
        try:
            document = parse(query, max_tokens=self._limits.tokens)
            too_large = exceeded_limit(document, self._limits)
        except GraphQLError as exc:
            raise RequestRefused([malformed(exc)]) from exc
        except RecursionError as exc:
            raise RequestRefused.because(
                "The query is nested too deep.", ErrorCode.LIMIT_EXCEEDED
            ) from exc
        if too_large:
            raise RequestRefused.because(too_large, ErrorCode.LIMIT_EXCEEDED)
        if errors := validate(self._schema, document, self._rules, max_errors=MOST_ERRORS):
            raise RequestRefused([malformed(error) for error in errors])
        return document


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

"""`MaskingExecutor`: graphql-core's executor, as the API needs it."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError, GraphQLLeafType
from graphql.execution import Executor
from graphql.pyutils import RefMap
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext


class _ValueUnfit(Exception):
    """A resolver's value is not one of the field's scalar or enum: a fault of ours."""


class MaskingExecutor(StrawberryGraphQLCoreExecutionContext):
    """As Strawberry's, but without two faults of it."""

    @staticmethod
    def complete_leaf_value(return_type: GraphQLLeafType, result: Any) -> Any:
        """As graphql-core's, but its errors, which quote the value, are faults like any other.

        graphql-core raises them in the form of errors that are meant for clients.
        """
        try:
            return StrawberryGraphQLCoreExecutionContext.complete_leaf_value(return_type, result)
        except GraphQLError as exc:
            raise _ValueUnfit(str(exc)) from exc

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """As graphql-core's, but with memos of its own.

        graphql-core 3.3 shares them between all events of a subscription and never empties
        them, which keeps about 1.9 kB for each event.
        """
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}  # noqa: SLF001
        executor._stream_usages = RefMap()  # noqa: SLF001
        return executor

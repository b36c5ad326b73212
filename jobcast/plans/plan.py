"""`Plan`: one operation of a document, ready to run as often as it is asked."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_operation_ast,
)
from graphql.execution import (
    Executor,
    create_source_event_stream,
    execute,
    execute_subscription_event,
)
from graphql.execution.values import VariableValues

from jobcast.plans.coercion import VariableCoercion
from jobcast.plans.forms import Form, Forms
from jobcast.plans.running import Outcome, Run

# Most documents that are not an application's own never come again. Compiling one takes about half
# as long as to parse and validate it.
COMPILED_AFTER = 1  # runs

Result = ExecutionResult | Awaitable[ExecutionResult]


def compile_operation(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    executor_class: type[Executor[Any]],
    *,
    most_errors: int = 50,
    compiled_after: int = COMPILED_AFTER,
) -> Plan:
    """The plan of one operation.

    Args:
        schema: What the document asks; Strawberry's or graphql-core's own.
        document: Valid for the schema: nothing here validates it again.
        operation_name: Which of its operations; None: the only one.
        executor_class: Answers what compiled code does not, and says what resolvers get as `info`.
        most_errors: How many errors of variables are told at most.
        compiled_after: How many runs the executor answers before anything is compiled.

    Raises:
        ValueError: The document has no such operation, or it is not clear which one is meant.
    """
    operation = get_operation_ast(document, operation_name)
    if operation is None:
        raise ValueError(f"The document has no operation {operation_name!r}.")
    return Plan(schema, document, operation, executor_class, most_errors, compiled_after)


class Plan:
    """Runs one operation, with answers equal to those of graphql-core's executor.

    It is made by `compile_operation`. Compiling happens when it is run again, part by part, for the
    types that it meets. What it keeps is bounded (`MOST_FORMS`, `MOST_FIELDS`).
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        executor_class: type[Executor[Any]],
        most_errors: int,
        compiled_after: int,
    ) -> None:
        self.operation = operation
        self._schema = schema
        self._document = document
        self._name = operation.name.value if operation.name else None
        self._executor_class = executor_class
        self._coercion = VariableCoercion(schema, operation, most_errors)
        self._forms = Forms(schema, document, operation, self._coercion.never_null)
        self._runs_left = compiled_after  # before it is compiled
        self._template: Executor[Any] | None = None

    def coerce(self, variables: Mapping[str, Any] | None) -> VariableValues | list[GraphQLError]:
        """The values of the variables as resolvers get them, or what is wrong with them."""
        return self._coercion(variables or {})

    def execute(self, context: Any, variables: VariableValues) -> Result:
        """Run a query or a mutation, with what `coerce` gave.

        The result comes at once if no resolver is asynchronous. What a resolver raises is an entry
        of its `errors`; cancelling cancels the resolvers.
        """
        run = self._run(None, context, variables)
        form = self._form(variables)
        if form is None:
            return self._executed(run)
        return self._answer(form, run, self._executed)

    def source(
        self, context: Any, variables: VariableValues
    ) -> AsyncIterable[Any] | ExecutionResult | Awaitable[AsyncIterable[Any] | ExecutionResult]:
        """The events of a subscription, to be given to `event` one by one.

        Or a result with only `errors`, when it cannot begin.
        """
        executor = self._executor(context, variables)
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        return create_source_event_stream(executor)

    def event(self, payload: Any, context: Any, variables: VariableValues) -> Result:
        """The response to one event of a subscription.

        It comes at once if no resolver of a selected field is asynchronous.

        Args:
            payload: The event, as `source` gave it.
            context: What resolvers get as `info.context`.
            variables: What `coerce` gave.
        """
        run = self._run(payload, context, variables)
        form = self._form(variables)
        if form is None:
            return self._executed_event(run)
        return self._answer(form, run, self._executed_event)

    def _form(self, variables: VariableValues) -> Form | None:
        if self._runs_left > 0:
            self._runs_left -= 1
            return None
        return self._forms.of(variables)

    def _run(self, root_value: Any, context: Any, variables: VariableValues) -> Run:
        return Run(self._stand_in, context, variables, root_value, [], {})

    @staticmethod
    def _answer(form: Form, run: Run, executed: Callable[[Run], Result]) -> Result:
        try:
            data = form.run(run.root_value, run)
        except Exception:  # noqa: BLE001 - the executor meets it again, and says what it is
            run.abandon()
            return executed(run)
        if isinstance(data, dict):
            return ExecutionResult(data)
        return _awaited(data, run, executed)

    def _executed(self, run: Run) -> Result:
        """By graphql-core's executor, but for what root fields gave already."""
        return execute(
            self._schema,
            self._document,
            context_value=run.context,
            variable_values=_given(run.variables),
            operation_name=self._name,
            middleware=_replaying(run.kept),
            executor_class=self._executor_class,
        )

    def _executed_event(self, run: Run) -> Result:
        executor = self._executor(run.context, run.variables, _replaying(run.kept))
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        return execute_subscription_event(executor.build_per_event_executor(run.root_value))

    def _executor(
        self, context: Any, variables: VariableValues, middleware: tuple[Any, ...] | None = None
    ) -> Executor[Any] | list[GraphQLError]:
        return self._executor_class.build(
            self._schema,
            self._document,
            context_value=context,
            raw_variable_values=_given(variables),
            operation_name=self._name,
            middleware=middleware,
        )

    def _stand_in(self, run: Run) -> Executor[Any]:
        """An executor that knows of the run what its `build_resolve_info` asks."""
        template = self._template
        if template is None:
            built = self._executor(None, run.variables)
            if isinstance(built, list):
                raise built[0]
            template = self._template = built
            template.variable_values = VariableValues({}, {})  # else the first run's would be kept
        # As `copy` would, in a fifth of the time.
        executor = self._executor_class.__new__(self._executor_class)
        executor.__dict__.update(template.__dict__)
        executor.context_value = run.context
        executor.variable_values = run.variables
        executor.root_value = run.root_value
        return executor


async def _awaited(
    data: Awaitable[dict[str, Any]], run: Run, executed: Callable[[Run], Result]
) -> ExecutionResult:
    try:
        return ExecutionResult(await data)
    except Exception:  # noqa: BLE001 - the executor meets it again, and says what it is
        run.abandon()
    result = executed(run)
    return await result if isawaitable(result) else result


def _given(variables: VariableValues) -> dict[str, Any]:
    """The variables as the client gave them."""
    return {
        name: source.value
        for name, source in variables.sources.items()
        if source.value is not Undefined
    }


def _replaying(kept: Mapping[str, Outcome]) -> tuple[Any, ...] | None:
    """A middleware by which root fields give again what they gave."""
    if not kept:
        return None

    def replay(resolve: Callable[..., Any], source: Any, info: Any, **arguments: Any) -> Any:
        outcome = kept.get(info.path.key) if info.path.prev is None else None
        return resolve(source, info, **arguments) if outcome is None else outcome.again()

    return (replay,)

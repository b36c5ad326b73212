"""`Question`: what subscribers ask of each event, kept once for all who ask the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import orjson
from graphql import ExecutionResult, GraphQLSchema
from graphql.execution.values import VariableValues

from broadcaster.events import Delivery
from jobcast.execution import Prepared
from jobcast.live.analysis import Analysis, analyse
from jobcast.plans import Plan
from resolvers.context import Context, Viewer
from resolvers.subscriptions import to_event

# Asks where it makes no difference who does.
_NOBODY = Viewer("")


class Question:
    """One operation, with the variables and the viewer that its answers depend on."""

    __slots__ = ("__weakref__", "_context", "_plan", "_variables")

    def __init__(self, plan: Plan, variables: VariableValues, context: Context) -> None:
        self._plan = plan
        self._variables = variables
        self._context = context

    def answer(self, delivery: Delivery) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Execute the operation for this event."""
        event = to_event(self._context.services.types, delivery)
        return self._plan.event(event, self._context, self._variables)

    def answer_value(self, value: Any) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Execute the operation for what its subscription gave, which is no event of a job."""
        return self._plan.event(value, self._context, self._variables)


class Questions:
    """All that is asked at present, each kept for as long as someone asks it."""

    def __init__(self, schema: GraphQLSchema, *, shared: bool = True) -> None:
        """`shared`: whether subscribers who ask the same have one question between them."""
        self._schema = schema
        self._shared = shared
        self._known: WeakValueDictionary[Any, Question] = WeakValueDictionary()
        self._analyses: WeakKeyDictionary[Plan, Analysis] = WeakKeyDictionary()

    def analysis(self, prepared: Prepared) -> Analysis:
        """What is known of a subscription."""
        plan = prepared.plan
        known = self._analyses.get(plan)
        if known is None:
            known = analyse(self._schema, prepared.document, plan.operation)
            self._analyses[plan] = known
        return known

    def of(self, prepared: Prepared, context: Context) -> Question:
        """The question that a subscription asks."""
        analysis = self.analysis(prepared)
        asker = context.viewer if analysis.depends_on_viewer else _NOBODY

        def made() -> Question:
            return Question(prepared.plan, prepared.coerced, Context(asker, context.services))

        if not self._shared:
            return made()
        variables = {
            name: value for name, value in prepared.variables.items() if name in analysis.variables
        }
        try:
            text = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS) if variables else b""
        except orjson.JSONEncodeError:
            return made()  # a number that JSON's readers would not all read alike
        return self._intern((prepared.plan, text, asker.id, asker.admin, asker.link), made)

    def _intern(self, key: Any, make: Callable[[], Question]) -> Question:
        question = self._known.get(key)
        if question is None:
            question = self._known[key] = make()
        return question

"""`LiveSubscriptions`: begins subscriptions, for every transport alike."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema

from broadcaster.errors import BroadcasterError
from jobcast.execution import Prepared
from jobcast.live.job_follower import JobFollower, Owner
from jobcast.live.question import Questions
from jobcast.live.renderer import Renderer
from jobcast.operation_rate import OperationRates
from jobcast.request_errors import RequestRefused, masked_fault, visible_error
from jobcast.websocket.outlet import Outlet, SharedPayload
from resolvers.context import Context
from resolvers.subscriptions import subscription_error, watched_job
from schema.events import JobEvent


class LiveSubscriptions:
    """Answers events; subscribers who ask the same of one share the answer."""

    def __init__(
        self, schema: GraphQLSchema, rates: OperationRates, *, shared: bool = True
    ) -> None:
        """Charge each viewer's budget in `rates` for the executions that it causes."""
        self._rates = rates
        self._questions = Questions(schema, shared=shared)
        self.renderer = Renderer()

    async def follow(
        self, id: str, prepared: Prepared, context: Context, *, outlet: Outlet, owner: Owner
    ) -> JobFollower | None:
        """Send what a subscription to one job asks for; None if it is another subscription.

        Args:
            id: The operation's, towards the client.
            prepared: The operation.
            context: Who asks.
            outlet: Where the answers go.
            owner: Told when nothing more will come, and why, once it has begun.

        Raises:
            RequestRefused: It could not begin.
        """
        analysis = self._questions.analysis(prepared)
        if analysis.root.name.value != "job" or analysis.root.directives:
            return None
        try:
            arguments = analysis.arguments(prepared.coerced)
            channel, position, admit = await watched_job(context, **arguments)
            follower = JobFollower(
                id,
                self._questions.of(prepared, context),
                renderer=self.renderer,
                budget=self._rates.budget(context.viewer.id),
                outlet=outlet,
                owner=owner,
            )
            follower.subscription = await context.services.broadcaster.follow(
                channel, position, follower, admit
            )
        except Exception as exc:
            raise refusal(exc) from exc
        return follower

    async def stream(
        self, prepared: Prepared, context: Context
    ) -> AsyncGenerator[tuple[SharedPayload, str | None], None]:
        """Run any subscription: an answer for each event, and its cursor if the API takes one.

        Closing the generator ends the subscription at once.

        Raises:
            RequestRefused: It could not begin, or cannot go on.
        """
        question = self._questions.of(prepared, context)
        budget = self._rates.budget(context.viewer.id)
        async with aclosing(await self._source(prepared, context)) as events:
            while True:
                try:
                    event = await anext(events)
                    cursor: str | None = None
                    if isinstance(event, JobEvent):
                        assert event.delivery is not None  # noqa: S101 - made by our resolvers
                        payload = await self.renderer.whenever(question, event.delivery, budget)
                        cursor = event.cursor
                    else:
                        payload = await self.renderer.unshared(question, event, budget)
                except StopAsyncIteration:
                    return
                except Exception as exc:
                    raise refusal(exc) from exc
                yield payload, cursor

    async def _source(self, prepared: Prepared, context: Context) -> Any:
        source: Any = prepared.plan.source(context, prepared.coerced)
        if isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            raise RequestRefused([visible_error(error) for error in source.errors or ()])
        return source


def refusal(error: Exception) -> RequestRefused:
    """Why a subscription ended, as its client is told."""
    if isinstance(error, BroadcasterError):
        error = subscription_error(error)
    if isinstance(error, GraphQLError):
        return RequestRefused([visible_error(error)])
    return RequestRefused([masked_fault(error)])

"""Fields that are answered by a call of their resolver."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from graphql import GraphQLSchema
from graphql.pyutils import is_awaitable

from jobcast.plans.arguments import arguments_of
from jobcast.plans.errors import Unsupported
from jobcast.plans.fields import Place
from jobcast.plans.resolvers import resolver_of
from jobcast.plans.running import PathLinks, Run, Waiting

Complete = Callable[[Any, Run, PathLinks], Any]


class FieldCall:
    """Calls the resolver of one field and completes what it gives."""

    __slots__ = ("_arguments", "_asynchronous", "_complete", "_place", "_resolve", "_root")

    def __init__(
        self, schema: GraphQLSchema, place: Place, complete: Complete, *, root: bool = False
    ) -> None:
        """`root`: what the resolver gives or raises is kept, so that it is called once only."""
        resolve = resolver_of(schema, place.definition)
        if resolve is None:
            raise Unsupported
        self._asynchronous = iscoroutinefunction(place.definition.resolve)
        self._place = place
        self._complete = complete
        self._arguments = arguments_of(place)
        self._resolve = resolve
        self._root = root

    def __call__(self, source: Any, run: Run, into: dict[str, Any], path: PathLinks) -> None:
        """Put the field's value into `into`, now or when it has been awaited."""
        key = self._place.key
        info = run.info(self._place, path)
        arguments = self._arguments(run.variables)
        try:
            value = self._resolve(source, info, arguments)
        except Exception as exc:
            if self._root:
                run.keep(key, None, exc, awaited=self._asynchronous)
            raise
        if is_awaitable(value):
            into[key] = None  # its place in the order
            run.waiting.append(Waiting(value, self._complete, into, path, self._root))
            return
        if self._root:
            run.keep(key, value, None, awaited=False)
        into[key] = self._complete(value, run, path)

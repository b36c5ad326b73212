"""Turns the fields below a place into Python code that makes their part of the response.

For each object type that a place is answered with, one function is made, once such an object is
seen. It takes the object, the run and the object's path, and reads like

    def project(o, run, path):
        v0 = o.status
        v0 = names0[v0] if v0.__class__ is members0 else leaf0(v0)
        v1 = o.progress
        if v1 is not None:
            …
        return {'status': v0, 'progress': v1}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_nullable_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from jobcast.plans.calls import Complete, FieldCall
from jobcast.plans.errors import Unfit, Unsupported
from jobcast.plans.fields import Place, attribute_of, gives_source_back, plain_function_of
from jobcast.plans.leaves import leaf_of
from jobcast.plans.objects import ObjectPosition, Project
from jobcast.plans.selections import Selections
from jobcast.plans.source import Source

TYPENAME = "__typename"

# Fields compiled for one form of an operation, each once for every type that it was met on. One
# takes about 70 µs and 1.3 KiB, so a form holds up others for 35 ms at most.
MOST_FIELDS = 500


class Projections:
    """Makes the functions of one form of an operation."""

    def __init__(self, schema: GraphQLSchema, selections: Selections) -> None:
        self._schema = schema
        self._selections = selections
        self._fields_left = MOST_FIELDS

    def of_value(self, place: Place) -> Complete:
        """What completes a value of the field, given it, the run and the field's path."""
        code = Source()
        self._complete(code, place, place.definition.type, "v", "path", "path")
        code.add("return v")
        return code.function("complete", "v, run, path")

    def of_object(self, place: Place, type_: GraphQLObjectType) -> Project:
        """What makes the response of an object of this type at the place."""
        return self._function(self._selections.below(place, type_), type_, root=False)

    def of_root(self, places: Sequence[Place], root: GraphQLObjectType) -> Project:
        """What makes the response of these fields of a root type; it is given None as the path."""
        return self._function(places, root, root=True)

    def _function(
        self, places: Sequence[Place], type_: GraphQLObjectType, *, root: bool
    ) -> Project:
        self._fields_left -= len(places)
        if self._fields_left < 0:
            raise Unsupported
        code = Source()
        readings = [_root_reading(place) if root else _reading(code, place) for place in places]
        called = None in readings
        if called:
            code.add("made = {}")
        entries = []
        for place, reading in zip(places, readings, strict=True):
            path = f"(path, {place.key!r}, {type_.name!r})"
            if reading is None:
                call = FieldCall(self._schema, place, self.of_value(place), root=root)
                code.add(f"{code.bind('call', call)}(o, run, made, {path})")
                continue
            value = code.variable()
            code.add(f"{value} = {reading}")
            if place.name != TYPENAME:
                self._complete(code, place, place.definition.type, value, path, path)
            if called:
                code.add(f"made[{place.key!r}] = {value}")
            entries.append(f"{place.key!r}: {value}")
        code.add("return made" if called else f"return {{{', '.join(entries)}}}")
        return code.function("project", "o, run, path")

    def _complete(
        self, code: Source, place: Place, type_: GraphQLOutputType, v: str, path: str, field: str
    ) -> None:
        """Code that completes the variable `v`, whose path is `path`, in a field at `field`.

        As `complete_value` in graphql-core's `execution/executor.py`, for the good path.
        """
        inner: Any = get_nullable_type(type_)
        nullable = not is_non_null_type(type_)
        if is_leaf_type(inner):
            _complete_leaf(code, inner, v, nullable=nullable)
            return
        lines = self._complete_list if is_list_type(inner) else self._complete_object
        if nullable:
            with code.block(f"if {v} is not None:"):
                lines(code, place, inner, v, path, field)
        else:
            lines(code, place, inner, v, path, field)

    def _complete_object(
        self, code: Source, place: Place, type_: Any, v: str, path: str, field: str
    ) -> None:
        if not is_composite_type(type_):
            raise Unsupported
        position = ObjectPosition(
            self._schema, place, type_, lambda runtime: self.of_object(place, runtime)
        )
        known, other = code.bind("known", position.known), code.bind("position", position)
        project = code.variable()
        code.add(f"{project} = {known}.get({v}.__class__)")
        unknown = f"{project} is None"
        if position.may_be_cast:
            unknown += f" or getattr({v}, {TYPE_CAST_ATTRIBUTE!r}, None) is not None"
        code.add(f"if {unknown}: {v} = {other}({v}, run, {path}, {field})")
        code.add(f"else: {v} = {project}({v}, run, {path})")

    def _complete_list(
        self, code: Source, place: Place, type_: Any, v: str, path: str, field: str
    ) -> None:
        code.add(f"if {v}.__class__ is not list and {v}.__class__ is not tuple:")
        code.add(f"    raise {code.bind('Unfit', Unfit)}")
        item = Source()
        self._complete(item, place, type_.of_type, "v", "(path, index, None)", "field")
        item.add("return v")
        each = code.bind("each", item.function("each", "v, run, path, index, field"))
        call = f"{each}(one, run, {path}, index, {field})"
        code.add(f"{v} = [{call} for index, one in enumerate({v})]")


def _reading(code: Source, place: Place) -> str | None:
    """An expression for the field's value, if it takes no call through the schema."""
    if place.name == TYPENAME:
        return repr(place.parent.name)
    attribute = attribute_of(place.definition)
    if attribute is not None:
        return f"o.{attribute}"
    function = plain_function_of(place.definition)
    if function is None:
        return None
    name = code.bind("function", function[0])
    return f"{name}(o)" if function[1] is None else f"{name}({function[1]}=o)"


def _root_reading(place: Place) -> str | None:
    """The same, of a root field: only what its resolver gives through the schema is kept."""
    if place.name == TYPENAME:
        return repr(place.parent.name)
    return "o" if gives_source_back(place.definition) else None


def _complete_leaf(code: Source, type_: Any, v: str, *, nullable: bool) -> None:
    leaf = leaf_of(type_)
    complete = code.bind("leaf", leaf.complete)
    present = f"{v} is not None"
    if isinstance(type_, GraphQLEnumType) and leaf.names is not None:
        names, members = code.bind("names", leaf.names), code.bind("members", leaf.members)
        line = f"{v} = {names}[{v}] if {v}.__class__ is {members} else {complete}({v})"
        code.add(f"if {present}: {line}" if nullable else line)
        return
    conditions = [present] if nullable else []
    if leaf.unsure is not None:
        conditions.append(f"({leaf.unsure.format(v=v)})")
    line = f"{v} = {complete}({v})"
    code.add(f"if {' and '.join(conditions)}: {line}" if conditions else line)

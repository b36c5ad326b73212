"""Objects: which type a value is of, and the compiled code for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    default_type_resolver,
    is_abstract_type,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from jobcast.plans.errors import Unfit
from jobcast.plans.fields import Place
from jobcast.plans.leaves import refuse_odd
from jobcast.plans.running import PathLinks, Run

Project = Callable[[Any, Run, PathLinks | None], Any]  # the root has no path

# Where Strawberry keeps its definitions, on a class and beside a type of graphql-core's.
_DEFINITION = "__strawberry_definition__"
_BACK_REFERENCE = "strawberry-definition"

# The functions by which Strawberry tells an object's type, if the schema gives none.
_CONVERTER = "strawberry.schema.schema_converter"
_OWN_IS_TYPE_OF = (
    _CONVERTER,
    "GraphQLCoreConverter.from_object.<locals>._get_is_type_of.<locals>.is_type_of",
)
_OWN_INTERFACE = (
    _CONVERTER,
    "GraphQLCoreConverter.from_interface.<locals>._get_resolve_type.<locals>.resolve_type",
)
_OWN_UNION = (
    "strawberry.types.union",
    "StrawberryUnion.get_type_resolver.<locals>._resolve_union_type",
)

# Classes of which a position remembers the type. A process has some dozens that are answers.
_MOST_CLASSES = 256


class ObjectPosition:
    """Where an object, an interface or a union stands in an operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        place: Place,
        type_: GraphQLObjectType | GraphQLAbstractType,
        compiled: Callable[[GraphQLObjectType], Project],
    ) -> None:
        self._schema = schema
        self._place = place
        self._type: Any = type_
        self._is_abstract = is_abstract_type(type_)
        self._compiled = compiled
        self._projections: dict[str, Project] = {}  # by the type's name
        self.known: dict[type, Project] = {}
        """The code for values of these very classes, unless they are cast to another."""
        self.may_be_cast = not isinstance(type_, GraphQLObjectType) or type_.is_type_of is not None
        """Whether a value's cast (`strawberry.cast`) makes a difference here."""

    def __call__(self, value: Any, run: Run, path: PathLinks, field_path: PathLinks) -> Any:
        """The value's part of the response, by graphql-core's rules for its type.

        `path` is that of the value, `field_path` that of the field: in a list, they differ.
        """
        refuse_odd(value)
        type_ = self._runtime_type(value, run, field_path)
        project = self._projections.get(type_.name)
        if project is None:
            project = self._projections[type_.name] = self._compiled(type_)
        if len(self.known) < _MOST_CLASSES and self._depends_on_class(value, type_):
            self.known[value.__class__] = project
        return project(value, run, path)

    def _runtime_type(self, value: Any, run: Run, path: PathLinks) -> GraphQLObjectType:
        """As graphql-core's `complete_abstract_value` and `complete_object_value` have it."""
        type_ = self._type
        if self._is_abstract:
            resolve = type_.resolve_type or default_type_resolver
            name = resolve(value, run.info(self._place, path), type_)
            found = self._schema.get_type(name) if isinstance(name, str) else None
            if not isinstance(found, GraphQLObjectType) or not self._schema.is_sub_type(
                type_, found
            ):
                raise Unfit
            type_ = found
        # An awaitable is none of the two booleans.
        if type_.is_type_of and type_.is_type_of(value, run.info(self._place, path)) is not True:
            raise Unfit
        made: GraphQLObjectType = type_
        return made

    def _depends_on_class(self, value: Any, type_: GraphQLObjectType) -> bool:
        """Whether all values of the very class are of this type, as long as none is cast.

        So it is with Strawberry's own functions, which ask for the class and for the definition
        that the class has. Generic types, and functions that the schema gives, may look further.
        """
        cls: Any = type(value)
        if hasattr(cls, "__getattr__") or cls.__getattribute__ is not object.__getattribute__:
            return False  # it may be awaitable, or cast, one time and not another
        if self.may_be_cast and getattr(value, TYPE_CAST_ATTRIBUTE, None) is not None:
            return False
        if type_.is_type_of is not None and _name_of(type_.is_type_of) != _OWN_IS_TYPE_OF:
            return False
        if not self._is_abstract:
            return True
        definition = getattr(cls, _DEFINITION, None)
        if (
            not isinstance(definition, StrawberryObjectDefinition)
            or definition.is_graphql_generic
            or definition.concrete_of is not None
            or definition is not type_.extensions.get(_BACK_REFERENCE)
        ):
            return False
        resolve = _name_of(self._type.resolve_type)
        if resolve == _OWN_INTERFACE:
            return issubclass(cls, self._type.extensions[_BACK_REFERENCE].origin)
        return resolve == _OWN_UNION


def _name_of(function: Any) -> tuple[Any, Any]:
    return getattr(function, "__module__", None), getattr(function, "__qualname__", None)

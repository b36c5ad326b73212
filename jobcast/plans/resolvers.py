"""Calls a field's function as Strawberry's own wrapper would, with less in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from graphql import GraphQLField, GraphQLSchema
from strawberry.types.arguments import InputContext, convert_argument

from jobcast.plans.fields import is_strawberrys, strawberry_field

# Takes the source, graphql-core's `info` and the arguments by name.
Resolver = Callable[[Any, Any, dict[str, Any]], Any]


class _Argument(NamedTuple):
    name: str
    python_name: str
    type: Any
    from_input: Callable[[Any, Any, InputContext], Any] | None


def resolver_of(schema: GraphQLSchema, definition: GraphQLField) -> Resolver | None:
    """What calls the field's resolver; None: it has none.

    Directly, if the wrapper that Strawberry has put around the function (`from_resolver` in its
    `schema_converter`) does no more than to convert the arguments and to make its own `info`:
    if the field has no extensions, and no handlers of exceptions.
    """
    resolve = definition.resolve
    if resolve is None:
        return None
    field = strawberry_field(definition)
    converter = getattr(getattr(schema, "_strawberry_schema", None), "schema_converter", None)
    if (
        field is None
        or converter is None
        or field.extensions
        or field.base_resolver is None
        or not (
            is_strawberrys(resolve, "from_resolver.<locals>._async_resolver")
            or is_strawberrys(resolve, "from_resolver.<locals>._resolver")
        )
        or _enclosed(resolve, "field_exception_handlers") != ()
    ):
        return lambda source, info, arguments: resolve(source, info, **arguments)
    return _direct(field, converter)


def _direct(field: Any, converter: Any) -> Resolver:
    function, config, scalars = field.base_resolver, converter.config, converter.scalar_registry
    arguments = [
        _Argument(
            config.name_converter.from_argument(argument),
            argument.python_name,
            argument.type,
            getattr(getattr(argument.type, "__strawberry_definition__", None), "from_input", None),
        )
        for argument in field.arguments
    ]
    sources = [
        parameter.name
        for parameter in (function.parent_parameter, function.root_parameter)
        if parameter is not None
    ]
    info_name = function.info_parameter.name if function.info_parameter is not None else None
    takes_self = function.self_parameter is not None

    def call(source: Any, raw_info: Any, given: dict[str, Any]) -> Any:
        info = config.info_class(_raw_info=raw_info, _field=field)
        values: dict[str, Any] = {}
        for name, python_name, type_, from_input in arguments:
            if name not in given:
                continue
            value = given[name]
            if value.__class__ is dict and from_input is not None:
                context = InputContext(
                    info=info, config=config, scalar_registry=scalars, path=(name,)
                )
                values[python_name] = from_input(type_, value, context)
            else:
                values[python_name] = convert_argument(
                    value, type_, scalars, config, info, path=(name,)
                )
        for name in sources:
            values[name] = source
        if info_name is not None:
            values[info_name] = info
        return function(source, **values) if takes_self else function(**values)

    return call


def _enclosed(function: Any, name: str) -> Any:
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    return cells[name].cell_contents if name in cells else None

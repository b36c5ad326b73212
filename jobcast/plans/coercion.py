"""Values of variables, coerced by code made once for each operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    NonNullTypeNode,
    OperationDefinitionNode,
    Undefined,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

from jobcast.plans.errors import Unfit, Unsupported

Coerce = Callable[[Any], Any]

_IDENTITY = GraphQLInputObjectType.out_type


class VariableCoercion:
    """Coerces an operation's variables as graphql-core's `get_variable_values` does."""

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, most_errors: int
    ) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._most_errors = most_errors
        self._variables: list[tuple[GraphQLVariableSignature, Coerce, bool]] | None
        try:
            self._variables = [self._variable(node) for node in self._definitions]
        except Unsupported:
            self._variables = None

    @property
    def never_null(self) -> frozenset[str]:
        """The variables that have a value other than null whenever the operation runs."""
        return frozenset(
            node.variable.name.value
            for node in self._definitions
            if isinstance(node.type, NonNullTypeNode)
        )

    def __call__(self, values: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The coerced values, or what is wrong with them."""
        if self._variables is not None:
            try:
                return self._coerced(self._variables, values)
            except Exception:  # noqa: BLE001, S110 - whatever it is, graphql-core says it in words
                pass
        return get_variable_values(self._schema, self._definitions, dict(values), self._most_errors)

    @staticmethod
    def _coerced(
        variables: list[tuple[GraphQLVariableSignature, Coerce, bool]], values: Mapping[str, Any]
    ) -> VariableValues:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, coerce, required in variables:
            name = signature.name
            value = values.get(name, Undefined)
            sources[name] = VariableValueSource(signature, value)
            if value is not Undefined:
                coerced[name] = coerce(value)
            elif signature.default is not None:
                coerced[name] = _fresh_default(signature)
            elif required:
                raise Unfit
        return VariableValues(sources, coerced)

    def _variable(self, node: Any) -> tuple[GraphQLVariableSignature, Coerce, bool]:
        signature = get_variable_signature(self._schema, node)
        if isinstance(signature, GraphQLError):
            raise Unsupported
        return signature, _coercer(signature.type, ()), isinstance(signature.type, GraphQLNonNull)


def _fresh_default(signature: GraphQLVariableSignature) -> Any:
    # graphql-core remembers defaults, on what it makes anew for each request: none is shared.
    literal = signature.default.literal if signature.default else None
    value = coerce_input_literal(literal, signature.type) if literal else Undefined
    if value is Undefined:
        raise Unfit
    return value


def makes_dicts(type_: GraphQLInputObjectType) -> bool:
    """Whether the type leaves what it is given as it is."""
    return type_.out_type is _IDENTITY


def default_of(field: GraphQLInputField) -> Any:
    """The field's default, which graphql-core has all share as well; Undefined: none.

    Raises:
        Unsupported: It is not good.
    """
    try:
        return coerce_default_value(field)
    except TypeError:
        raise Unsupported from None


def _coercer(type_: Any, within: tuple[GraphQLInputObjectType, ...]) -> Coerce:
    """As `coerce_input_value` in graphql-core's `utilities`, but raises for what is not good.

    Input types that lead back to themselves are not compiled: graphql-core bounds their depth.
    """
    if isinstance(type_, GraphQLNonNull):
        return _coercer_of_some(type_.of_type, within)
    some = _coercer_of_some(type_, within)
    return lambda value: None if value is None else some(value)


def _coercer_of_some(type_: Any, within: tuple[GraphQLInputObjectType, ...]) -> Coerce:
    if isinstance(type_, GraphQLList):
        return _list_coercer(_coercer(type_.of_type, within))
    if isinstance(type_, GraphQLInputObjectType):
        if type_ in within or type_.is_one_of:
            raise Unsupported
        return _object_coercer(type_, (*within, type_))
    if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
        return _leaf_coercer(type_)
    raise Unsupported


def _list_coercer(item: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value.__class__ is not list:
            raise Unfit
        return [item(one) for one in value]

    return coerce


def _object_coercer(
    type_: GraphQLInputObjectType, within: tuple[GraphQLInputObjectType, ...]
) -> Coerce:
    fields = [
        (
            name,
            field.out_name or name,
            _coercer(field.type, within),
            is_required_input_field(field),
            default_of(field),
        )
        for name, field in type_.fields.items()
    ]
    out_type = None if makes_dicts(type_) else type_.out_type

    def coerce(value: Any) -> Any:
        if value.__class__ is not dict:
            raise Unfit
        made: dict[str, Any] = {}
        seen = 0
        for name, out_name, coerce_field, required, default in fields:
            given = value.get(name, Undefined)
            if given is not Undefined:
                seen += 1
                made[out_name] = coerce_field(given)
            elif required:
                raise Unfit
            elif default is not Undefined:
                made[out_name] = default
        if seen != len(value):
            raise Unfit  # there is a field that the type does not have
        return made if out_type is None else out_type(made)

    return coerce


def _leaf_coercer(type_: GraphQLScalarType | GraphQLEnumType) -> Coerce:
    coerce_input = type_.coerce_input_value
    is_text = type_ is GraphQLString or type_ is GraphQLID
    is_boolean, is_int = type_ is GraphQLBoolean, type_ is GraphQLInt

    def coerce(value: Any) -> Any:
        if value is None or value is Undefined:
            raise Unfit
        made = coerce_input(value)
        if made is Undefined:
            raise Unfit
        return made

    def coerce_text(value: Any) -> Any:
        return value if value.__class__ is str else coerce(value)

    def coerce_boolean(value: Any) -> Any:
        return value if value.__class__ is bool else coerce(value)

    def coerce_int(value: Any) -> Any:
        if value.__class__ is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
            return value
        return coerce(value)

    if is_text:
        return coerce_text
    if is_boolean:
        return coerce_boolean
    return coerce_int if is_int else coerce

"""Values written into an operation, read by code made once for each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    is_specified_scalar_type,
)
from graphql.execution.values import VariableValues
from graphql.utilities.coerce_input_value import coerce_input_literal

from jobcast.plans.coercion import default_of, makes_dicts
from jobcast.plans.errors import Unfit, Unsupported

# Makes the value anew each time: a resolver may change what it is given.
Read = Callable[[VariableValues], Any]


def reader_of(node: ValueNode, type_: Any) -> Read:
    """As graphql-core's `coerce_input_literal`, but raises `Unfit` for what is not good.

    Raises:
        Unsupported: The value never is, or its type is not compiled.
    """
    nullable = type_.of_type if is_non_null_type(type_) else type_
    if isinstance(node, VariableNode):
        return _variable(node.name.value, type_, Undefined)
    if isinstance(node, NullValueNode):
        if nullable is not type_:
            raise Unsupported
        return lambda _: None
    if is_list_type(nullable):
        return _list(node, nullable.of_type)
    if is_input_object_type(nullable):
        return _object(node, nullable)
    return _leaf(node, nullable)


def constant_of(node: ValueNode, type_: Any) -> Any:
    """The value, if all who run the operation may share it; else Undefined.

    A list or an input object could be changed by a resolver, and a scalar that is not GraphQL's
    own may read another value from the same text tomorrow.
    """
    nullable = type_.of_type if is_non_null_type(type_) else type_
    if is_list_type(nullable):
        return Undefined
    if is_specified_scalar_type(nullable) or is_enum_type(nullable):
        return coerce_input_literal(node, type_)
    return Undefined


def _variable(name: str, type_: Any, otherwise: Any) -> Read:
    """`otherwise`: the value where the variable has none; Undefined: it has to have one."""
    required = is_non_null_type(type_)

    def read(variables: VariableValues) -> Any:
        value = variables.coerced.get(name, otherwise)
        if value is Undefined or (required and value is None):
            raise Unfit
        return value

    return read


def _list(node: ValueNode, item: Any) -> Read:
    if not isinstance(node, ListValueNode):
        only = reader_of(node, item)  # stands for a list of one
        return lambda variables: [only(variables)]
    # A variable without a value is a null among others.
    otherwise = Undefined if is_non_null_type(item) else None
    items = [
        _variable(one.name.value, item, otherwise)
        if isinstance(one, VariableNode)
        else reader_of(one, item)
        for one in node.values
    ]
    return lambda variables: [read(variables) for read in items]


def _object(node: ValueNode, type_: GraphQLInputObjectType) -> Read:
    if not isinstance(node, ObjectValueNode) or type_.is_one_of:
        raise Unsupported
    given = {field.name.value: field.value for field in node.fields}
    if not given.keys() <= type_.fields.keys():
        raise Unsupported
    readers = [
        (field.out_name or name, _field(given.get(name), field))
        for name, field in type_.fields.items()
    ]
    members = [(name, read) for name, read in readers if read is not None]
    out_type = None if makes_dicts(type_) else type_.out_type

    def read(variables: VariableValues) -> Any:
        made: dict[str, Any] = {}
        for name, read_member in members:
            value = read_member(variables)
            if value is not Undefined:
                made[name] = value
        return made if out_type is None else out_type(made)

    return read


def _field(node: ValueNode | None, field: GraphQLInputField) -> Read | None:
    """None: it has no value at all."""
    if node is not None and not isinstance(node, VariableNode):
        return reader_of(node, field.type)
    default = default_of(field)
    if node is None:
        if is_required_input_field(field):
            raise Unsupported
        return None if default is Undefined else lambda _: default
    name, type_, required = node.name.value, field.type, is_required_input_field(field)
    given = _variable(name, type_, Undefined)

    def read(variables: VariableValues) -> Any:
        if not required and name not in variables.coerced:
            return default
        return given(variables)

    return read


def _leaf(node: ValueNode, type_: Any) -> Read:
    value = constant_of(node, type_)
    if value is not Undefined:
        return lambda _: value

    def read(variables: VariableValues) -> Any:
        made = coerce_input_literal(node, type_, variables)
        if made is Undefined:
            raise Unfit
        return made

    return read

"""From shapes to GraphQL: one type for each class, however many tasks use it."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import AnyUrl
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.enum import EnumValue, StrawberryEnumDefinition
from strawberry.types.union import StrawberryUnion

from schema.file import File as FileType
from schema.generated.classes import FieldPlan, empty_class, input_type, object_type
from schema.scalars import SCALARS, BigInt
from tasks.files.reference import FileRef
from tasks.shapes.defaults import input_value
from tasks.shapes.shape import (
    ABSENT,
    EnumOf,
    Field,
    File,
    ListOf,
    Nullable,
    Object,
    Scalar,
    ScalarKind,
    Shape,
    UnionOf,
)

_SCALAR_TYPES: dict[str, Any] = {
    ScalarKind.STRING: str,
    ScalarKind.INT: int,
    ScalarKind.FLOAT: float,
    ScalarKind.BOOLEAN: bool,
    ScalarKind.BIG_INT: BigInt,
    ScalarKind.URL: AnyUrl,
    **{
        definition.name: key
        for key, definition in SCALARS.items()
        if key not in {BigInt, AnyUrl, FileRef}
    },
}


class ShapeTypes:
    """The types of all shapes of one schema."""

    def __init__(self) -> None:
        self._inputs: dict[type, Any] = {}
        self._outputs: dict[type, Any] = {}
        self._named: dict[str, Any] = {}  # enums and unions

    def output(self, shape: Shape) -> Any:
        """The type in which a value of this shape is given to clients."""
        match shape:
            case Nullable(item):
                return StrawberryOptional(self.output(item))
            case ListOf(item):
                return StrawberryList(self.output(item))
            case Object():
                return self._output_object(shape)
            case UnionOf():
                return self._union(shape)
            case File():
                return FileType
            case EnumOf():
                return self._enum(shape)
            case Scalar(kind):
                return _SCALAR_TYPES[kind]

    def input(self, shape: Shape) -> Any:
        """The type in which clients give a value of this shape."""
        match shape:
            case Nullable(item):
                return StrawberryOptional(self.input(item))
            case ListOf(item):
                return StrawberryList(self.input(item))
            case Object():
                return self._input_object(shape)
            case File():
                return FileRef
            case EnumOf():
                return self._enum(shape)
            case Scalar(kind):
                return _SCALAR_TYPES[kind]
            case UnionOf():
                raise AssertionError("No input has a union: the reader refuses it.")

    def output_field(self, field: Field) -> FieldPlan:
        """The field as clients read it."""
        return FieldPlan(
            field.name, self.output(field.shape), field.description, field.graphql_name
        )

    def input_field(self, field: Field) -> FieldPlan:
        """The field as clients give it."""
        kind = self.input(field.shape)
        default: Any = ABSENT
        if field.made_anew is not None and not isinstance(field.shape, Nullable):
            kind = StrawberryOptional(kind)  # no schema can state such a default
        elif field.default is not ABSENT:
            default = input_value(field.shape, field.default)
        return FieldPlan(field.name, kind, field.description, field.graphql_name, default)

    def _output_object(self, shape: Object) -> Any:
        python = _class_of(shape)
        if python not in self._outputs:
            name = shape.output_name
            # Before its fields, which may lead back to it.
            self._outputs[python] = empty_class(name)
            object_type(
                name,
                shape.description,
                [self.output_field(field) for field in shape.fields],
                cls=self._outputs[python],
                answers=python,
            )
        return self._outputs[python]

    def _input_object(self, shape: Object) -> Any:
        python = _class_of(shape)
        if python not in self._inputs:
            name = shape.input_name
            self._inputs[python] = empty_class(name)
            input_type(
                name,
                shape.description,
                [self.input_field(field) for field in shape.fields if field.settable],
                cls=self._inputs[python],
            )
        return self._inputs[python]

    def _enum(self, shape: EnumOf) -> Any:
        if shape.name not in self._named:
            members = {member.name: member.value for member in shape.members}
            cls: Any = shape.python or Enum(shape.name, members)
            self._named[shape.name] = StrawberryEnumDefinition(
                wrapped_cls=cls,
                name=shape.name,
                values=[
                    EnumValue(member.name, member.value, description=member.description)
                    for member in shape.members
                ],
                description=shape.description,
            )
        return self._named[shape.name]

    def _union(self, shape: UnionOf) -> Any:
        if shape.name not in self._named:
            names = " or ".join(member.output_name for member in shape.members)
            self._named[shape.name] = union_type(
                shape.name, f"{names}.", [self.output(member) for member in shape.members]
            )
        return self._named[shape.name]


def union_type(name: str, description: str, members: list[Any]) -> StrawberryUnion:
    """A union of object types."""
    return StrawberryUnion(
        name=name,
        type_annotations=tuple(StrawberryAnnotation(member) for member in members),
        description=description,
    )


def _class_of(shape: Object) -> type:
    if shape.python is None:
        raise AssertionError("Only a task's arguments have no class, and they have own types.")
    return shape.python

"""The printed schema is the schema, and says what everything in it means."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_scalar_type,
)

from jobcast.dev import EXAMPLES
from jobcast.graphql import build_schema, print_schema
from schema.generated import GeneratedTypes
from tasks.names import RESERVED_TYPES
from tasks.registry import Registry, load_modules

SCHEMA_FILE = Path(__file__).parents[2] / "schema" / "schema.graphql"


def test_schema_file_is_what_the_examples_give() -> None:
    assert SCHEMA_FILE.read_text() == print_schema(load_modules([EXAMPLES])), "run `make schema`"


@pytest.mark.parametrize("tasks", [EXAMPLES, "tests.support.sample_tasks"])
def test_everything_in_the_schema_has_a_description(tasks: str) -> None:
    schema: GraphQLSchema = build_schema(GeneratedTypes(load_modules([tasks])))._schema

    assert undescribed(schema) == []


def test_a_task_cannot_take_the_name_of_a_type_that_is_always_there() -> None:
    schema: GraphQLSchema = build_schema(GeneratedTypes(Registry()))._schema

    always = {name for name, type_ in schema.type_map.items() if not is_introspection_type(type_)}

    assert always - RESERVED_TYPES == set()


def undescribed(schema: GraphQLSchema) -> list[str]:
    """Types, fields, arguments and values without a description."""
    missing: list[str] = []
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        if not type_.description:
            missing.append(name)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in type_.fields.items():
                if not field.description:
                    missing.append(f"{name}.{field_name}")
                missing += [
                    f"{name}.{field_name}({argument})"
                    for argument, definition in field.args.items()
                    if not definition.description
                ]
        elif isinstance(type_, GraphQLInputObjectType):
            missing += [f"{name}.{n}" for n, f in type_.fields.items() if not f.description]
        elif isinstance(type_, GraphQLEnumType):
            missing += [f"{name}.{n}" for n, v in type_.values.items() if not v.description]
    return missing

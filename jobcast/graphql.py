"""The GraphQL schema: types from `schema`, answered by `resolvers`, for a registry's tasks."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.root import build_root_types
from schema.generated import GeneratedTypes
from schema.scalars import SCALARS
from tasks.registry import Registry


def build_schema(types: GeneratedTypes) -> strawberry.Schema:
    """The schema for the tasks that `types` was made from."""
    root = build_root_types(types)
    return strawberry.Schema(
        query=root.query,
        mutation=root.mutation,
        subscription=root.subscription,
        types=types.types,
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def print_schema(registry: Registry) -> str:
    """The schema as SDL text, ending with a line break."""
    return build_schema(GeneratedTypes(registry)).as_str().rstrip() + "\n"

"""The mutation of each task."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any

import strawberry
from strawberry.types.field import StrawberryField

from schema.generated.tasks import TaskTypes
from tasks.definition import TaskDefinition
from tasks.shapes.shape import Field, Nullable

# Called with `info`, the task, and the coerced input: GraphQL names to Python values, files as
# ids or uploads, enums as their members, nested inputs as mappings.
Answer = Callable[[Any, TaskDefinition, dict[str, Any]], Awaitable[Any]]


def mutation_fields(tasks: Iterable[TaskTypes], answer: Answer) -> list[StrawberryField]:
    """The fields for the type Mutation, each answered by `answer` with a member of its payload."""
    return [_field(types, answer) for types in tasks]


def _field(types: TaskTypes, answer: Answer) -> StrawberryField:
    definition = types.definition

    async def resolver(info: Any, input: Any) -> Any:
        return await answer(info, definition, input)

    argument = strawberry.argument(description=f"What `{definition.name}` is to work on.")
    resolver.__annotations__ = {
        "info": strawberry.Info,
        "input": Annotated[types.input, argument],
        "return": types.payload,
    }
    if all(_may_be_left_out(field) for field in definition.shapes.arguments.fields):
        resolver.__defaults__ = ({},)
    resolver.__name__ = definition.field_name
    made: Any = strawberry.mutation(
        resolver=resolver, name=definition.field_name, description=definition.description
    )
    field: StrawberryField = made
    return field


def _may_be_left_out(field: Field) -> bool:
    return not field.required or isinstance(field.shape, Nullable)

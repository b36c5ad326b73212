"""Reads a function: what it takes, what it gives, and how a worker has to run it."""

from __future__ import annotations

import inspect
import typing
import warnings
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, PydanticUserError, TypeAdapter
from pydantic import Field as PydanticField
from pydantic import create_model as create_pydantic_model

from tasks.context import JobContext, SyncJobContext
from tasks.definition import Execution, Parameter
from tasks.docstrings import Docstring, read_docstring
from tasks.names import pascal_case
from tasks.shapes.annotations import with_field
from tasks.shapes.checking import check_result
from tasks.shapes.cycles import refuse_endless
from tasks.shapes.errors import Inexpressible
from tasks.shapes.fields import RawField, build_field, refuse_twins
from tasks.shapes.place import Place
from tasks.shapes.reading import ShapeReader
from tasks.shapes.shape import ABSENT, Field, Object, Shape, TaskShapes
from tasks.shapes.unions import tagged

_CONTEXTS = (JobContext, SyncJobContext)
_STREAMS = (AsyncIterator, AsyncGenerator, AsyncIterable)
_WRITE_TYPE = "Write its type."


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function's signature and docstring say."""

    description: str
    execution: Execution
    takes_context: bool
    parameters: tuple[Parameter, ...]
    arguments: type[BaseModel]
    result_annotation: Any | None
    result: TypeAdapter[Any] | None
    output_annotation: Any | None
    output: TypeAdapter[Any] | None
    shapes: TaskShapes


def read_signature(
    function: Callable[..., Any], type_name: str, reader: ShapeReader, *, process: bool
) -> Signature:
    """What `function` says of itself.

    Raises:
        Inexpressible: It cannot be a task, or not in GraphQL.
    """
    hints = _hints(function, reader.namespace)
    execution = _execution(function, process=process)
    inputs = list(inspect.signature(function).parameters.values())
    takes_context = _takes_context(inputs, hints, execution)
    docstring = read_docstring(inspect.getdoc(function))
    fields = tuple(
        _field(parameter, hints, type_name, reader, docstring)
        for parameter in inputs[takes_context:]
    )
    refuse_twins(fields, "its parameters")
    result, output = _outcome(function, hints, execution)
    result_shape, result_adapter = _adapter(result, f"{type_name}Result", "its result", reader)
    output_shape, output_adapter = _adapter(output, f"{type_name}Item", "its output", reader)
    parameters = tuple(
        Parameter(
            field.name, hints[field.name], field.required, _plain_default(field), field.description
        )
        for field in fields
    )
    arguments = Object(f"{type_name}Arguments", f"What {type_name} was given.", None, fields)
    return Signature(
        description=docstring.text or f"Run {type_name}.",
        execution=execution,
        takes_context=takes_context,
        parameters=parameters,
        arguments=arguments_model(arguments.name, fields, hints),
        result_annotation=result,
        result=result_adapter,
        output_annotation=output,
        output=output_adapter,
        shapes=TaskShapes(arguments, result_shape, output_shape),
    )


def arguments_model(
    name: str, fields: typing.Iterable[Field], hints: Mapping[str, Any]
) -> type[BaseModel]:
    """A pydantic model of these fields.

    Raises:
        Inexpressible: pydantic cannot make one.
    """
    members: dict[str, Any] = {}
    for field in fields:
        default: Any = ... if field.required else field.default
        if field.made_anew is not None:
            default = PydanticField(default_factory=field.made_anew)
        members[field.name] = (hints[field.name], default)
    config = ConfigDict(extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)
    try:
        with warnings.catch_warnings():
            # A parameter may well be called `json` or `copy`, as methods of a model are.
            warnings.simplefilter("ignore", UserWarning)
            model: type[BaseModel] = create_pydantic_model(name, __config__=config, **members)
    except (PydanticUserError, NameError, TypeError, ValueError) as exc:
        raise Inexpressible(f"pydantic refuses its parameters: {exc}", "Change them.") from exc
    return model


def _hints(function: Callable[..., Any], namespace: Mapping[str, Any]) -> dict[str, Any]:
    try:
        hints = typing.get_type_hints(function, localns=dict(namespace), include_extras=True)
    except NameError as exc:
        raise Inexpressible(
            f"its annotations name {exc.name}, which is not defined at run time",
            "Import it outside of `if TYPE_CHECKING`.",
        ) from exc
    except (TypeError, SyntaxError, AttributeError) as exc:
        raise Inexpressible(
            f"its annotations are not types: {exc}", "Correct what is written there."
        ) from exc
    return hints


def _execution(function: Callable[..., Any], *, process: bool) -> Execution:
    if inspect.isgeneratorfunction(function):
        raise Inexpressible("it is a plain generator", "Write `async def` to yield output.")
    if inspect.isasyncgenfunction(function):
        kind = Execution.GENERATOR
    elif inspect.iscoroutinefunction(function):
        kind = Execution.ASYNC
    else:
        kind = Execution.PROCESS if process else Execution.THREAD
    if process and kind is not Execution.PROCESS:
        raise Inexpressible("process=True is for plain functions", "Write `def`, or leave it out.")
    if process and "<locals>" in getattr(function, "__qualname__", ""):
        raise Inexpressible(
            "process=True needs a function that another process can import",
            "Define it in a module.",
        )
    return kind


def _takes_context(
    inputs: list[inspect.Parameter], hints: Mapping[str, Any], execution: Execution
) -> bool:
    places = [i for i, one in enumerate(inputs) if hints.get(one.name) in _CONTEXTS]
    if not places:
        return False
    if places != [0]:
        raise Inexpressible("its job context is not its first parameter", "Put it first, once.")
    given = hints[inputs[0].name].__name__
    if execution is Execution.PROCESS:
        raise Inexpressible(
            "a task in a process has no job context",
            f"Leave out {inputs[0].name}, or process=True.",
        )
    wanted = "SyncJobContext" if execution is Execution.THREAD else "JobContext"
    if given != wanted:
        raise Inexpressible(f"{inputs[0].name} cannot be a {given} here", f"Use {wanted}.")
    return True


def _field(
    parameter: inspect.Parameter,
    hints: dict[str, Any],
    type_name: str,
    reader: ShapeReader,
    docstring: Docstring,
) -> Field:
    label = f"parameter {parameter.name}"
    if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
        raise Inexpressible(f"{label} stands for any number of values", "Use a list, or name each.")
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise Inexpressible(f"{label} is positional-only", "Remove the `/`.")
    if parameter.name not in hints:
        raise Inexpressible(f"{label} has no type", _WRITE_TYPE)
    if parameter.name.startswith(("_", "model_")) or parameter.name == "options":
        raise Inexpressible(f"{label} has a name that Jobcast needs itself", "Rename it.")
    default = ABSENT if parameter.default is parameter.empty else parameter.default
    # `x: int = Field(5, ge=1)`: its constraints belong to the type.
    hints[parameter.name], default, factory = with_field(hints[parameter.name], default)
    raw = RawField(parameter.name, hints[parameter.name], default, factory)
    place = Place(label, f"{type_name}{pascal_case(parameter.name)}")
    field = build_field(raw, reader.read, place, docstring.entries)
    refuse_endless(field.shape, label)
    return field


def _outcome(
    function: Callable[..., Any], hints: Mapping[str, Any], execution: Execution
) -> tuple[Any | None, Any | None]:
    """The annotations of the result and of the output."""
    if "return" not in hints:
        raise Inexpressible(
            "its return type is missing", "Write it; `-> None` when it gives nothing."
        )
    annotation = hints["return"]
    if execution is Execution.GENERATOR:
        if get_origin(annotation) not in _STREAMS or not get_args(annotation):
            raise Inexpressible(
                "what it yields has no type", "Write `-> AsyncIterator[…]` with the type."
            )
        return None, get_args(annotation)[0]
    return (None if annotation is type(None) else annotation), None


def _adapter(
    annotation: Any | None, name: str, label: str, reader: ShapeReader
) -> tuple[Shape | None, TypeAdapter[Any] | None]:
    if annotation is None:
        return None, None
    shape = reader.read(annotation, Place(label, name, union=True))
    checked: Any = Annotated[(tagged(annotation), AfterValidator(partial(check_result, shape)))]
    try:
        return shape, TypeAdapter(checked)
    except (PydanticUserError, NameError, TypeError) as exc:
        raise Inexpressible(f"pydantic refuses {label}: {exc}", "Change its type.") from exc


def _plain_default(field: Field) -> Any:
    return None if field.default is ABSENT else field.default

"""Reads the fields of a dataclass or a pydantic model."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, InitVar
from typing import Any

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo
from typing_extensions import Doc

from tasks.docstrings import own_docstring, read_docstring
from tasks.names import camel_case, in_words, is_graphql_name, pascal_case
from tasks.shapes.annotations import described, with_field
from tasks.shapes.constraints import constraints_in_words
from tasks.shapes.defaults import settle_default
from tasks.shapes.errors import Inexpressible
from tasks.shapes.place import Place
from tasks.shapes.shape import ABSENT, Field, Shape

Read = Callable[[Any, Place], Shape]


@dataclasses.dataclass(frozen=True, slots=True)
class RawField:
    """A field before its type is read."""

    name: str
    annotation: Any
    default: Any = ABSENT
    factory: Callable[[], Any] | None = None
    settable: bool = True


def read_fields(
    cls: type, read: Read, namespace: Mapping[str, Any], place: Place
) -> Iterator[Field]:
    """The fields of `cls`, in order.

    Raises:
        Inexpressible: One of them, or the class itself, has no GraphQL form.
    """
    if getattr(cls, "__parameters__", ()):
        raise Inexpressible(
            f"{place.label}: {cls.__name__} is generic", "Subclass it with its types filled in."
        )
    raw = (
        _of_model(cls, place)
        if issubclass(cls, BaseModel)
        else _of_dataclass(cls, namespace, place)
    )
    entries = {
        name: text
        for base in reversed(cls.__mro__)
        for name, text in read_docstring(own_docstring(base)).entries.items()
    }
    fields = [build_field(item, read, _place(cls, item, place), entries) for item in raw]
    if not fields:
        raise Inexpressible(
            f"{place.label}: {cls.__name__} has no fields", "GraphQL needs at least one."
        )
    refuse_twins(fields, f"{place.label}: {cls.__name__}")
    yield from fields


def build_field(raw: RawField, read: Read, place: Place, entries: Mapping[str, str]) -> Field:
    """The field with its shape, description and checked default."""
    if not is_graphql_name(raw.name):
        raise Inexpressible(f"{place.label}: GraphQL allows no such name", "Rename it.")
    annotation, default, factory = with_field(raw.annotation, raw.default)
    factory = factory or raw.factory
    shape = read(annotation, place)
    default, made_anew = settle_default(annotation, default, factory, shape, place.label)
    text = described(annotation) or entries.get(raw.name) or in_words(raw.name)
    words = [text, constraints_in_words(annotation, shape)]
    if made_anew:
        words.append("Made anew when left out.")
    return Field(
        name=raw.name,
        graphql_name=camel_case(raw.name),
        shape=shape,
        description=" ".join(filter(None, words)),
        default=default,
        made_anew=made_anew,
        settable=raw.settable,
    )


def refuse_twins(fields: typing.Sequence[Field], label: str) -> None:
    """Refuse two fields of one GraphQL name."""
    names: dict[str, str] = {}
    for field in fields:
        other = names.setdefault(field.graphql_name, field.name)
        if other != field.name:
            raise Inexpressible(
                f"{label}: {other} and {field.name} have one GraphQL name, {field.graphql_name}",
                "Rename one of them.",
            )


def class_hints(cls: type, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The annotations of a class, evaluated.

    Raises:
        Inexpressible: They name something that is not defined at run time.
    """
    try:
        return typing.get_type_hints(
            cls, localns={**namespace, cls.__name__: cls}, include_extras=True
        )
    except NameError as exc:
        raise Inexpressible(
            f"{cls.__name__}: its annotations name {exc.name}, which is not defined at run time",
            "Import it outside of `if TYPE_CHECKING`, and define both in a module.",
        ) from exc
    except (TypeError, SyntaxError, AttributeError) as exc:
        raise Inexpressible(
            f"{cls.__name__}: its annotations are not types: {exc}",
            "Correct what is written there.",
        ) from exc


def _of_dataclass(cls: type, namespace: Mapping[str, Any], place: Place) -> Iterator[RawField]:
    hints = class_hints(cls, namespace)
    if any(isinstance(hint, InitVar) for hint in hints.values()):
        raise Inexpressible(
            f"{place.label}: {cls.__name__} has an InitVar, which cannot be read back from JSON",
            "Make it a field.",
        )
    for item in dataclasses.fields(cls):
        yield RawField(
            item.name,
            typing.Annotated[hints[item.name], Doc(item.metadata["description"])]
            if "description" in item.metadata
            else hints[item.name],
            ABSENT if item.default is MISSING else item.default,
            None if item.default_factory is MISSING else item.default_factory,
            settable=item.init,
        )


def _of_model(cls: type[BaseModel], place: Place) -> Iterator[RawField]:
    if issubclass(cls, RootModel):
        raise Inexpressible(f"{place.label}: {cls.__name__} is a RootModel", "Use its inner type.")
    cls.model_rebuild(raise_errors=False)
    for name, info in cls.model_fields.items():
        if info.alias or info.validation_alias or info.serialization_alias or info.exclude:
            raise Inexpressible(
                f"{place.label}: {cls.__name__}.{name} has an alias or is excluded",
                "Jobcast stores it as JSON and reads it back: it needs one name.",
            )
        yield RawField(name, _annotation(info), *_default(info))


def _annotation(info: FieldInfo) -> Any:
    metadata = [*info.metadata]
    if info.description:
        metadata.append(Doc(info.description))
    return typing.Annotated[(info.annotation, *metadata)] if metadata else info.annotation


def _default(info: FieldInfo) -> tuple[Any, Callable[[], Any] | None]:
    if info.is_required():
        return ABSENT, None
    factory: Any = info.default_factory
    return (ABSENT, factory) if factory else (info.default, None)


def _place(cls: type, raw: RawField, place: Place) -> Place:
    name = f"{cls.__name__}{pascal_case(raw.name)}"
    return Place(f"{place.label}, field {cls.__name__}.{raw.name}", name)

"""`ServedSchema`: what a server's API offers, and selections that fit it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jobcast.cli.api import Api

# Lists and non-null make at most five layers around a name: [[Name!]!]!
_TYPE = (
    "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }"
)

INTROSPECTION = f"""
query CommandLine {{
  __schema {{
    types {{
      kind name
      fields {{ name args {{ name defaultValue type {{ {_TYPE} }} }} type {{ {_TYPE} }} }}
      inputFields {{ name type {{ {_TYPE} }} }}
      possibleTypes {{ name }}
    }}
  }}
}}
"""

_LEAVES = frozenset({"SCALAR", "ENUM"})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object, or of an input object."""

    name: str
    type: str  # the name within all its lists and non-nulls
    signature: str  # the whole type: `[Name!]!`
    arguments: dict[str, str]  # their types' names
    needs_arguments: bool


@dataclass(frozen=True, slots=True)
class NamedType:
    """A type of the schema."""

    name: str
    kind: str
    fields: dict[str, Field]
    members: tuple[str, ...]  # of a union, or those that implement an interface


class ServedSchema:
    """The types of a server, by name."""

    def __init__(self, types: dict[str, NamedType]) -> None:
        """Hold `types`; use `load`."""
        self.types = types

    @classmethod
    async def load(cls, api: Api) -> ServedSchema:
        """Ask the server for its schema.

        Raises:
            ClientError: It cannot be reached, or does not tell.
        """
        data = await api.execute(INTROSPECTION, {})
        return cls({entry["name"]: _named_type(entry) for entry in data["__schema"]["types"]})

    def selection(
        self, type_name: str, depth: int = 4, *, without: frozenset[str] = frozenset()
    ) -> str:
        """Everything that can be selected of a type, down to `depth`; empty for a leaf.

        Members of a union that give one name to fields of different types get an alias,
        `field__Member`.
        """
        type_ = self.types[type_name]
        if type_.kind in _LEAVES or depth == 0:
            return ""
        if type_.kind == "OBJECT":
            return _braces(self._fields(type_, depth, without))
        return _braces(["__typename", *self.fragments(type_.members, depth, without=without)])

    def fragments(
        self, members: tuple[str, ...], depth: int, *, without: frozenset[str] = frozenset()
    ) -> list[str]:
        """One inline fragment a member, with all its fields but those of `without`."""
        types = [self.types[member] for member in members]
        signatures: dict[str, set[str]] = {}
        for type_ in types:
            for field in type_.fields.values():
                signatures.setdefault(field.name, set()).add(field.signature)
        clashing = frozenset(name for name, found in signatures.items() if len(found) > 1)
        fragments = []
        for type_ in types:
            fields = self._fields(type_, depth, without, clashing)
            if fields:
                fragments.append(f"... on {type_.name} {_braces(fields)}")
        return fragments

    def _fields(
        self,
        type_: NamedType,
        depth: int,
        without: frozenset[str],
        clashing: frozenset[str] = frozenset(),
    ) -> list[str]:
        selected = []
        for field in type_.fields.values():
            if field.needs_arguments or field.name in without:
                continue
            leaf = self.types[field.type].kind in _LEAVES
            nested = self.selection(field.type, depth - 1)
            if leaf or nested:
                alias = f"{field.name}__{type_.name}: " if field.name in clashing else ""
                selected.append(f"{alias}{field.name}{' ' if nested else ''}{nested}")
        return selected


def _braces(parts: list[str]) -> str:
    return "{ " + " ".join(parts) + " }" if parts else ""


def _named_type(entry: dict[str, Any]) -> NamedType:
    fields = [
        Field(
            field["name"],
            _name(field["type"]),
            _signature(field["type"]),
            {argument["name"]: _name(argument["type"]) for argument in field.get("args", ())},
            any(
                argument["type"]["kind"] == "NON_NULL" and argument["defaultValue"] is None
                for argument in field.get("args", ())
            ),
        )
        for field in (entry["fields"] or entry["inputFields"] or ())
    ]
    return NamedType(
        entry["name"],
        entry["kind"],
        {field.name: field for field in fields},
        tuple(member["name"] for member in entry["possibleTypes"] or ()),
    )


def _name(reference: dict[str, Any]) -> str:
    while reference.get("ofType"):
        reference = reference["ofType"]
    return str(reference["name"])


def _signature(reference: dict[str, Any]) -> str:
    match reference["kind"]:
        case "NON_NULL":
            return _signature(reference["ofType"]) + "!"
        case "LIST":
            return f"[{_signature(reference['ofType'])}]"
        case _:
            return str(reference["name"])

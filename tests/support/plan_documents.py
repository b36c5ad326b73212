"""Documents at random that are valid for a schema, with every shape that an operation can have."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    parse_type,
)
from graphql.utilities import type_from_ast

# What a document asks for at one level, and how deep it goes: enough for `jobs edges node failure`.
MOST_SELECTIONS = 5
DEEPEST = 6

# Fields that other types have in other shapes: under their own name only in this one.
_USUAL_SHAPE = {"job": "_", "result": "Int", "output": "Int_", "input": "", "node": "", "id": "ID_"}

_LITERALS: dict[str, tuple[str, ...]] = {
    "ID": ('"default.1"', "7"),
    "String": ('"text"', '""'),
    "Int": ("1", "20", "-3"),
    "Float": ("0.5", "2"),
    "Boolean": ("true", "false"),
    "BigInt": ("9007199254740993", '"12"'),
    "Decimal": ('"12.50"', "3"),
    "Duration": ('"PT5S"',),
    "DateTime": ('"2026-01-31T09:30:00Z"',),
    "Cursor": ('"Mi5h"',),
    "FileRef": ('"f1"',),
}


@dataclass(slots=True)
class RandomDocument:
    """Writes one operation with its fragments; `variables` are the types of those it declares."""

    schema: GraphQLSchema
    random: Random
    left: int = 40  # selections that it may still add; large ones take long to validate
    variables: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict)  # name: (type, text)

    def operation(self, kind: str) -> str:
        """A query, a mutation or a subscription, as a document's text."""
        root = {
            "query": self.schema.query_type,
            "mutation": self.schema.mutation_type,
            "subscription": self.schema.subscription_type,
        }[kind]
        assert root is not None
        if kind == "subscription":
            name = self.random.choice(sorted(root.fields))
            selection = f"{{ {self._field(root, name, 0, conditions=False)} }}"
        else:
            selection = self._selections(root, 0)
        variables = ", ".join(
            f"${name}: {type_}{self.defaults.get(name, '')}"
            for name, type_ in self.variables.items()
        )
        head = f"{kind} ({variables})" if variables else kind
        fragments = "\n".join(
            f"fragment {name} on {type_} {text}" for name, (type_, text) in self.fragments.items()
        )
        return f"{head} {selection}\n{fragments}"

    def given(self) -> dict[str, Any]:
        """Good values for the variables, as JSON has them; some that may be left out are."""
        return {
            name: self._json(type_from_ast(self.schema, parse_type(type_)))
            for name, type_ in self.variables.items()
            if type_.endswith("!") or self.random.randrange(4)
        }

    def _json(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif self._chance(6):
            return None
        if isinstance(type_, GraphQLList):
            return [self._json(type_.of_type) for _ in range(self.random.randrange(3))]
        if isinstance(type_, GraphQLEnumType):
            return self.random.choice(sorted(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return {
                name: self._json(member.type)
                for name, member in type_.fields.items()
                if isinstance(member.type, GraphQLNonNull) or self._chance(3)
            }
        return json.loads(self.random.choice(_LITERALS[type_.name]))

    def _chance(self, one_in: int) -> bool:
        return self.random.randrange(one_in) == 0

    def _selections(self, type_: Any, depth: int) -> str:
        made: list[str] = []
        for _ in range(self.random.randint(1, MOST_SELECTIONS)):
            if not made or self.left > 0:
                self.left -= 1
                made.append(self._selection(type_, depth))
        # A selection set of nothing but skipped fields is fine; an empty one is not.
        return f"{{ {' '.join(made)} }}"

    def _selection(self, type_: Any, depth: int) -> str:
        if self._chance(2 if is_abstract_type(type_) else 6) and depth < DEEPEST:
            return self._fragment(type_, depth)
        fields = getattr(type_, "fields", {})
        names = [
            name
            for name, one in sorted(fields.items())
            if depth < DEEPEST or not is_composite_type(get_named_type(one.type))
        ]
        if not names or self._chance(8):
            return f"{self.random.choice(('', 'kind_: '))}__typename{self._conditions()}"
        return self._field(type_, self.random.choice(names), depth)

    def _fragment(self, type_: Any, depth: int) -> str:
        on = type_
        if is_abstract_type(type_):
            on = self.random.choice([type_, *self.schema.get_possible_types(type_)])
        elif isinstance(type_, GraphQLObjectType) and type_.interfaces and self._chance(2):
            on = self.random.choice(type_.interfaces)
        if self._chance(3):
            known = [name for name, (there, _) in self.fragments.items() if there == on.name]
            name = self.random.choice(known) if known and self._chance(2) else None
            if name is None:
                text = self._selections(on, depth + 1)
                name = f"F{len(self.fragments)}"
                self.fragments[name] = (on.name, text)
            return f"...{name}{self._conditions()}"
        condition = "" if on is type_ and self._chance(2) else f" on {on.name}"
        return f"...{condition}{self._conditions()} {self._selections(on, depth)}"

    def _field(self, type_: Any, name: str, depth: int, *, conditions: bool = True) -> str:
        definition: GraphQLField = type_.fields[name]
        inner = get_named_type(definition.type)
        arguments = self._arguments(definition)
        # One key stands for one field of one shape with the same arguments, or the document would
        # not be valid; objects of different types may share one.
        shape = str(definition.type).translate({ord(sign): "_" for sign in "!["})
        shape = shape.replace("]", "s")
        if is_composite_type(inner):
            shape = shape.replace(inner.name, "")
        alias = "" if shape == _USUAL_SHAPE.get(name, shape) and not self._chance(5) else shape
        if arguments:
            alias = f"{alias}_{crc32(arguments.encode())}"
        alias = alias and f"{name}_{alias}: "
        text = f"{alias}{name}{arguments}{self._conditions() if conditions else ''}"
        return f"{text} {self._selections(inner, depth + 1)}" if is_composite_type(inner) else text

    def _conditions(self) -> str:
        if not self._chance(8):
            return ""
        made = []
        for directive in self.random.choice((["skip"], ["include"], ["skip", "include"])):
            value = self.random.choice(("true", "false", "$yes", "$no", "$maybe"))
            if value.startswith("$"):
                self.variables[value[1:]] = "Boolean!" if value != "$maybe" else "Boolean"
                if value == "$maybe":
                    self.defaults["maybe"] = " = true"
            made.append(f" @{directive}(if: {value})")
        return "".join(made)

    def _arguments(self, definition: GraphQLField) -> str:
        made = [
            f"{name}: {self._value(argument.type)}"
            for name, argument in definition.args.items()
            if isinstance(argument.type, GraphQLNonNull) or self._chance(2)
        ]
        return f"({', '.join(made)})" if made else ""

    def _value(self, type_: GraphQLInputType, depth: int = 0) -> str:
        """A literal, or a variable of its type."""
        nullable = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if self._chance(3) or (depth == 0 and self._chance(2)):
            name = f"v{len(self.variables)}"
            self.variables[name] = str(type_)
            if nullable is not type_ and self._chance(3) and self._literal(nullable):
                # May be left out, and null is found out only when it is used.
                self.variables[name] = str(nullable)
                self.defaults[name] = f" = {self._literal(nullable)}"
            return f"${name}"
        if not isinstance(type_, GraphQLNonNull) and self._chance(6):
            return "null"
        if isinstance(nullable, GraphQLInputObjectType):
            members = [
                f"{name}: {self._value(member.type, depth + 1)}"
                for name, member in nullable.fields.items()
                if isinstance(member.type, GraphQLNonNull) or self._chance(3)
            ]
            return f"{{{', '.join(members)}}}"
        if isinstance(nullable, GraphQLList):
            items = [
                self._value(nullable.of_type, depth + 1) for _ in range(self.random.randrange(3))
            ]
            # One value may stand for a list of one.
            alone = len(items) == 1 and not items[0].startswith(("$", "null")) and self._chance(2)
            return items[0] if alone else f"[{', '.join(items)}]"
        return self._literal(nullable)

    def _literal(self, type_: Any) -> str:
        """A scalar or enum written out; nothing for other types."""
        if isinstance(type_, GraphQLEnumType):
            return str(self.random.choice(sorted(type_.values)))
        return str(self.random.choice(_LITERALS.get(getattr(type_, "name", ""), ("",))))

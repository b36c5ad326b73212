"""How large a question may be, measured before it is validated or run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TokenKind,
)

from schema.quoting import quoted


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """Bounds on a document, from the settings."""

    tokens: int
    depth: int
    aliases: int
    fields: int = 1000  # with fragments spread out
    cost: int = 5000  # see `operation_cost`
    # Reading one takes 0.16 µs, so 10 ms in all. Long texts belong into variables.
    characters: int = 64 * 1024
    root_fields: int = 20  # each may cost a round trip; a page of our own needs 3
    operations: int = 20  # validation takes 0.4 ms for each; clients send one
    directives: int = 50
    # Pairs of fields with one response name: validation compares each pair, in 8 µs. Thirty
    # fragments that all ask for `id` make 435.
    repeats: int = 2000
    # A float in full has up to 309 digits before the point; Python's `int` refuses 4301.
    digits: int = 1000


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    fields: int = 0


def exceeded_limit(document: DocumentNode, limits: QueryLimits) -> str | None:
    """What is too large about the document, in words; None when all is within bounds."""
    operations = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    if len(operations) > limits.operations:
        return _too_many(len(operations), "operations", limits.operations)
    if (digits := _longest_number(document)) > limits.digits:
        return (
            f"The query has a number of {digits} characters; {limits.digits} are allowed. "
            "Give a longer one as a string."
        )
    measure = _Measure(document)
    for operation in operations:
        size = measure.selection(operation.selection_set)
        if measure.cycle is not None:
            return f"The fragment {quoted(measure.cycle)} spreads itself."
        if size.depth > limits.depth:
            return f"The query is nested {size.depth} levels deep; {limits.depth} are allowed."
        for count, what, most in (
            (size.aliases, "aliases", limits.aliases),
            (size.root_fields, "root fields", limits.root_fields),
            (size.fields, "fields", limits.fields),
            (measure.directives, "directives", limits.directives),
        ):
            if count > most:
                return _too_many(count, what, most)
        # Only now: it takes as long as there are fields.
        if measure.repeats([operation.selection_set], limits.repeats) > limits.repeats:
            return "The query asks for the same fields over and over; ask for each once."
    return None


def _longest_number(document: DocumentNode) -> int:
    """Characters of the longest number; variables' defaults have some as well."""
    longest = 0
    token = document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind in {TokenKind.INT, TokenKind.FLOAT}:
            longest = max(longest, token.end - token.start)
        token = token.next
    return longest


def _too_many(count: int, what: str, most: int) -> str:
    shown = str(count) if count < 1_000_000 else "over a million"
    return f"The query has {shown} {what}; {most} are allowed."


@dataclass(slots=True)
class _Measure:
    """Sizes with fragments spread out; each fragment is measured once, so it takes no bait."""

    document: DocumentNode
    directives: int = 0
    cycle: str | None = None  # a fragment that spreads itself
    _open: set[str] = field(default_factory=set)
    _known: dict[str, _Size] = field(default_factory=dict)
    _fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in self.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def selection(self, selections: SelectionSetNode | None) -> _Size:
        depth = aliases = root_fields = fields = 0
        for node in selections.selections if selections else ():
            self.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                inner = self.selection(node.selection_set)
                size = _Size(
                    inner.depth + 1, inner.aliases + (node.alias is not None), 1, inner.fields + 1
                )
            elif isinstance(node, FragmentSpreadNode):
                inner = self._fragment(node.name.value)
                # The spread counts as well: fragments of nothing but spreads cost time, too.
                size = replace(inner, fields=inner.fields + 1)
            elif isinstance(node, InlineFragmentNode):
                size = self.selection(node.selection_set)
            else:
                continue
            depth = max(depth, size.depth)
            aliases += size.aliases
            root_fields += size.root_fields
            fields += size.fields
        return _Size(depth, aliases, root_fields, fields)

    def repeats(self, sets: Iterable[SelectionSetNode], most: int) -> int:
        """Pairs of fields that answer under one name; counted no further than beyond `most`."""
        by_name: dict[str, list[SelectionSetNode | None]] = {}
        for selections in sets:
            for node in self._fields(selections.selections):
                name = (node.alias or node.name).value
                by_name.setdefault(name, []).append(node.selection_set)
        pairs = 0
        for same in by_name.values():
            pairs += len(same) * (len(same) - 1) // 2
            if pairs <= most and (inner := [one for one in same if one is not None]):
                pairs += self.repeats(inner, most - pairs)
            if pairs > most:
                break
        return pairs

    def _fields(self, nodes: Iterable[SelectionNode]) -> Iterator[FieldNode]:
        for node in nodes:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._fields(node.selection_set.selections)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments.get(node.name.value)
                if fragment is not None:
                    yield from self._fields(fragment.selection_set.selections)

    def _fragment(self, name: str) -> _Size:
        if name not in self._known:
            self._known[name] = _Size()
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._open.add(name)
                self._known[name] = self.selection(fragment.selection_set)
                self._open.remove(name)
        elif name in self._open:
            self.cycle = name
        return self._known[name]

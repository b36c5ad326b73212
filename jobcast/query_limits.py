"""How large a question may be, measured before it is validated or run."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """Bounds on a document, from the settings."""

    tokens: int
    depth: int
    aliases: int
    root_fields: int = 20  # each may cost a round trip; a page of our own needs 3


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    aliases: int = 0
    fields: int = 0  # at the top


def exceeded_limit(document: DocumentNode, limits: QueryLimits) -> str | None:
    """What is too large about the document, in words; None when all is within bounds."""
    measure = _Measure(document)
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        size = measure.selection(definition.selection_set)
        if size.depth > limits.depth:
            return f"The query is nested {size.depth} levels deep; {limits.depth} are allowed."
        if size.aliases > limits.aliases:
            return f"The query has {size.aliases} aliases; {limits.aliases} are allowed."
        if size.fields > limits.root_fields:
            return f"The query has {size.fields} root fields; {limits.root_fields} are allowed."
    return None


@dataclass(slots=True)
class _Measure:
    """Sizes with fragments spread out; each fragment is measured once, so it takes no bait."""

    document: DocumentNode
    _known: dict[str, _Size] = field(default_factory=dict)
    _fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in self.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def selection(self, selections: SelectionSetNode | None) -> _Size:
        depth = aliases = fields = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                inner = self.selection(node.selection_set)
                size = _Size(inner.depth + 1, inner.aliases + (node.alias is not None), 1)
            elif isinstance(node, FragmentSpreadNode):
                size = self._fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                size = self.selection(node.selection_set)
            else:
                continue
            depth = max(depth, size.depth)
            aliases += size.aliases
            fields += size.fields
        return _Size(depth, aliases, fields)

    def _fragment(self, name: str) -> _Size:
        if name not in self._known:
            self._known[name] = _Size()  # a cycle ends here; validation refuses it
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[name] = self.selection(fragment.selection_set)
        return self._known[name]

"""What of a subscription decides its answers: for whom they are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    SKIP,
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    VisitorAction,
    visit,
)

from jobcast.plans.arguments import Arguments, told_arguments_of
from jobcast.plans.fields import Place
from schema.sharing import is_shareable


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of an operation before anyone asks it.

    `variables` are those that matter below the root field. The root field's own arguments choose
    the events; they do not change what is answered about one.
    """

    root: FieldNode
    arguments: Arguments  # of the root field
    depends_on_viewer: bool
    variables: frozenset[str]


def analyse(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Analysis:
    """Look at a valid subscription: it has one root field."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    root = _root_field(operation.selection_set, fragments)
    seen = _Seen(TypeInfo(schema), root)
    visit(document, TypeInfoVisitor(seen.types, seen))
    subscription = schema.subscription_type
    assert subscription is not None  # noqa: S101 - else no subscription is valid
    name = root.name.value
    place = Place(name, subscription.fields[name], (root,), subscription)
    return Analysis(
        root,
        told_arguments_of(place),
        depends_on_viewer=seen.depends_on_viewer,
        variables=frozenset(seen.variables),
    )


def _root_field(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]
) -> FieldNode:
    first = selections.selections[0]
    while not isinstance(first, FieldNode):
        inner = (
            fragments[first.name.value].selection_set
            if isinstance(first, FragmentSpreadNode)
            else first.selection_set  # type: ignore[attr-defined]
        )
        first = inner.selections[0]
    return first


class _Seen(Visitor):
    """Sees the whole document: what another operation in it asks does no harm but a little."""

    def __init__(self, types: TypeInfo, root: FieldNode) -> None:
        super().__init__()
        self.types = types
        self.depends_on_viewer = False
        self.variables: set[str] = set()
        self._root = root

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self.types.get_parent_type()
        if node is not self._root and not node.name.value.startswith("__"):
            self.depends_on_viewer |= parent is None or not is_shareable(parent)

    def enter_argument(self, node: ArgumentNode, *_: Any) -> VisitorAction:
        return SKIP if any(node is own for own in self._root.arguments or ()) else None

    def enter_variable_definition(self, *_: Any) -> VisitorAction:
        return SKIP

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.variables.add(node.name.value)

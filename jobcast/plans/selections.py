"""Which fields an operation asks for, by graphql-core's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from jobcast.plans.errors import Unsupported
from jobcast.plans.fields import Place

_CONDITIONS = frozenset({"skip", "include"})


class Selections:
    """The fields of an operation, for one choice of what is skipped and included."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: VariableValues,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._variables = variables
        self._fragments = {
            name: FragmentDetails(fragment) for name, fragment in fragments_of(document).items()
        }

    def of_root(self, root: GraphQLObjectType) -> list[Place]:
        """The fields of the root type, in the order of the response."""
        collected = collect_fields(
            self._schema, self._fragments, self._variables, root, self._operation
        )
        return self._places(root, collected.grouped_field_set)

    def below(self, place: Place, type_: GraphQLObjectType) -> list[Place]:
        """The fields of the object that stands at `place`, if it is of this type."""
        details = [FieldDetails(node, None) for node in place.nodes]
        collected = collect_subfields(
            self._schema, self._fragments, self._variables, self._operation, type_, details
        )
        return self._places(type_, collected.grouped_field_set)

    def _places(
        self, parent: GraphQLObjectType, fields: dict[str, list[FieldDetails]]
    ) -> list[Place]:
        places = []
        for key, details in fields.items():
            definition = self._schema.get_field(parent, details[0].node.name.value)
            if definition is None:
                raise Unsupported  # the document was not validated
            nodes = tuple(one.node for one in details)
            places.append(Place(key, definition, nodes, parent))
        return places


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments by name."""
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


def condition_variables(
    document: DocumentNode, operation: OperationDefinitionNode
) -> tuple[str, ...]:
    """The variables that decide what is skipped and included.

    Raises:
        Unsupported: There are other directives, or arguments of fragments.
    """
    names: set[str] = set()
    if operation.directives:
        raise Unsupported
    fragments = fragments_of(document).values()
    for fragment in fragments:
        if fragment.directives or fragment.variable_definitions:
            raise Unsupported
    for definition in (operation, *fragments):
        for directive in _directives(definition.selection_set):
            names |= _variables_of(directive)
    return tuple(sorted(names))


def _directives(selections: SelectionSetNode | None) -> Iterator[DirectiveNode]:
    for node in selections.selections if selections else ():
        yield from node.directives or ()
        if isinstance(node, FieldNode | InlineFragmentNode):
            yield from _directives(node.selection_set)
        elif isinstance(node, FragmentSpreadNode) and node.arguments:
            raise Unsupported


def _variables_of(directive: DirectiveNode) -> set[str]:
    if directive.name.value not in _CONDITIONS:
        raise Unsupported
    names = set()
    for argument in directive.arguments or ():
        value: Any = argument.value
        if isinstance(value, VariableNode):
            names.add(value.name.value)
        elif not isinstance(value, BooleanValueNode):
            raise Unsupported
    return names

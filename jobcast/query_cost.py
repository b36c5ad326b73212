"""What an operation asks for in all, and how much its variables hold, known before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from resolvers.queries import DEFAULT_PAGE
from schema.queue import DEFAULT_RUNNING, DEFAULT_WORKERS
from schema.viewer import DEFAULT_FILES
from tasks.overview import MINUTES

# The argument that says how many entries of a list are wanted, as Relay's connections have it.
PAGE_ARGUMENT = "first"
# Fields that have long lists, and how many entries they have without the argument.
LISTS = {
    "jobs": DEFAULT_PAGE,
    "storedFiles": DEFAULT_FILES,
    "workers": DEFAULT_WORKERS,
    "runningJobs": DEFAULT_RUNNING,
    "minutes": MINUTES,
}

# Reading one value takes about 1.5 µs, so a request holds up the others for 15 ms at most.
MOST_VALUES = 10_000
DEEPEST_VALUE = 50


def operation_cost(
    document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> int:
    """How many fields are answered at most: those below a list once for each entry.

    Fragments are counted wherever they are spread, and measured once. The document must be
    valid: its fragments exist, and none spreads itself.
    """
    return _Cost(document, variables).of(operation.selection_set)


def fixed_cost(document: DocumentNode, operation: OperationDefinitionNode) -> int | None:
    """The same where it is always the same; None: it depends on variables."""
    cost = _Cost(document, {})
    total = cost.of(operation.selection_set)
    return None if cost.varies else total


def exceeds_values(variables: dict[str, Any]) -> str | None:
    """What is too large about the variables, in words; None when all is within bounds."""
    values = 0
    level: list[Any] = [variables]
    for _ in range(DEEPEST_VALUE):
        below: list[Any] = []
        for value in level:
            inner = value.values() if isinstance(value, dict) else value
            values += len(inner)
            if values > MOST_VALUES:
                return f"The variables hold more than {MOST_VALUES} values. Put them into a file."
            below += [one for one in inner if isinstance(one, dict | list)]
        if not below:
            return None
        level = below
    return f"The variables are nested more than {DEEPEST_VALUE} levels deep."


class _Cost:
    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.varies = False  # whether a variable was asked for
        self._variables = variables
        self._known: dict[str, int] = {}
        self._fragments = {
            definition.name.value: definition.selection_set
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def of(self, selections: SelectionSetNode | None) -> int:
        cost = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                cost += 1 + self._entries(node) * self.of(node.selection_set)
            elif isinstance(node, InlineFragmentNode):
                cost += self.of(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                cost += self._of_fragment(node.name.value)
        return cost

    def _of_fragment(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = self.of(self._fragments[name])
        return self._known[name]

    def _entries(self, node: FieldNode) -> int:
        usual = LISTS.get(node.name.value)
        if usual is None:
            return 1
        for argument in node.arguments or ():
            if argument.name.value != PAGE_ARGUMENT:
                continue
            value: Any = None
            if isinstance(argument.value, IntValueNode):
                value = int(argument.value.value)
            elif isinstance(argument.value, VariableNode):
                self.varies = True
                value = self._variables.get(argument.value.name.value)
            if isinstance(value, int):
                return max(1, value)
        return usual

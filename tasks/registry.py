"""The registry: all tasks that a process knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from tasks.claims import Claim, claims_of
from tasks.definition import TaskDefinition
from tasks.errors import InvalidTask, UnknownTask
from tasks.names import RESERVED_MUTATIONS, RESERVED_TYPES


class Registry:
    """Tasks by name, in the order in which they were added."""

    def __init__(self, definitions: Iterable[TaskDefinition] = ()) -> None:
        self._by_name: dict[str, TaskDefinition] = {}
        self._by_field: dict[str, TaskDefinition] = {}
        self._claims: dict[str, tuple[Claim, TaskDefinition]] = {}
        for definition in definitions:
            self.add(definition)

    def add(self, definition: TaskDefinition) -> None:
        """Register a task. The same function at the same place again replaces itself.

        Raises:
            InvalidTask: A name it needs in GraphQL stands for something else already.
        """
        known = self._by_name.get(definition.name)
        if known is not None and known.location == definition.location:
            self._remove(known)
        self._check_names(definition)
        for claim in claims_of(definition):
            self._claims.setdefault(claim.name, (claim, definition))
        self._by_name[definition.name] = definition
        self._by_field[definition.field_name] = definition

    def get(self, name: str) -> TaskDefinition:
        """The task of that name.

        Raises:
            UnknownTask: There is none.
        """
        if (definition := self.find(name)) is None:
            raise UnknownTask(f"No task is named {name}; load its module with JOBCAST_TASKS.")
        return definition

    def find(self, name: str) -> TaskDefinition | None:
        """The task of that name, if there is one."""
        return self._by_name.get(name)

    def by_field(self, field_name: str) -> TaskDefinition | None:
        """The task whose mutation has that name, if there is one."""
        return self._by_field.get(field_name)

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that these tasks use, sorted."""
        return tuple(sorted({definition.queue for definition in self}))

    def __iter__(self) -> Iterator[TaskDefinition]:
        return iter(tuple(self._by_name.values()))

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def _remove(self, definition: TaskDefinition) -> None:
        del self._by_name[definition.name]
        del self._by_field[definition.field_name]
        self._claims = {
            claim.name: (claim, other)
            for other in self._by_name.values()
            for claim in claims_of(other)
        }

    def _check_names(self, definition: TaskDefinition) -> None:
        where = f"{definition.location}: task {definition.name}"
        if definition.field_name in RESERVED_MUTATIONS:
            raise InvalidTask(
                f"{where}: Jobcast has a mutation {definition.field_name} itself. Rename the task."
            )
        for other in (
            self._by_name.get(definition.name),
            self._by_field.get(definition.field_name),
        ):
            if other is not None:
                raise InvalidTask(
                    f"{where}: {other.location} already has a task {other.name}, whose mutation "
                    f"is {other.field_name} as well. Rename one of them."
                )
        mine: dict[str, Claim] = {}
        for claim in claims_of(definition):
            if claim.name in RESERVED_TYPES:
                raise InvalidTask(
                    f"{where}: {claim.what} would be the GraphQL type {claim.name}, which Jobcast "
                    f"has itself. Rename it."
                )
            rival, place = mine.get(claim.name), definition.location
            if rival is None and claim.name in self._claims:
                rival, holder = self._claims[claim.name]
                place = holder.location
            if rival is not None and rival.owner != claim.owner:
                raise InvalidTask(
                    f"{where}: both {claim.what} and {rival.what} ({place}) would be the GraphQL "
                    f"type {claim.name}. Rename one of them."
                )
            mine[claim.name] = claim


# Where `@task` puts what it is not told to put elsewhere.
default_registry = Registry()


def load_modules(names: Iterable[str], source: Registry = default_registry) -> Registry:
    """Import modules, and collect their tasks: those in them, below them and imported by them.

    Raises:
        ImportError: There is no such module, or it cannot be imported.
        InvalidTask: One of its functions cannot be a task, or it has none.
    """
    found = Registry()
    for name in names:
        before = {id(definition) for definition in source}
        module = import_module(name)
        imported = {id(getattr(value, "definition", None)) for value in list(vars(module).values())}
        wanted = [
            definition
            for definition in source
            if id(definition) not in before
            or id(definition) in imported
            or f"{definition.function.__module__}.".startswith(f"{name}.")
        ]
        if not wanted:
            raise InvalidTask(f"Module {name} has no tasks. Decorate a function with @task.")
        for definition in wanted:
            if found.find(definition.name) is not definition:
                found.add(definition)
    return found

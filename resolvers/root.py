"""The root types of a schema, with the fields that answer them."""

from __future__ import annotations

from dataclasses import dataclass

from resolvers.mutations import make_mutation
from resolvers.queries import Query
from resolvers.subscriptions import Subscription
from schema.generated import GeneratedTypes


@dataclass(frozen=True, slots=True)
class RootTypes:
    """What `strawberry.Schema` is made from."""

    query: type
    mutation: type
    subscription: type


def build_root_types(types: GeneratedTypes) -> RootTypes:
    """The roots for the tasks that `types` was made from."""
    return RootTypes(Query, make_mutation(types), Subscription)

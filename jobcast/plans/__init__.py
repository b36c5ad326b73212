"""Operations compiled to plain Python, with answers equal to graphql-core's.

An operation that a client sends again and again is compiled once: coercion of its variables, the
calls of its resolvers, and the projection of what they give. Compiled code knows the good path
only. Whenever something on it is out of the ordinary (a resolver raises, a value does not fit its
type), graphql-core's executor answers instead, and is given what the root fields gave already, so
that nothing is done twice and every error is graphql-core's own. Operations with a shape that
compiled code does not know go to the executor from the start.

Nothing here knows the project; see `docs/decisions/0015-compiled-plans.md`.
"""

from __future__ import annotations

from jobcast.plans.plan import Plan, compile_operation

__all__ = ["Plan", "compile_operation"]

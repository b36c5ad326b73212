"""Errors that resolvers give clients on purpose, with a code in `extensions`."""

from __future__ import annotations

from graphql import GraphQLError

from schema.error_codes import ErrorCode


def client_error(code: ErrorCode, message: str) -> GraphQLError:
    """An error whose message is meant for the client."""
    return GraphQLError(message, extensions={"code": code.value})


def job_not_found() -> GraphQLError:
    """One answer for a job that is not there, and for one that is not the viewer's."""
    return client_error(ErrorCode.NOT_FOUND, "There is no such job, or it is not yours.")

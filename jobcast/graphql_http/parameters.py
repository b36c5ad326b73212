"""The parameters of a request: query, variables, operation name, extensions.

Source: GraphQL over HTTP, "Request Parameters".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request

from jobcast.client_json import NotJson, read_json
from jobcast.graphql_http.refusal import HttpRefusal
from schema.error_codes import ErrorCode

# Longest query string of a GET; servers and proxies refuse longer ones anyway.
LONGEST_URL_QUERY = 8 * 1024  # characters


class Parameters(NamedTuple):
    """What to run."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None


def from_query_string(request: Request) -> Parameters:
    """The parameters of a GET.

    Raises:
        HttpRefusal: They are missing or of the wrong type.
    """
    if len(request.url.query) > LONGEST_URL_QUERY:
        raise HttpRefusal(414, "The URL is too long; use POST.", ErrorCode.TOO_LARGE)
    values: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in values:
            try:
                values[name] = read_json(values[name])
            except NotJson as exc:
                raise HttpRefusal(400, f"`{name}` must be JSON. {exc}") from exc
    return from_mapping(values)


def from_json(body: bytes | bytearray) -> Parameters:
    """The parameters of a POST.

    Raises:
        HttpRefusal: They are missing or of the wrong type.
    """
    try:
        value = read_json(body)
    except NotJson as exc:
        raise HttpRefusal(400, f"The body must be JSON, in UTF-8. {exc}") from exc
    if isinstance(value, list):
        raise HttpRefusal(400, "Send one operation at a time; batches are not taken.")
    if not isinstance(value, dict):
        raise HttpRefusal(400, "The body must be a JSON object.")
    return from_mapping(value)


def from_mapping(values: Mapping[str, Any]) -> Parameters:
    """The same, from what was already parsed."""
    query = values.get("query")
    if not isinstance(query, str):
        raise HttpRefusal(400, "`query` must be given, as a string.")
    operation_name = values.get("operationName")
    if not isinstance(operation_name, str | None):
        raise HttpRefusal(400, "`operationName` must be a string.")
    variables = values.get("variables")
    if not isinstance(variables, dict | None):
        raise HttpRefusal(400, "`variables` must be an object.")
    if not isinstance(values.get("extensions"), dict | None):
        raise HttpRefusal(400, "`extensions` must be an object.")
    return Parameters(query, operation_name or None, variables)

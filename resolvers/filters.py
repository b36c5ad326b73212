"""Which jobs a client wants, checked."""

from __future__ import annotations

from resolvers.errors import client_error
from schema import inputs
from schema.error_codes import ErrorCode
from schema.options import read_filter
from tasks.options import JobFilter


def wanted_jobs(filter: inputs.JobFilter | None) -> JobFilter:
    """The filter as the queue takes it.

    Raises:
        GraphQLError: It has a text that is too long.
    """
    if filter is not None and filter.text and len(filter.text) > inputs.LONGEST_TEXT:
        raise client_error(
            ErrorCode.BAD_REQUEST,
            f"`filter.text` may have {inputs.LONGEST_TEXT} characters, not {len(filter.text)}.",
        )
    return read_filter(filter)

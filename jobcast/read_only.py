"""Who came by a watch link may look, and change nothing."""

from __future__ import annotations

from jobcast.request_errors import RequestRefused
from resolvers.context import Viewer
from schema.error_codes import ErrorCode


def check_may_change(viewer: Viewer) -> None:
    """Before any mutation, and before any of its files is read.

    Raises:
        RequestRefused: The viewer may watch only.
    """
    if viewer.link is not None:
        raise RequestRefused.because(
            "A watch link can watch, and do nothing else.", ErrorCode.FORBIDDEN
        )

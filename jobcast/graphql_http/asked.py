"""`Asked`: a request to `/graphql`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Receive, Scope


class Asked(Request):
    """A request whose headers were read once.

    Attributes:
        fields: The headers by their names in lower case; of several of one name, the first.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        # Starlette searches the list for each name anew: 15 µs for all that are looked at.
        self.fields: dict[str, str] = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in reversed(scope["headers"])
        }

    @property
    def content_type(self) -> str:
        """The body's media type in lower case, without parameters."""
        return self.fields.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The body's encoding, if it is named."""
        parameters = self.fields.get("content-type", "").lower().partition(";")[2]
        name, _, value = parameters.strip().partition("=")
        return value.strip('" ') if name == "charset" else ""

"""`Api`: GraphQL over HTTP, as the command line speaks it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from jobcast.errors import ClientError

EXIT_UNREACHABLE = 4

# Requests are answered at once; an upload may pause while the server writes to its storage.
_TIMEOUT = httpx.Timeout(10, write=60, read=60)

_PATH = "/graphql"  # where the API is, unless a proxy puts it elsewhere


class Api:
    """A Jobcast API at `url`. An async context manager."""

    def __init__(self, url: str, token: str | None) -> None:
        """Speak to `url`, presenting `token` when there is one.

        An address without a path is completed: `http://host:8000` is `http://host:8000/graphql`.
        """
        self.url = _with_path(url)
        self.token = token
        self._client = httpx.AsyncClient(
            timeout=_TIMEOUT,
            headers={
                "Accept": "application/graphql-response+json, application/json;q=0.9",
                **({"Authorization": f"Bearer {token}"} if token else {}),
            },
        )

    async def __aenter__(self) -> Api:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def execute(
        self,
        document: str,
        variables: Mapping[str, Any],
        files: Mapping[str, Path] | None = None,
    ) -> dict[str, Any]:
        """Execute one operation and return its `data`.

        Args:
            document: The operation.
            variables: Its variables; null where a file goes.
            files: Files to upload, by the path of their variable (`variables.input.video`), as
                the GraphQL multipart request specification has it.

        Raises:
            ClientError: The server cannot be reached, or refuses.
        """
        operation = {"query": document, "variables": variables}
        try:
            if files:
                response = await self._post_files(operation, files)
            else:
                response = await self._client.post(self.url, json=operation)
        except httpx.HTTPError as exc:
            raise ClientError(
                f"Cannot reach {self.url}: {str(exc) or type(exc).__name__}. "
                "Is `jobcast dev` running? Another address is given by --url or JOBCAST_URL.",
                EXIT_UNREACHABLE,
            ) from exc
        return _data(response)

    async def _post_files(
        self, operation: dict[str, Any], files: Mapping[str, Path]
    ) -> httpx.Response:
        names = {str(index): path for index, path in enumerate(files)}
        async with AsyncExitStack() as stack:
            parts = [
                (name, (files[path].name, stack.enter_context(files[path].open("rb"))))
                for name, path in names.items()
            ]
            return await self._client.post(
                self.url,
                data={
                    "operations": json.dumps(operation),
                    "map": json.dumps({name: [path] for name, path in names.items()}),
                },
                files=parts,
                # A browser cannot send this to another site without asking there first.
                headers={"GraphQL-Require-Preflight": "true"},
            )


def _with_path(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=_PATH)) if parts.path in {"", "/"} else url


def _data(response: httpx.Response) -> dict[str, Any]:
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise ClientError("The server wants a valid token: --token or JOBCAST_TOKEN.", 2)
    try:
        body = response.json()
    except ValueError:
        raise ClientError(
            f"{response.url} answered {response.status_code}, and not with GraphQL.",
            EXIT_UNREACHABLE,
        ) from None
    if not isinstance(body, dict):
        raise ClientError(f"{response.url} does not answer with GraphQL.", EXIT_UNREACHABLE)
    if body.get("errors"):
        raise ClientError("\n".join(str(error.get("message")) for error in body["errors"]))
    data = body.get("data")
    if not isinstance(data, dict):
        raise ClientError(f"{response.url} answered {response.status_code} without data.")
    return data

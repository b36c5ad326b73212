"""Uploads: the GraphQL multipart request, its files stored as they arrive.

Source: https://github.com/jaydenseric/graphql-multipart-request-spec (version 2).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from jobcast.client_json import NotJson, read_json
from jobcast.graphql_http.multipart_parts import (
    PartBegin,
    PartData,
    PartEnd,
    PartEvent,
    read_parts,
)
from jobcast.graphql_http.parameters import Parameters, from_mapping
from jobcast.graphql_http.refusal import HttpRefusal
from schema.error_codes import ErrorCode
from schema.quoting import quoted
from tasks.files.errors import FileTooLarge, StorageFull, StorageUnavailable
from tasks.files.storage import FileStorage

logger = logging.getLogger("jobcast.uploads")

# A job takes a handful of files; each costs two objects in the store.
MOST_FILES = 10

# A page of another site cannot send these without a preflight (Fetch, "CORS-safelisted").
_PREFLIGHT_HEADERS = ("graphql-require-preflight", "x-requested-with", "authorization")


class Uploads:
    """Reads one multipart request. Its files stand in the variables by their ids."""

    def __init__(
        self,
        storage: FileStorage,
        owner: str,
        *,
        json_bytes: int,
        bytes: int,
        stall: timedelta,
    ) -> None:
        self.stored: list[str] = []  # ids of what was stored, to be removed if it is not used
        self._storage = storage
        self._owner = owner
        self._json_bytes = json_bytes
        self._bytes = bytes
        self._stall = stall

    async def read(self, request: Request) -> Parameters:
        """Store the files; the request's parameters.

        Raises:
            HttpRefusal: The body is not as the specification has it, or too large.
            StorageUnavailable: The store did not answer.
        """
        if not any(name in request.headers for name in _PREFLIGHT_HEADERS):
            raise HttpRefusal(400, "An upload needs the header `GraphQL-Require-Preflight: true`.")
        async with aclosing(read_parts(request, self._bytes, self._stall)) as parts:
            events: AsyncIterator[PartEvent] = aiter(parts)
            operations = await self._json_part(events, "operations")
            places = _places(await self._json_part(events, "map"))
            from_mapping(operations)  # refuse what cannot run before its files are taken
            async for event in events:
                if isinstance(event, PartBegin):
                    paths = places.pop(event.name, None)
                    if paths is None:
                        raise HttpRefusal(400, f"The part {quoted(event.name)} is not in `map`.")
                    await self._store(event, events)
                    for path in paths:
                        _put(operations, path, self.stored[-1])
        if places:
            raise HttpRefusal(400, f"The file {quoted(min(places))} of `map` is missing.")
        return from_mapping(operations)

    async def discard(self, kept: set[str]) -> None:
        """Remove the files that nothing uses.

        One that the store does not give up is logged: the answer is known, and must go out.
        """
        for file_id in self.stored:
            if file_id not in kept:
                try:
                    await self._storage.delete(file_id)
                except StorageUnavailable as exc:
                    logger.warning("Unused upload %s was not removed: %s", file_id, exc)

    async def _json_part(self, events: AsyncIterator[PartEvent], name: str) -> dict[str, Any]:
        event = await anext(events, None)
        if not isinstance(event, PartBegin) or event.name != name:
            raise HttpRefusal(400, f"The parts must begin with `operations`, `map`: no `{name}`.")
        text = bytearray()
        async for event in events:
            if isinstance(event, PartEnd):
                break
            if isinstance(event, PartData):
                text += event.chunk
            if len(text) > self._json_bytes:
                raise HttpRefusal(
                    413, f"`{name}` is larger than {self._json_bytes} bytes.", ErrorCode.TOO_LARGE
                )
        try:
            value = read_json(text)
        except NotJson as exc:
            raise HttpRefusal(400, f"`{name}` must be JSON. {exc}") from exc
        if not isinstance(value, dict):
            raise HttpRefusal(400, f"`{name}` must be an object; batches are not taken.")
        return value

    async def _store(self, part: PartBegin, events: AsyncIterator[PartEvent]) -> None:
        try:
            async with self._storage.writer(
                self._owner,
                part.filename or "upload",
                part.content_type or "application/octet-stream",
                self._bytes,
            ) as writer:
                async for event in events:
                    if isinstance(event, PartData):
                        await writer.write(event.chunk)
                    elif isinstance(event, PartEnd):
                        break
        except FileTooLarge as exc:
            raise HttpRefusal(413, str(exc), ErrorCode.TOO_LARGE) from exc
        except StorageFull as exc:
            raise HttpRefusal(413, str(exc), ErrorCode.STORAGE_FULL) from exc
        self.stored.append(writer.ref.id)


def _places(value: dict[str, Any]) -> dict[str, list[str]]:
    """Where each file belongs: paths in `operations`, `variables.input.video`."""
    if len(value) > MOST_FILES:
        raise HttpRefusal(400, f"At most {MOST_FILES} files can be uploaded at once.")
    for paths in value.values():
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise HttpRefusal(400, "Each member of `map` must be a list of paths.")
    return value


def _put(operations: dict[str, Any], path: str, file_id: str) -> None:
    *steps, last = path.split(".")
    place: Any = operations
    for step in steps:
        place = _member(place, step)
    if not steps or steps[0] != "variables" or _member(place, last) is not None:
        raise HttpRefusal(400, f"`map` names {quoted(path)}, which is not a null in the variables.")
    place[int(last) if isinstance(place, list) else last] = file_id


_NOTHING = object()


def _member(place: Any, step: str) -> Any:
    if isinstance(place, dict):
        return place.get(step, _NOTHING)
    # `int` refuses thousands of digits, and nine count more members than any body has.
    if isinstance(place, list) and len(step) <= 9 and step.isdecimal() and int(step) < len(place):
        return place[int(step)]
    return _NOTHING

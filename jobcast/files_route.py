"""`/files/{id}`: stored files, for whoever has a signed link."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from tasks.files.errors import InvalidLink, LinkExpired, StorageUnavailable
from tasks.files.links import LinkSigner
from tasks.files.storage import FileStorage
from tasks.files.stored import StoredFile

# Types that browsers show without running anything in them. All others are downloaded.
_SHOWN = re.compile(
    r"image/(png|jpeg|gif|webp|avif)|(video|audio)/[a-z0-9.+-]+|text/plain|application/pdf"
)

# No file has a longer size; Python would not even read one of 4,301 digits.
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class FilesRoute:
    """Serves files; the link itself is the permission, and expires."""

    def __init__(self, storage: FileStorage, links: LinkSigner) -> None:
        self._storage = storage
        self._links = links

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        file_id = request.path_params["file_id"]
        query = request.query_params
        try:
            self._links.verify(file_id, query.get("expires", ""), query.get("signature", ""))
            stored = await self._storage.stat(file_id)
        except LinkExpired:
            return PlainTextResponse("The link has expired; ask for a new one.", 410)
        except InvalidLink:
            return PlainTextResponse("The link is not valid.", 403)
        except StorageUnavailable:
            return PlainTextResponse("The storage does not answer; try again.", 503)
        if stored is None:
            return PlainTextResponse("The file was deleted, or is no longer kept.", 404)
        wanted = request.headers.get("range")
        headers = _headers(stored)
        if wanted is None:
            return self._send(stored, 0, stored.size_bytes, 200, headers)
        if _RANGE.fullmatch(wanted.strip()) is None:
            # Several ranges, or another unit: RFC 9110, section 14.2, lets a server ignore it.
            return self._send(stored, 0, stored.size_bytes, 200, headers)
        span = _span(wanted, stored.size_bytes)
        if span is None:
            return Response(
                status_code=416, headers={"Content-Range": f"bytes */{stored.size_bytes}"}
            )
        start, end = span
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size_bytes}"
        return self._send(stored, start, end, 206, headers)

    def _send(
        self, stored: StoredFile, start: int, end: int, status: int, headers: dict[str, str]
    ) -> Response:
        headers["Content-Length"] = str(end - start)
        return StreamingResponse(self._storage.read(stored.id, (start, end)), status, headers)


# Should a browser treat it as a page all the same, it has no origin and runs nothing.
_POLICY = "default-src 'none'; sandbox"
# A film or a picture is shown in a page that the browser makes, with a style of its own, and that
# reads the file anew, from its own origin. It runs nothing either: scripts are not allowed.
_MEDIA_POLICY = (
    "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; "
    "sandbox allow-same-origin"
)


def _headers(stored: StoredFile) -> dict[str, str]:
    shown = _SHOWN.fullmatch(stored.content_type) is not None
    is_media = stored.content_type.startswith(("image/", "video/", "audio/"))
    disposition = "inline" if shown else "attachment"
    return {
        "Content-Type": stored.content_type if shown else "application/octet-stream",
        # RFC 6266, with RFC 8187's encoding: no name can break out of the header.
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(stored.name, safe='')}",
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": _MEDIA_POLICY if shown and is_media else _POLICY,
        "X-Content-Type-Options": "nosniff",
    }


def _span(header: str, size: int) -> tuple[int, int] | None:
    """First byte, and the one after the last (RFC 9110, section 14); None: not satisfiable."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    return (start, end) if start < end else None

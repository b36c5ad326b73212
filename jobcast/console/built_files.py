"""`BuiltFiles`: the console as it was built, and in which coding a client gets each file.

Source: RFC 9110, section 12.5.3 (`Accept-Encoding`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import FileResponse, Response

FOLDER = Path(__file__).parents[1] / "console_files"

# Names hold a hash of their content, so what was fetched once is never asked for again.
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"

# In order of preference: the smaller first.
_CODINGS = (("br", ".br"), ("gzip", ".gz"))

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file, with the codings that it was built in."""

    path: Path
    media_type: str
    codings: Mapping[str, Path]

    def answer(self, accept_encoding: str | None, headers: Mapping[str, str]) -> Response:
        """The file in the best coding that the client takes."""
        coding = next((name for name in self.codings if _takes(accept_encoding, name)), None)
        chosen = self.path if coding is None else self.codings[coding]
        coded = {} if coding is None else {"Content-Encoding": coding}
        return FileResponse(
            chosen,
            headers={**headers, **coded, "Vary": "Accept-Encoding"},
            media_type=self.media_type,
        )


class BuiltFiles:
    """What there was when the process started; nothing else is ever looked for on the disk."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = dict(_found(folder))

    def __bool__(self) -> bool:
        return "index.html" in self._files

    def get(self, name: str) -> BuiltFile | None:
        """The file of this name below the folder."""
        return self._files.get(name)


def _found(folder: Path) -> list[tuple[str, BuiltFile]]:
    found = []
    for path in folder.rglob("*"):
        media_type = _TYPES.get(path.suffix)
        if media_type is None or not path.is_file():
            continue
        beside = {name: path.with_name(path.name + suffix) for name, suffix in _CODINGS}
        codings = {name: coded for name, coded in beside.items() if coded.exists()}
        found.append((path.relative_to(folder).as_posix(), BuiltFile(path, media_type, codings)))
    return found


def _takes(accept_encoding: str | None, coding: str) -> bool:
    for part in (accept_encoding or "").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name in {coding, "*"}:
            return not any(one.replace(" ", "") in _NONE for one in parameters)
    return False


# A weight of nothing, in the ways that it can be written (RFC 9110, section 12.4.2).
_NONE = {"q=0", "q=0.0", "q=0.00", "q=0.000"}

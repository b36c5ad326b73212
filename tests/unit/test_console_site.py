"""What browsers get of the console: which page, in which coding, under which policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from jobcast.console.built_files import BuiltFiles
from jobcast.console.site import PAGES, ConsoleSite

pytestmark = pytest.mark.anyio

SCRIPT = "console/main-1a2b3c.js"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A console of three files, each with what its codings would be."""
    (tmp_path / "console").mkdir()
    for name in ("index.html", "graphiql.html", SCRIPT):
        for suffix, content in (("", "plain"), (".br", "brotli"), (".gz", "gzip")):
            (tmp_path / f"{name}{suffix}").write_text(f"{content} {name}")
    (tmp_path / ".digest").write_text("secret")
    return tmp_path


class At:
    """The page at the API's address, for a router that takes functions for endpoints."""

    def __init__(self, site: ConsoleSite) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._site.graphiql(scope, receive, send)


async def get(
    site: ConsoleSite, path: str, coding: str | None = None, method: str = "GET"
) -> httpx.Response:
    app = Starlette(routes=[Route("/graphql", At(site)), *site.routes()])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        headers = {} if coding is None else {"Accept-Encoding": coding}
        request = client.build_request(method, path, headers=headers)
        if coding is None:
            del request.headers["Accept-Encoding"]
        response = await client.send(request, stream=True)
        response._content = b"".join([part async for part in response.aiter_raw()])
        return response


@pytest.mark.parametrize("path", [*PAGES, "/jobs/rides.0193a5f2-1", "/new/track_ride"])
async def test_each_address_of_the_front_end_is_its_page_and_is_asked_for_again(
    built: Path, path: str
) -> None:
    response = await get(ConsoleSite(on=True, files=BuiltFiles(built)), path)

    assert response.text == "plain index.html"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["content-type"] == "text/html; charset=utf-8"


async def test_what_a_page_loads_is_kept_for_ever(built: Path) -> None:
    response = await get(ConsoleSite(on=True, files=BuiltFiles(built)), f"/{SCRIPT}")

    assert response.text == f"plain {SCRIPT}"
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.000, gzip; q=0", None),
        ("*", "br"),
        ("identity", None),
        ("", None),
        (None, None),
    ],
)
async def test_a_file_comes_in_the_smallest_coding_that_the_client_takes(
    built: Path, accepted: str | None, coding: str | None
) -> None:
    response = await get(ConsoleSite(on=True, files=BuiltFiles(built)), f"/{SCRIPT}", accepted)

    names = {"br": "brotli", "gzip": "gzip", None: "plain"}
    assert response.headers.get("content-encoding") == coding
    assert response.text == f"{names[coding]} {SCRIPT}"
    assert response.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("page", ["/", "/graphql", f"/{SCRIPT}"])
async def test_no_policy_lets_a_script_stand_in_a_page_or_come_from_elsewhere(
    built: Path, page: str
) -> None:
    response = await get(ConsoleSite(on=True, files=BuiltFiles(built)), page)

    policy = dict(
        directive.strip().split(" ", 1)
        for directive in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["style-src"] == ("'self' 'unsafe-inline'" if page == "/graphql" else "'self'")
    assert not [source for source in policy.values() if "http" in source or "*" in source]


@pytest.mark.parametrize(
    "path",
    ["/console/.digest", "/console/%2e%2e/.digest", "/console/..%2f.digest", "/console/index.html"],
)
async def test_nothing_but_what_was_built_for_pages_is_served(built: Path, path: str) -> None:
    response = await get(ConsoleSite(on=True, files=BuiltFiles(built)), path)

    assert response.status_code == 404


Ask = Callable[[Path], ConsoleSite]


@pytest.mark.parametrize(
    ("site", "says"),
    [
        (lambda empty: ConsoleSite(on=True, files=BuiltFiles(empty)), "make console"),
        (lambda empty: ConsoleSite(on=False, files=BuiltFiles(empty)), "JOBCAST_CONSOLE=on"),
    ],
)
async def test_without_a_console_a_browser_is_told_how_to_get_one(
    tmp_path: Path, site: Ask, says: str
) -> None:
    api = await get(site(tmp_path), "/graphql")
    root = await get(site(tmp_path), "/")

    assert says in api.text
    if root.is_redirect:
        assert root.headers["location"] == "/graphql"
    else:
        assert says in root.text


async def test_a_console_that_is_off_is_not_shown_even_when_it_is_built(built: Path) -> None:
    site = ConsoleSite(on=False, files=BuiltFiles(built))

    page = await get(site, "/graphql")
    script = await get(site, f"/{SCRIPT}")

    assert "JOBCAST_CONSOLE=on" in page.text
    assert script.status_code == 404

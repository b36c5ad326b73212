"""`ConsoleSite`: the console's pages, its files, and what is shown where there is no console."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from jobcast.console.built_files import ASK_AGAIN, FOR_EVER, BuiltFiles
from jobcast.console.notices import NOT_BUILT, OFF, notice_page
from jobcast.console.policies import CONSOLE_POLICY, GRAPHIQL_POLICY

# The front end's own addresses: it reads them itself, each is the same page.
PAGES = ("/", "/jobs/{id}", "/new", "/new/{task}", "/overview")

# Where the build puts what the pages load: `assetsDir` in console/vite.config.ts.
_ASSETS = "/console/{name:path}"


class ConsoleSite:
    """What browsers see of the API."""

    def __init__(self, *, on: bool, files: BuiltFiles | None = None) -> None:
        self._on = on
        self._files = BuiltFiles() if files is None else files

    def routes(self) -> list[BaseRoute]:
        """All but GraphiQL, which has the API's address: see `graphiql`."""
        if not self._on:
            return [Route("/", lambda _: RedirectResponse("/graphql"))]
        return [
            *(Route(path, self._page) for path in PAGES),
            Route(_ASSETS, self._asset),
        ]

    async def graphiql(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser that asks for a page at the API's address."""
        response = self._answer(Request(scope), "graphiql.html", GRAPHIQL_POLICY)
        response.headers.append("Vary", "Accept")  # the API's answers are at the same address
        await response(scope, receive, send)

    async def _page(self, request: Request) -> Response:
        return self._answer(request, "index.html", CONSOLE_POLICY)

    def _answer(self, request: Request, name: str, policy: str) -> Response:
        file = self._files.get(name)
        if not self._on or file is None:
            return HTMLResponse(notice_page(NOT_BUILT if self._on else OFF))
        headers = {
            "Cache-Control": ASK_AGAIN,
            "Content-Security-Policy": policy,
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        return file.answer(request.headers.get("accept-encoding"), headers)

    async def _asset(self, request: Request) -> Response:
        file = self._files.get(f"console/{request.path_params['name']}")
        if file is None:
            raise HTTPException(404)
        # Workers have their own policy: GraphiQL's load their language services as modules.
        headers = {"Cache-Control": FOR_EVER, "Content-Security-Policy": CONSOLE_POLICY}
        return file.answer(request.headers.get("accept-encoding"), headers)

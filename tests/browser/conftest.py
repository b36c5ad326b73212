"""The console as it is built, served by a real `jobcast dev`, in a real Chromium."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from console.build import NodeMissing, build_console
from tests.support.chromium import REQUIRED, Guarded, guarded_page, running_chromium
from tests.support.dev_process import Dev, running_dev


# Of a module, not of the session: an event loop that outlives the folder's tests would be that of
# all tests that come after them in the process.
@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for all tests of a module: the browser and the server live in it."""
    return "asyncio"


@pytest.fixture(scope="session")
def built_console() -> None:
    """The console of these sources."""
    try:
        build_console()
    except NodeMissing as exc:
        if os.environ.get(REQUIRED):
            raise
        pytest.skip(f"NO CONSOLE, so it is not tested: {exc}")


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without any page."""
    async with running_chromium() as running:
        yield running


@pytest.fixture(scope="module")
async def dev(
    built_console: None, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Dev]:
    """`jobcast dev` with the examples; everyone is `local`."""
    async with running_dev(tmp_path_factory.mktemp("dev")) as running:
        yield running


@pytest.fixture
async def console(dev: Dev, browser: Browser) -> AsyncIterator[Guarded]:
    """A page of the console; at the end nothing may have gone wrong in it."""
    async with guarded_page(browser, dev.url.removesuffix("/graphql")) as page:
        yield page

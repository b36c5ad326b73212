"""GraphiQL, as someone uses it who waits until it is there."""

from __future__ import annotations

import asyncio

from playwright.async_api import Error, Locator, Page, expect

READY_SECONDS = 60  # Monaco is large, and the machine may be busy
LOOK_AGAIN_MS = 1_000


async def run(page: Page, operation: str, *, several: bool = False) -> None:
    """Execute an operation of the tab that is open; a subscription runs on.

    The button works before the editor has been read, and then does nothing, or runs what the tab
    before it held: so it is pressed until one is under way or, in a tab of several, until it has
    asked which one is meant.
    """
    editor = page.get_by_label("Operation Editor")
    await expect(editor).to_contain_text(operation, timeout=READY_SECONDS * 1000)
    choice = page.get_by_role("menuitem", name=operation)
    under_way = page.get_by_role("button", name="Stop query")
    async with asyncio.timeout(READY_SECONDS):
        while True:
            await page.get_by_role("button", name="Execute query").click()
            if await _appears(choice if several else under_way):
                break
    if several:
        await choice.click()


def result(page: Page) -> Locator:
    """Where the answers are shown; the lines of it may be broken anywhere."""
    return page.get_by_label("Result Window")


async def _appears(wanted: Locator) -> bool:
    try:
        await wanted.first.wait_for(timeout=LOOK_AGAIN_MS)
    except Error:
        return False
    return True

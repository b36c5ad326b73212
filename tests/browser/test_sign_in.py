"""Where tokens are asked for: who comes in, and who sees what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.integration.conftest import _valkey, valkey_port  # noqa: F401
from tests.support.chromium import Guarded, guarded_page
from tests.support.graphiql import result, run
from tests.support.stack import Stack, running_stack
from tests.support.tokens import SECRET, token

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

# What the browser itself says of an answer with this status.
REFUSED = "status of 401"


@pytest.fixture
async def stack(
    built_console: None,
    valkey_port: int,  # noqa: F811
    tmp_path: Path,
) -> AsyncIterator[Stack]:
    """An API that asks for tokens, with a console."""
    async with running_stack(
        valkey_port, tmp_path, console="on", local_viewer="", jwt_secret=SECRET
    ) as running:
        yield running


async def sign_in(page: Guarded, signed: str) -> None:
    page.allow(REFUSED)
    await page.open("/")
    await page.page.get_by_label("Token").fill(signed)
    await page.page.get_by_role("button", name="Sign in").click()


async def test_two_users_do_not_see_each_others_jobs_and_an_admin_sees_both(
    stack: Stack, browser: Browser
) -> None:
    origin = f"http://127.0.0.1:{stack.port}"
    async with (
        guarded_page(browser, origin) as ada,
        guarded_page(browser, origin) as bob,
        guarded_page(browser, origin) as root,
    ):
        await sign_in(ada, token({"sub": "ada"}))
        await sign_in(bob, token({"sub": "bob"}))
        await sign_in(root, token({"sub": "root", "scope": "admin"}))
        for page in (ada, bob):
            await expect(page.page.get_by_text("No jobs yet")).to_be_visible()

        await ada.open("/new/add")
        await ada.page.get_by_label("a", exact=True).fill("2")
        await ada.page.get_by_role("button", name="Enqueue").click()
        await expect(ada.page.locator(".job-title")).to_contain_text("Succeeded")
        id = ada.page.url.rpartition("/")[2]

        await expect(root.page.locator(f'[data-job="{id}"]')).to_contain_text("ada")
        await expect(bob.page.get_by_text("No jobs yet")).to_be_visible()
        await bob.open(f"/jobs/{id}")
        await expect(bob.page.get_by_text("No such job")).to_be_visible()


async def test_a_token_that_is_not_accepted_is_asked_for_again(
    stack: Stack, browser: Browser
) -> None:
    async with guarded_page(browser, f"http://127.0.0.1:{stack.port}") as page:
        await sign_in(page, "nonsense")

        await expect(page.page.get_by_role("alert")).to_contain_text("did not accept")
        await page.page.get_by_label("Token").fill(token({"sub": "ada"}))
        await page.page.get_by_role("button", name="Sign in").click()
        await expect(page.page.get_by_text("No jobs yet")).to_be_visible()
        await page.page.get_by_role("button", name="Sign out").click()
        await expect(page.page.get_by_label("Token")).to_be_visible()


async def test_graphiql_speaks_for_who_signed_in(stack: Stack, browser: Browser) -> None:
    async with guarded_page(browser, f"http://127.0.0.1:{stack.port}") as page:
        await sign_in(page, token({"sub": "ada"}))
        await expect(page.page.get_by_text("No jobs yet")).to_be_visible()

        await page.open("/graphql")
        await run(page.page, "WatchAll")
        id = await stack_enqueues(stack)

        # The editor breaks the line at the point.
        await expect(result(page.page)).to_contain_text(id.partition(".")[2])


async def stack_enqueues(stack: Stack) -> str:
    """A job of ada's, from elsewhere."""
    from tests.support.http_client import http_client

    async with http_client() as client:
        answer = await client.post(
            stack.url,
            headers={"Authorization": f"Bearer {token({'sub': 'ada'})}"},
            json={"query": "mutation { add(input: {a: 1}) { ... on AddAccepted { job { id } } } }"},
        )
    id: str = answer.json()["data"]["add"]["job"]["id"]
    return id

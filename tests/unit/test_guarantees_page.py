"""The page of guarantees names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "guarantees.md"


def test_every_guarantee_names_tests_that_exist() -> None:
    named = re.findall(r"`(\w+/test_\w+): (test_\w+)`", PAGE.read_text())

    assert len(named) > 20
    for file, test in named:
        assert f"def {test}(" in (TESTS / f"{file}.py").read_text(), f"{file}: {test}"


def test_the_promise_on_the_readme_is_that_of_the_page() -> None:
    (promise,) = re.findall(r"^> (An accepted job .*)$", PAGE.read_text(), re.MULTILINE)

    assert promise in (TESTS.parent / "README.md").read_text()

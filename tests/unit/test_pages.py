"""The pages of promises name tests that exist, and settings with their defaults."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schema.error_codes import ErrorCode

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
GUARANTEES, PROTOCOL, SECURITY, SETTINGS = (
    ROOT / "docs" / f"{name}.md" for name in ("guarantees", "protocol", "security", "settings")
)


@pytest.mark.parametrize("page", [GUARANTEES, SECURITY], ids=lambda page: page.stem)
def test_every_promise_names_tests_that_exist(page: Path) -> None:
    named = re.findall(r"`(\w+/test_\w+): (test_\w+)`", page.read_text())

    assert len(named) > 20
    for file, test in named:
        assert f"def {test}(" in (TESTS / f"{file}.py").read_text(), f"{file}: {test}"


def test_the_promise_on_the_readme_is_that_of_the_page() -> None:
    (promise,) = re.findall(r"^> (An accepted job .*)$", GUARANTEES.read_text(), re.MULTILINE)

    assert promise in (ROOT / "README.md").read_text()


def test_settings_and_defaults_on_the_page_of_security_are_those_that_there_are() -> None:
    defaults = dict(
        re.findall(r"^\| `(JOBCAST_\w+)` \|[^|]*\| `?([^`|]*?)`? \|", SETTINGS.read_text(), re.M)
    )
    text = SECURITY.read_text()

    for name in re.findall(r"JOBCAST_\w+", text):
        assert name in defaults
    shown = re.findall(r"`(JOBCAST_\w+)` \(`([^`]+)`\)", text)
    assert len(shown) > 20
    for name, default in shown:
        assert defaults[name] == default, name


def test_the_page_of_the_protocol_lists_every_error_code_and_no_other() -> None:
    (section,) = re.findall(r"^## Error codes\n(.*?)^## ", PROTOCOL.read_text(), re.M | re.S)
    listed = [
        code for row in re.findall(r"^\| (`.*?) \|", section, re.M) for code in row.split(", ")
    ]

    assert sorted(listed) == [f"`{code}`" for code in sorted(ErrorCode)]


def test_no_error_code_is_written_but_by_its_name() -> None:
    for package in ("jobcast", "resolvers", "schema"):
        for path in (ROOT / package).rglob("*.py"):
            assert not re.findall(r"""["']code["']: ["'][A-Z]""", path.read_text()), path

"""How the modules of JOBCAST_TASKS are found, and what is said when they are not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jobcast.errors import InvalidSettings
from jobcast.task_modules import load_tasks

GOOD = """
from jobcast import task

@task
async def double(number: int) -> int:
    '''Double a number.'''
    return 2 * number
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with nothing of it left imported afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in [name for name in sys.modules if name.startswith("mine")]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def test_a_module_in_the_working_directory_is_found(here: Path) -> None:
    (here / "mine_good.py").write_text(GOOD)

    registry = load_tasks(["mine_good"])

    assert [task.name for task in registry] == ["double"]


def test_no_module_named_is_told(here: Path) -> None:
    with pytest.raises(InvalidSettings, match="JOBCAST_TASKS is not set"):
        load_tasks([])


def test_a_missing_module_is_named(here: Path) -> None:
    with pytest.raises(InvalidSettings, match="there is no module mine_absent"):
        load_tasks(["mine_absent.tasks"])


def test_a_module_that_fails_is_told_with_its_error(
    here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (here / "mine_bad.py").write_text("1 / 0")

    with pytest.raises(InvalidSettings, match="ZeroDivisionError while importing"):
        load_tasks(["mine_bad"])

    assert "mine_bad.py" in caplog.text


def test_what_a_module_lacks_is_not_taken_for_the_module(here: Path) -> None:
    (here / "mine_needy.py").write_text("import mine_dependency_that_is_absent")

    with pytest.raises(InvalidSettings, match="ModuleNotFoundError while importing"):
        load_tasks(["mine_needy"])


def test_a_function_that_cannot_be_a_task_is_told_with_its_line(here: Path) -> None:
    (here / "mine_untyped.py").write_text("from jobcast import task\n\n@task\ndef f(x): ...\n")

    with pytest.raises(InvalidSettings, match=r"mine_untyped\.py:3"):
        load_tasks(["mine_untyped"])

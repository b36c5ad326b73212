"""What the distribution promises: its names, its version, its lock."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import jobcast

ROOT = Path(__file__).parents[2]
FOLDERS = ("broadcaster", "resolvers", "schema", "tasks")


@pytest.mark.parametrize("name", FOLDERS)
def test_no_dependency_owns_the_name_of_a_folder(name: str) -> None:
    owners = set(packages_distributions().get(name, ())) - {"jobcast"}

    assert not owners


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_is_imported_from_beside_the_package(name: str) -> None:
    module = importlib.import_module(name)

    assert module.__file__ is not None
    assert Path(module.__file__).parent == ROOT / name


def test_a_folder_in_the_working_directory_does_not_get_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "__init__.py").write_text("raise RuntimeError('the wrong one')")

    subprocess.run(
        [sys.executable, "-c", "import jobcast, tasks; print(tasks.__file__)"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
        timeout=30,
    )


def test_the_names_for_authors_of_tasks_are_offered() -> None:
    offered = {name: getattr(jobcast, name) for name in jobcast.__all__}

    assert callable(offered["task"])
    assert offered["__version__"] == jobcast.__version__


def test_importing_the_package_loads_nothing_else() -> None:
    program = "import sys, jobcast; sys.exit('tasks' in sys.modules or 'pydantic' in sys.modules)"

    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=30)


def test_redis_is_not_pinned_by_way_of_saq() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert not [line for line in project["dependencies"] if line.startswith("saq[")]


def test_the_lock_names_no_registry_but_pypi() -> None:
    lock = (ROOT / "uv.lock").read_text()

    registries = set(re.findall(r'registry = "([^"]*)"', lock))
    hosts = set(re.findall(r'url = "(https?://[^/"]*)', lock))
    assert registries == {"https://pypi.org/simple"}
    assert hosts == {"https://files.pythonhosted.org"}
    assert "file:" not in lock

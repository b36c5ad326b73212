"""Loads the modules of tasks that `JOBCAST_TASKS` names."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from jobcast.errors import InvalidSettings
from tasks.errors import InvalidTask
from tasks.registry import Registry, load_modules

logger = logging.getLogger("jobcast.tasks")


def load_tasks(modules: Sequence[str]) -> Registry:
    """Import the modules; those in the working directory are found too.

    Raises:
        InvalidSettings: None is named, one cannot be imported, or a function cannot be a task.
    """
    if not modules:
        raise InvalidSettings(["JOBCAST_TASKS is not set: name the modules that define your tasks"])
    # Last, so that nothing there can stand in the way of an installed module.
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        return load_modules(modules)
    except InvalidTask as exc:
        raise InvalidSettings([str(exc)]) from exc
    except ModuleNotFoundError as exc:
        if any(f"{name}.".startswith(f"{exc.name}.") for name in modules):
            raise InvalidSettings(
                [f"JOBCAST_TASKS: there is no module {exc.name}, here or among those installed"]
            ) from exc
        raise _failed(exc) from exc
    except Exception as exc:
        raise _failed(exc) from exc


def _failed(exc: Exception) -> InvalidSettings:
    logger.error("A module of JOBCAST_TASKS cannot be imported", exc_info=exc)
    return InvalidSettings([f"JOBCAST_TASKS: {type(exc).__name__} while importing: {exc}"])

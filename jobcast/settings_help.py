"""Loads `Settings` with errors that a person can act on, and lists them all for the help."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import ByteSize, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from jobcast.errors import InvalidSettings
from jobcast.setting_types import PREFIX, format_duration, format_size
from jobcast.settings import Settings, names_in_environment, values_in_environment


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting, as the help shows it."""

    variable: str
    kind: str
    default: str
    description: str


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment.

    Args:
        overrides: Values from the command line; None means not given.

    Raises:
        InvalidSettings: Lists every problem, and never shows a value, which could be a secret.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    problems = list(_unknown_variables())
    try:
        settings = Settings.model_validate({**values_in_environment(), **given})
    except ValidationError as exc:
        # Without its cause: a traceback would show the values.
        raise InvalidSettings(problems + [_problem(error) for error in exc.errors()]) from None
    if problems:
        raise InvalidSettings(problems)
    return settings


def setting_rows() -> list[SettingRow]:
    """Every setting, in the order of the file."""
    return [
        SettingRow(
            PREFIX + name.upper(),
            _kind(field.annotation),
            _default(field),
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def settings_page() -> str:
    """The text of `docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        "Read from the environment when a process starts. Durations are written `250ms`, `30s`,",
        "`5m`, `1h30m`, `7d` or in ISO 8601 (`PT30S`); sizes `64KiB`, `10MiB`, `2GiB`; lists with",
        "commas. A variable that begins with `JOBCAST_` but is not listed here stops the start,",
        "since it is probably a slip.",
        "",
        "| variable | what | default | |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{row.variable}` | {row.kind} | {_code(row.default)} | {row.description} |"
        for row in setting_rows()
    ]
    return "\n".join(lines) + "\n"


def _unknown_variables() -> Iterator[str]:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for variable in names_in_environment():
        if variable not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            yield f"{variable}: no such setting" + (f"; did you mean {near[0]}?" if near else "")


def _problem(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:
        return message
    return f"{PREFIX}{str(error['loc'][0]).upper()}: {message}"


def _kind(annotation: Any) -> str:
    names = {
        str: "text",
        bool: "`true`, `false`",
        int: "number",
        Path: "path",
        timedelta: "duration",
        ByteSize: "size",
        SecretStr: "secret",
    }
    if get_origin(annotation) in (Union, UnionType):
        return _kind(next(part for part in get_args(annotation) if part is not NoneType))
    if get_origin(annotation) is tuple:
        return "list"
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    return names[annotation]


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or value == ():
        return ""
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, ByteSize):
        return format_size(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


if __name__ == "__main__":
    Path("docs/settings.md").write_text(settings_page(), encoding="utf-8")

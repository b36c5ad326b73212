"""The `jobcast` command."""

from __future__ import annotations

import sys

EXIT_FAILED = 1
EXIT_USAGE = 2


def main() -> None:
    """Run the command that `sys.argv` names, and leave the process with its exit code."""
    from jobcast.cli.app import app
    from jobcast.errors import (
        ClientError,
        InvalidSettings,
        JobcastError,
        UnsafeExposure,
        ValkeyRefused,
    )

    try:
        app()
    except (InvalidSettings, UnsafeExposure, ValkeyRefused) as exc:
        _leave(exc, EXIT_USAGE)
    except ClientError as exc:
        _leave(exc, exc.exit_code)
    except JobcastError as exc:
        _leave(exc, EXIT_FAILED)


def _leave(error: Exception, code: int) -> None:
    sys.stderr.write(f"jobcast: {error}\n")
    sys.exit(code)

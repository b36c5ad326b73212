"""Tells the example tasks where they run."""

from __future__ import annotations

from jobcast.settings import Settings
from tasks.registry import Registry


def configure_examples(registry: Registry, settings: Settings) -> None:
    """Give the examples their mail server and the place of their data, if they are loaded."""
    if not any(task.function.__module__.startswith("tasks.examples") for task in registry):
        return
    from tasks.examples.configuration import Configuration, MailServer, configure

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    configure(
        Configuration(
            mail=MailServer(settings.smtp_host, settings.smtp_port) if settings.smtp_host else None,
            shop_database=settings.data_dir.resolve() / "shop.sqlite3",
        )
    )

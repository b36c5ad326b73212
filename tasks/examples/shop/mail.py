"""`Notifier`: tells a buyer by mail, once for each order."""

from __future__ import annotations

import hashlib
import logging
from email.message import EmailMessage
from enum import StrEnum

import aiosmtplib
from anyio.to_thread import run_sync

from tasks.examples.configuration import MailServer
from tasks.examples.shop.database import Database

logger = logging.getLogger("jobcast.examples")

SMTP_TIMEOUT = 10.0  # seconds for each exchange with the mail server


class Notification(StrEnum):
    """What became of the mail to the buyer.

    Attributes:
        SENT: The mail server took it.
        SKIPPED: No mail server is configured.
        FAILED: The mail server could not be reached, or refused it. The order stands.
    """

    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


class Notifier:
    """Hands mail to a server.

    A mail goes out once, however often it is asked for. Should the worker die just after it
    was sent, a second one follows with the same Message-ID, which mail programs show as one.
    """

    def __init__(self, database: Database, server: MailServer | None) -> None:
        self._database = database
        self._server = server

    async def tell(self, key: str, to: str, subject: str, text: str) -> Notification:
        """Send a mail, unless the one with this key went out already."""
        if self._server is None:
            return Notification.SKIPPED
        domain = self._server.sender.rpartition("@")[2]
        message = EmailMessage()
        # From the key alone, so that every attempt sends the same message (RFC 5322, 3.6.4).
        message["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
        message["From"] = self._server.sender
        message["To"] = to
        message["Subject"] = subject
        message.set_content(text)
        if await run_sync(self._went_out, message["Message-ID"]):
            return Notification.SENT
        try:
            await aiosmtplib.send(
                message,
                hostname=self._server.host,
                port=self._server.port,
                timeout=SMTP_TIMEOUT,
                start_tls=None,  # if the server offers it
            )
        except (aiosmtplib.SMTPException, OSError):
            logger.warning("The mail server did not take a notification", exc_info=True)
            return Notification.FAILED
        await run_sync(self._note, message["Message-ID"])
        return Notification.SENT

    def _went_out(self, message_id: str) -> bool:
        with self._database.transaction() as connection:
            found = connection.execute(
                "SELECT 1 FROM notifications WHERE message_id = ?", (message_id,)
            ).fetchone()
        return found is not None

    def _note(self, message_id: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO notifications VALUES (?) ON CONFLICT DO NOTHING", (message_id,)
            )

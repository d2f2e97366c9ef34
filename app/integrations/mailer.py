"""Mail: what to send, and what sends it."""

import hashlib
import logging
import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import ClassVar, Protocol, cast

from flask import current_app, render_template
from flask_babel import LazyString, force_locale, gettext as _
from sqlalchemy.orm import Session

from app.core import clock
from app.core.text import has_forbidden
from app.integrations.mail_text import as_text
from app.settings import MailSettings, Settings

logger = logging.getLogger(__name__)

_PART = r"""[^\s\x00-\x1f\x7f@,;:<>()\[\]"\\]+"""
#: One address: neither a list, nor a name, nor a line of a header.
_ADDRESS = re.compile(f"{_PART}@{_PART}")
#: How long, in seconds, the server may take to answer.
PATIENCE = 30


class PermanentFailure(Exception):
    """It will not work later either: a person has to look."""


class Mailer(Protocol):
    """Something that sends mail: SMTP, the log, or a list in a test."""

    def send(self, message: EmailMessage) -> None: ...


@dataclass(frozen=True, slots=True)
class LogMailer:
    """Only tells what it would send: nothing leaves the machine."""

    #: Whether the text is told too, with the links that are secrets elsewhere.
    with_text: bool = False

    def send(self, message: EmailMessage) -> None:
        body = message.get_body(("plain",)) if self.with_text else None
        text = f"\n{body.get_content()}" if body is not None else ""
        logger.info("mail to %s: %s%s", message["To"], message["Subject"], text)


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends through the server of the settings."""

    settings: MailSettings

    def send(self, message: EmailMessage) -> None:
        """Send *message* to its one recipient.

        Raises:
            PermanentFailure: If the server will never take it.
            OSError, smtplib.SMTPException: If it may take it later.
        """
        server, port = self.settings.server, self.settings.port
        try:
            with smtplib.SMTP(server, port, timeout=PATIENCE) as smtp:
                if self.settings.use_tls:
                    smtp.starttls(context=ssl.create_default_context())
                if self.settings.username and self.settings.password:
                    smtp.login(self.settings.username, self.settings.password.get_secret_value())
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _reason in error.recipients.values()]
            if all(code >= 500 for code in codes):
                raise PermanentFailure(f"recipient refused: {codes}") from error
            raise
        except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
            if error.smtp_code >= 500:
                raise PermanentFailure(f"refused: {error.smtp_code}") from error
            raise


def make_mailer(settings: Settings) -> Mailer:
    """What sends mail on this installation."""
    if settings.mail.suppress_send:
        return LogMailer(with_text=settings.mode == "development")
    return SmtpMailer(settings.mail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to send: an effect.

    Each mail is a subclass: its fields are the plain values its template
    shows, under the name ``mail``.
    """

    kind: ClassVar[str]
    template: ClassVar[str]
    subject: ClassVar[LazyString | str]
    #: Its values hold a secret: they are forgotten once it is sent.
    confidential: ClassVar[bool] = False
    #: What stands between brackets at the head of its subject.
    label: ClassVar[str] = "PC est magique"

    to: str
    locale: str

    @property
    def lane(self) -> str:
        """Mails to one person leave in order."""
        return f"mail:{self.to}"[:128]

    @property
    def headline(self) -> str:
        """What the subject says, after the name of the site."""
        return str(self.subject)

    @property
    def reply_to(self) -> tuple[str, str] | None:
        """Whom an answer goes to, if not to us: a name and an address, as people typed them."""
        return None

    @property
    def sender(self) -> tuple[str, str] | None:
        """Whom it is from, if not from the site: a name and an address."""
        return None

    @property
    def identity(self) -> str | None:
        """What it is known by, if its row does not tell it from others."""
        return None

    @property
    def pictures(self) -> Mapping[str, bytes]:
        """The PNG that it holds, by the names that its page shows: ``<img src="cid:…">``."""
        return {}


def written(mail: Mail, number: int) -> EmailMessage:
    """The message, in the language of its reader, for the row *number* of the outbox."""
    settings = cast(Settings, current_app.extensions["settings"])
    message = EmailMessage()
    with force_locale(mail.locale):
        subject = f"[{mail.label}] {_one_line(mail.headline)}"
        html = render_template(mail.template, mail=mail, subject=subject)
    message["To"] = _recipient(mail)
    sender = settings.admins[0] if settings.admins else f"noreply@{settings.server_name}"
    sender_name, _, sender_domain = sender.partition(":")[0].rpartition("@")
    own = Address("PC est magique", sender_name, sender_domain)
    message["From"] = own if mail.sender is None else _addressed(mail.sender[1], mail.sender[0])
    message["Subject"] = subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = _message_id(mail, number, sender_domain)
    message["Auto-Submitted"] = "auto-generated"
    if mail.reply_to is not None and _ADDRESS.fullmatch(mail.reply_to[1]):
        name, address = mail.reply_to
        message["Reply-To"] = _addressed(address, _one_line(name))
    message["List-Unsubscribe"] = f"<mailto:{sender}>, <{settings.origin}/contact>"
    message.set_content(f"{as_text(html)}\n")
    message.add_alternative(html, subtype="html")
    page = message.get_body(("html",))
    for name, content in mail.pictures.items():
        if page is not None:
            page.add_related(content, "image", "png", cid=f"<{name}>", disposition="inline")
    return message


def _recipient(mail: Mail) -> Address:
    """Whom it is for: one address, without a name, whatever the row holds.

    Raises:
        PermanentFailure: If it is not exactly one.
    """
    if not _ADDRESS.fullmatch(mail.to):
        raise PermanentFailure("what it is sent to is not one address")
    return _addressed(mail.to)


def _addressed(address: str, name: str = "") -> Address:
    local_part, _, domain = address.rpartition("@")
    return Address(name, local_part, domain)


def _one_line(text: str) -> str:
    """What people typed, fit for a header: no end of line, nothing that turns the text."""
    return " ".join("".join(c for c in text if not has_forbidden(c, lines=True)).split())


def _message_id(mail: Mail, number: int, domain: str) -> str:
    """The same for the same row: a mail sent twice is recognised."""
    which = mail.identity or number
    name = hashlib.sha256(f"{which}:{mail.kind}:{mail.to}".encode()).hexdigest()[:32]
    return f"<{name}@{domain}>"


def send(_session: Session, mail: Mail, number: int) -> None:
    """Write a mail and send it: how the worker does this effect."""
    cast(Mailer, current_app.extensions["mailer"]).send(written(mail, number))


def send_example(_session: Session, mail: Mail, number: int) -> None:
    """Write a mail whose values are made up, say in its subject that it is one, and send it."""
    message = written(mail, number)
    with force_locale(mail.locale):
        subject = _("Essai : %(subject)s", subject=message["Subject"])
    for name in ("Subject", "Reply-To"):
        del message[name]
    message["Subject"] = subject
    cast(Mailer, current_app.extensions["mailer"]).send(message)

"""``flask mail-hook``: what Postfix gives the mails of the site to (network-b B9.5)."""

import sys
from typing import NoReturn

import click
import sqlalchemy as sa
from flask.cli import with_appcontext
from flask_babel import force_locale

from app.core.transaction import transaction
from app.extensions import db
from app.integrations import inbound as parser
from app.models import InboundMail
from app.modules.contact import around, queries
from app.modules.contact.service import inbound as service
from app.web.filters import format_instant
from app.web.urls import absolute_url

#: What the exit says to Postfix (sysexits.h): no mail, and try again later.
_NO_MAIL, _LATER = 65, 75


@click.command(name="mail-hook")
@with_appcontext
def mail_hook() -> None:
    """Read one mail on the standard input, keep it, and tell the GRIs' chat.

    It exits with 0 once the mail is kept, 65 if it is no mail that can be read, and 75 if the
    database does not answer: Postfix tries again.
    """
    raw = sys.stdin.buffer.read(parser.LARGEST + 1)
    try:
        mail = parser.read(raw)
    except parser.NotAMail as fault:
        _stop(f"This is no mail that can be kept: {fault}.", _NO_MAIL)
    try:
        keep(mail)
    except sa.exc.SQLAlchemyError as fault:
        _stop(f"Not kept, to be tried again: {type(fault).__name__}.", _LATER)


def keep(mail: parser.ReadMail) -> None:
    """Keep a mail, and have the chat told; once, were it delivered twice at the same moment.

    Raises:
        SQLAlchemyError: If the database does not take it: it is to be delivered again.
    """
    try:
        _keep_once(mail)
    except sa.exc.IntegrityError:
        _keep_once(mail)  # it was kept meanwhile, and is found now; else it is another fault


def _keep_once(mail: parser.ReadMail) -> None:
    with transaction(db.session()) as session:
        kept = service.keep(session, mail)
        if kept is None:
            click.echo("It was kept before.", err=True)
            return
        if around.has_mail_chat() and not kept.is_automatic:
            account = queries.account_at(session, kept.sender)
            page = absolute_url("gris.pceen", key=account.id) if account else ""
            note = _note(kept, account=page)
            service.tell(session, kept, chat=around.mail_chat(), note=note)
    click.echo("Kept.", err=True)


def _note(kept: InboundMail, *, account: str) -> service.Note:
    with force_locale("fr"):
        return service.Note(
            sent_at=format_instant(kept.sent_at) if kept.sent_at else "",
            page=absolute_url("contact.inbound_mail", key=kept.id),
            account=account,
        )


def _stop(reason: str, status: int) -> NoReturn:
    click.echo(reason, err=True)
    sys.exit(status)

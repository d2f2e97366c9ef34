"""What the worker does of Club Q: after a change, and by date."""

import logging
import smtplib
import socket
from email.message import EmailMessage
from typing import cast

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.core.transaction import transaction
from app.integrations.mailer import Mailer, PermanentFailure, send_example, written
from app.models import ClubQCampaignRecipient, OutboxEntry, PCeen
from app.modules.club_q import around
from app.modules.club_q.effects import (
    MailRecipient,
    MailTest,
    RemoveImage,
    RenderBrochure,
    SweepBrochure,
)
from app.modules.club_q.rules import mailing
from app.modules.club_q.service import (
    brochures,
    campaigns,
    catalogue_images,
    closing,
    news,
    runs,
)

logger = logging.getLogger(__name__)

#: What says for sure that a mail did not leave; of anything else, nobody knows.
CERTAIN = (
    PermanentFailure,
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPNotSupportedError,
    ConnectionRefusedError,
    socket.gaierror,
)
#: How often a brochure that takes too long is tried.
TRIES = 3


# Brochures


def render_brochure(session: Session, effect: RenderBrochure, number: int) -> None:
    """Draw the pages of a brochure: how the worker does this effect."""
    entry = session.get(OutboxEntry, number)
    is_last = entry is None or entry.attempts >= TRIES
    brochures.render(session, effect, around.store(), is_last=is_last)


def sweep_brochure(session: Session, effect: SweepBrochure, _number: int) -> None:
    """Remove what a brochure no longer has: how the worker does this effect."""
    brochures.sweep(session, effect, around.store())


# Pictures, and what belongs to nothing


def remove_image(session: Session, effect: RemoveImage, _number: int) -> None:
    """Remove a picture that nothing shows: how the worker does this effect."""
    catalogue_images.remove(session, wanted=effect, store=around.store())


def _tidy(session: Session) -> None:
    catalogue_images.tidy(session, store=around.store())
    brochures.tidy(session, store=around.store())


JANITOR = Job(
    name="club_q.janitor",
    label=_l("Supprimer les fichiers du Club Q qui ne sont à rien depuis un jour"),
    run=_tidy,
    cron="43 * * * *",
)


# The attribution


def _settle(session: Session) -> None:
    with transaction(session):
        runs.settle(session)


SETTLE = Job(
    name="club_q.settle",
    label=_l("Fermer les calculs du Club Q qui se sont arrêtés brutalement"),
    run=_settle,
    cron="* * * * *",
)


def _close_forms(session: Session) -> None:
    with transaction(session):
        closing.close_past(session)


CLOSE_FORMS = Job(
    name="club_q.close_forms",
    label=_l("Publier l'empreinte des vœux du Club Q quand leur formulaire est fermé"),
    run=_close_forms,
    cron="*/5 * * * *",
)


def _tell_open(session: Session) -> None:
    with transaction(session):
        news.tell_open(session)


#: A form opens at midnight on its first day: people are told of it in the morning.
TELL_OPEN = Job(
    name="club_q.tell_open",
    label=_l("Annoncer que le formulaire des vœux du Club Q est ouvert"),
    run=_tell_open,
    cron="*/10 9-20 * * *",
)


# Mails to everybody


def mail_recipient(session: Session, effect: MailRecipient, _number: int) -> None:
    """Mail someone what they were granted, if it is still to be: how the worker does this effect.

    Once it is claimed, a failure is written down rather than tried again: a person decides.
    """
    with transaction(session):
        mail = campaigns.prepare(session, effect, around.house())
    if mail is None:
        return
    message = written(mail, 0)
    with transaction(session):
        may_leave = campaigns.claim(session, effect)
    if not may_leave:
        return
    error = _failure(message)
    with transaction(session):
        campaigns.settle(session, effect, error=error)


def _failure(message: EmailMessage) -> str | None:
    """Send a mail; what went wrong, if anything."""
    try:
        cast(Mailer, current_app.extensions["mailer"]).send(message)
    except CERTAIN as error:
        return mailing.refused(error)
    except Exception:
        logger.warning("a mail of Club Q may have left, or not", exc_info=True)
        return mailing.LOST
    return None


def mail_test(session: Session, effect: MailTest, number: int) -> None:
    """Mail someone of the team what a recipient is to read: how the worker does this effect."""
    recipient = session.get(ClubQCampaignRecipient, effect.recipient)
    to = session.get(PCeen, effect.to)
    if recipient is None or to is None or to.email is None:
        return
    mail = campaigns.composed(
        session, campaign=recipient.campaign, recipient=recipient, house=around.house(), to=to
    )
    session.rollback()
    send_example(session, mail, number)

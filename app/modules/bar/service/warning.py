"""Telling people that their balance is low, as it becomes so."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.money import Cents
from app.enums import BarKind, NotificationTopic
from app.models import BarAccount, BarTransaction, defer
from app.modules.bar.effects import TellBalanceLow
from app.modules.bar.mails import BarBalanceLow
from app.modules.notifications.rules import words
from app.modules.notifications.rules.audiences import people
from app.modules.notifications.service.bus import Notice, tell

#: Under what a balance is low for who chose nothing: where it shows in red.
LOW_CENTS = 100


def warn(session: Session, account: BarAccount, line: BarTransaction, before_cents: Cents) -> None:
    """Tell whose account it is that a line brought their balance under what is low for them.

    The mail is for who asked for it; the rest, for whom the bar is one of their notifications.
    Who chose no limit is told of what they buy alone: not of a balance that was given back.
    """
    limit = account.alert_cents
    if limit is None and line.type is BarKind.pay_item:
        limit = LOW_CENTS
    if limit is None or not account.balance_cents < limit <= before_cents:
        return
    if account.alert_cents is not None:
        _mail(session, account)
    defer(session, TellBalanceLow(account=account.pceen_id, line=line.id, limit_cents=limit))


def _mail(session: Session, account: BarAccount) -> None:
    pceen = account.pceen
    if pceen.email is None or pceen.is_disabled:
        return
    mail = BarBalanceLow(
        to=pceen.email,
        locale=pceen.locale or "fr",
        prenom=pceen.prenom,
        balance_cents=account.balance_cents,
    )
    defer(session, mail)


def tell_low(session: Session, wanted: TellBalanceLow) -> None:
    """Tell someone, in the site, that their balance is low: not if they paid in meanwhile."""
    account = session.get(BarAccount, wanted.account)
    if account is None or account.balance_cents >= wanted.limit_cents:
        return
    notice = Notice(
        topic=NotificationTopic.bar,
        title=BarBalanceLow.subject,
        body=_l(
            "Il reste %(balance)s sur votre compte du bar.",
            balance=words.euros(account.balance_cents),
        ),
        url="/bar/me",
        key=f"bar:low:{wanted.line}",
    )
    tell(session, notice, people(account.pceen_id))

"""Telling people of their Internet in the site, next to the mails: who has no address as well."""

from collections.abc import Callable, Mapping
from datetime import date

from flask_babel import LazyString, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.enums import NotificationTopic
from app.models import Ban, Payment, PCeen
from app.modules.intrarez.mails import (
    BanStarted,
    CutMail,
    InternetCut,
    RenewReminder,
    SubscriptionExpired,
)
from app.modules.intrarez.rules.subscriptions import Period
from app.modules.notifications.rules import words
from app.modules.notifications.rules.audiences import people
from app.modules.notifications.service.bus import Notice, tell

_TOPIC = NotificationTopic.internet


def tell_paid(session: Session, payment: Payment, period: Period) -> None:
    """Tell someone that what they paid for, or were given, is theirs."""
    if payment.payed_at is None:
        return
    notice = Notice(
        topic=_TOPIC,
        title=_l("Paiement reçu") if payment.amount_cents else _l("Abonnement offert"),
        body=_l("Votre abonnement à Internet va jusqu'au %(day)s.", day=words.day(period.end)),
        url=f"/payments/{payment.id}",
        key=f"internet:paid:{payment.id}",
    )
    tell(session, notice, people(payment.pceen_id))


#: What goes with each of these mails: what tells it from the others, its title, its text.
_CUTS: Mapping[type[CutMail], tuple[str, LazyString, Callable[[date], LazyString]]] = {
    SubscriptionExpired: (
        "expired",
        SubscriptionExpired.subject,
        lambda cut: _l("Sans paiement, votre accès sera coupé le %(cut)s.", cut=words.day(cut)),
    ),
    RenewReminder: (
        "reminder",
        _l("Votre accès à Internet va être coupé"),
        lambda cut: _l("Sans paiement, il le sera le %(cut)s.", cut=words.day(cut)),
    ),
    InternetCut: (
        "cut",
        InternetCut.subject,
        lambda _cut: _l("Il revient quelques minutes après un paiement."),
    ),
}


def tell_cut(session: Session, pceen: PCeen, mail: type[CutMail], period: Period) -> None:
    """Tell someone what a mail tells of the end of what they paid, and of the cut."""
    word, title, body = _CUTS[mail]
    notice = Notice(
        topic=_TOPIC,
        title=title,
        body=body(period.cut_day),
        url="/payments/pay",
        key=f"internet:{word}:{pceen.id}:{period.cut_day.isoformat()}",
    )
    tell(session, notice, people(pceen.id))


def tell_banned(session: Session, ban: Ban) -> None:
    """Tell someone that they are suspended; not why: others may see the screen."""
    notice = Notice(
        topic=_TOPIC,
        title=BanStarted.subject,
        body=_l("Le site vous dit pourquoi, et jusqu'à quand."),
        url="/banned",
        key=f"internet:ban:{ban.id}:{ban.version}",
    )
    tell(session, notice, people(ban.pceen_id))


def tell_ban_over(session: Session, ban: Ban, *, is_still_banned: bool) -> None:
    """Tell someone that a ban of theirs is over."""
    back = _l("Internet revient dans quelques minutes.")
    later = _l("Une autre suspension court encore : Internet ne revient pas tout de suite.")
    notice = Notice(
        topic=_TOPIC,
        title=_l("Votre suspension est terminée"),
        body=later if is_still_banned else back,
        key=f"internet:ban_over:{ban.id}",
    )
    tell(session, notice, people(ban.pceen_id))

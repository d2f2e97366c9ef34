"""How long a ban lasts, and what is said of it (network-b B4)."""

from datetime import datetime

from flask_babel import gettext as _, ngettext

from app.core.dates import Span, after, between, shown
from app.enums import BanKind
from app.modules.intrarez.errors import EndsInThePast, LastsNoTime

#: Days that a GRI may give to who has not paid.
GRACE_DAYS = range(1, 32)
GRACE_BY_DEFAULT = 7


def end_after(start: datetime, span: Span) -> datetime:
    """When a ban that begins at *start* is over.

    Raises:
        LastsNoTime: If it would last no time.
    """
    if not any(span):
        raise LastsNoTime
    return after(start, span)


def check_end(ends_at: datetime | None, *, was: datetime | None, now: datetime) -> None:
    """Refuse a new end that is over already; the one there was is always right.

    Raises:
        EndsInThePast: If it is.
    """
    if ends_at is not None and ends_at != was and ends_at <= now:
        raise EndsInThePast


def end_typed(typed: datetime | None, *, was: datetime | None) -> datetime | None:
    """The end that a form says, which shows minutes: the very one there was, if they agree.

    They are compared as the clock shows them, which in October shows an hour twice.
    """
    if typed is not None and was is not None and shown(was) == shown(typed):
        return was
    return typed


def grace_ends_at(now: datetime, days: int) -> datetime:
    """When who has not paid is cut again."""
    return after(now, Span(days=days))


def open_key(pceen_id: int, kind: BanKind) -> str:
    """What two open bans of one kind on one person would share."""
    return f"{pceen_id}:{kind}"


def time_left(ends_at: datetime | None, now: datetime) -> str:
    """How long is left, in words: ``2 mois, 3 jours et 4 heures``."""
    if ends_at is None:
        return str(_("durée indéterminée"))
    span = between(now, ends_at)
    parts = [
        str(text)
        for count, text in (
            (span.months, ngettext("%(num)s mois", "%(num)s mois", span.months)),
            (span.days, ngettext("%(num)s jour", "%(num)s jours", span.days)),
            (span.hours, ngettext("%(num)s heure", "%(num)s heures", span.hours)),
        )
        if count
    ]
    if not parts:
        return str(_("moins d'une heure"))
    if len(parts) == 1:
        return parts[0]
    return str(_("%(first)s et %(last)s", first=", ".join(parts[:-1]), last=parts[-1]))

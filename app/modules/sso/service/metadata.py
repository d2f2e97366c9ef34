"""What follows when the school's provider cannot be read about."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from app.models import Limit, TriedTooOften, defer
from app.modules.sso.mails import MetadataNotRefreshed

#: How often the GRIs are told.
ALERTS = Limit("sso.metadata", 1, timedelta(days=1))


def tell_refused(
    session: Session, *, cause: str, is_available: bool, admins: Sequence[str]
) -> None:
    """Tell the GRIs, unless they were told today."""
    try:
        ALERTS.check(session, "")
    except TriedTooOften:
        return
    ALERTS.count(session, "")
    for address in admins:
        mail = MetadataNotRefreshed(
            to=address, locale="fr", cause=cause[:500], is_available=is_available
        )
        defer(session, mail)

"""The discontent of someone, set by the team: what it was stays written."""

from decimal import Decimal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.enums import DiscontentKind
from app.models import ClubQAccount, ClubQDiscontent, PCeen, audit
from app.modules.club_q.errors import StaleDiscontent


def set_by_hand(
    session: Session, *, pceen: PCeen, wanted: Decimal, reason: str, seen: Decimal, by: PCeen
) -> bool:
    """Have the discontent of someone be *wanted*, to a tenth; whether that changed anything.

    *seen* is what it was when the page was shown.

    Raises:
        StaleDiscontent: If it changed meanwhile.
    """
    account = _locked(session, pceen)
    before = account.discontent
    if before != seen:
        raise StaleDiscontent
    if before == wanted:
        return False
    account.discontent = wanted
    line = ClubQDiscontent(
        pceen_id=pceen.id,
        kind=DiscontentKind.manual,
        before=before,
        delta=wanted - before,
        after=wanted,
        reason=reason,
        actor_id=by.id,
    )
    session.add(line)
    audit(
        session,
        "club_q.discontent.set",
        pceen,
        before={"discontent": str(before)},
        after={"discontent": str(wanted)},
        reason=reason,
    )
    return True


def _locked(session: Session, pceen: PCeen) -> ClubQAccount:
    """The account of someone at Club Q, kept from others until the commit; made if need be."""
    found = session.get(ClubQAccount, pceen.id)
    if found is None:
        try:
            with session.begin_nested():
                found = ClubQAccount(pceen_id=pceen.id)
                session.add(found)
        except IntegrityError:
            found = session.get_one(ClubQAccount, pceen.id)
    lock(session, found)
    return found

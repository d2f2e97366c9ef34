"""Forgetting someone: asked for, put off for two weeks, then done for good (network-a 3.11)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.core.transaction import lock, transaction
from app.enums import PermissionScope
from app.models import (
    Device,
    NetworkHistory,
    OutboxEntry,
    PCeen,
    Subscription,
    audit,
    defer,
)
from app.models.personal import CARE, WRITTEN, table
from app.modules.account.service import lives as accounts
from app.modules.gris.service.gris_left import check_gri_left, enabled_gris, lock_gris
from app.modules.gris.service.people import check_within_reach
from app.modules.gris.service.roles import drop_permissions_on
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.lives import queries
from app.modules.lives.errors import (
    ErasureAskedAlready,
    ErasureNotAsked,
    FromTheProfile,
    NotSettled,
)
from app.modules.lives.mails import ErasureBegun, ErasureCancelled
from app.modules.lives.rules import Words
from app.modules.lives.service.exports import Asked
from app.modules.lives.service.parts import Parts

logger = logging.getLogger(__name__)

#: How long one may change one's mind.
WAITS = timedelta(days=14)
#: Why the account is closed meanwhile.
ASKED = "Effacement demandé"
#: What someone is called once they are erased.
PRENOM, NOM = "Anonyme", "PCéen"


def obstacles(session: Session, *, pceen: PCeen, parts: Parts) -> list[str]:
    """What is left to settle before someone can be erased, in parts of a sentence."""
    found = [why for keeper in parts.keepers for why in keeper.obstacles(session, pceen)]
    if enabled_gris(session) == {pceen.id}:
        found.append(_("il ne resterait plus aucun GRI"))
    return found


def done_on(pceen: PCeen) -> datetime | None:
    """When someone who asked to be erased will be; ``None`` if they did not, or are."""
    asked = pceen.erasure_requested_at
    return None if asked is None or pceen.is_erased else asked + WAITS


def ask(session: Session, *, pceen: PCeen, asked: Asked, parts: Parts) -> None:
    """Close the account of someone, and have it erased in two weeks.

    Raises:
        ErasureAskedAlready: If it was asked before.
        NotSettled: If something is left to settle, a room or a payment.
        FromTheProfile, NotWithinReach: If a GRI may not ask it for them.
    """
    if asked.by is not None and asked.by.id == pceen.id:
        raise FromTheProfile
    lock(session, pceen)
    if pceen.erasure_requested_at is not None:
        raise ErasureAskedAlready
    if asked.by is not None:
        check_within_reach(session, pceen=pceen, actor=asked.by)
    lock_gris(session)
    found = obstacles(session, pceen=pceen, parts=parts)
    if found:
        raise NotSettled(found)
    if pceen.is_gri:
        check_gri_left(session, without=pceen)
    if not pceen.is_disabled:
        accounts.disable(session, pceen=pceen, reason=ASKED, by=asked.by, tells=False)
    pceen.erasure_requested_at = clock.now()
    pceen.version += 1
    audit(session, "account.erasure.ask", pceen, reason=asked.reason)
    _tell_begun(session, pceen, by_gri=asked.by is not None)
    defer(session, RefreshNetwork())


def _tell_begun(session: Session, pceen: PCeen, *, by_gri: bool) -> None:
    on = done_on(pceen)
    if pceen.email is None or on is None:
        return
    mail = ErasureBegun(
        to=pceen.email,
        locale=pceen.locale or "fr",
        prenom=pceen.prenom,
        on=clock.day_of(on).isoformat(),
        by_gri=by_gri,
    )
    defer(session, mail)


def cancel(session: Session, *, pceen: PCeen, actor: PCeen | None = None) -> None:
    """Keep the account of someone after all; it is open again if the erasure had closed it.

    Raises:
        ErasureNotAsked: If it was not asked, or is done.
        NotWithinReach: If they may do more than *actor*.
    """
    lock(session, pceen)
    if done_on(pceen) is None:
        raise ErasureNotAsked
    if actor is not None:
        check_within_reach(session, pceen=pceen, actor=actor)
    pceen.erasure_requested_at = None
    pceen.version += 1
    audit(session, "account.erasure.cancel", pceen)
    if pceen.email is not None:
        locale = pceen.locale or "fr"
        defer(session, ErasureCancelled(to=pceen.email, locale=locale, prenom=pceen.prenom))
    if pceen.is_disabled and pceen.disabled_reason == ASKED:
        accounts.enable(session, pceen=pceen, tells=False)
        defer(session, RefreshNetwork())


# Once the time is over


@dataclass(frozen=True, slots=True)
class Done:
    """Someone whose time is over, and why they could not be erased, if they could not."""

    pceen_id: int
    error: str | None = None


def due(session: Session) -> list[int]:
    """Those whose time is over: their numbers."""
    before = clock.now() - WAITS
    return [pceen.id for pceen in queries.asked_before(session, before)]


def erase_due(
    session: Session, *, parts: Parts, tell: Callable[[Done], object] = lambda _: None
) -> list[Done]:
    """Erase those whose time is over, each in a transaction of their own: none stops the others."""
    keys = due(session)
    session.rollback()
    found = []
    for key in keys:
        done = _erase_due(session, key, parts)
        found.append(done)
        tell(done)
    return found


def _erase_due(session: Session, key: int, parts: Parts) -> Done:
    try:
        with transaction(session):
            pceen = session.get_one(PCeen, key)
            for keeper in parts.keepers:
                keeper.before_locks(session)
            lock(session, pceen)
            on = done_on(pceen)
            if on is not None and on <= clock.now():  # else someone changed their mind
                erase(session, pceen=pceen, parts=parts)
    except DomainError as refusal:
        logger.warning("%s is not erased: %s", key, refusal.message)
        return Done(key, refusal.message)
    except Exception as error:
        logger.exception("%s could not be erased", key)
        return Done(key, type(error).__name__)
    return Done(key)


def erase(session: Session, *, pceen: PCeen, parts: Parts) -> None:
    """Forget who someone is, for good: what is left is a number, and what the law asks to keep.

    Raises:
        NotSettled: If something is left to settle.
        ErasureNotAsked: If they are erased already.
    """
    lock(session, pceen)
    if pceen.is_erased:
        raise ErasureNotAsked
    found = obstacles(session, pceen=pceen, parts=parts)
    if found:
        raise NotSettled(found)
    words = _words_of(session, pceen)
    for keeper in parts.keepers:
        keeper.forget(session, pceen)
    drop_permissions_on(session, PermissionScope.pceen, pceen.id)
    session.flush()
    _forget_rows(session, pceen)
    _forget_words(session, words)
    session.expire_all()
    _rename(session, pceen)
    audit(session, "account.pceen.erase", pceen)
    defer(session, RefreshNetwork())


def _words_of(session: Session, pceen: PCeen) -> Words:
    """All that names someone: their names, addresses, username, devices."""
    macs = (
        sa.select(Device.mac_address).where(Device.pceen_id == pceen.id),
        sa.select(NetworkHistory.mac_address).where(NetworkHistory.pceen_id == pceen.id),
        sa.select(Subscription.welcome_mac).where(
            Subscription.pceen_id == pceen.id, Subscription.welcome_mac.is_not(None)
        ),
    )
    known = (pceen.username, pceen.email, pceen.espci_email, pceen.sso_subject)
    return Words(
        names=(pceen.prenom, pceen.nom),
        words=[word for word in known if word is not None],
        macs={mac for stmt in macs for mac in session.scalars(stmt) if mac is not None},
    )


def _forget_rows(session: Session, pceen: PCeen) -> None:
    """Delete what is only theirs, and empty what has to stay; their account comes last."""
    for name, care in reversed(list(CARE.items())):
        place, theirs = table(name), care.about(pceen)
        if care.is_deleted:
            session.execute(_plainly(sa.delete(place).where(theirs)))
        elif care.emptied:
            session.execute(_plainly(sa.update(place).where(theirs).values(**care.emptied)))


def _plainly(stmt: Any) -> Any:
    """The statement as it is: what the session holds is read again afterwards."""
    return stmt.execution_options(synchronize_session=False)


def _rename(session: Session, pceen: PCeen) -> None:
    """Call someone as everybody who is erased; nobody is ever taken for them."""
    username = f"anonyme{pceen.id}"
    while session.scalars(sa.select(PCeen.id).where(PCeen.username == username)).first():
        username += "x"
    pceen.prenom, pceen.nom, pceen.username = PRENOM, NOM, username
    now = clock.now()
    pceen.erased_at = now
    pceen.disabled_at = pceen.disabled_at or now
    pceen.version += 1
    session.flush()


# What others wrote of them


def _forget_words(session: Session, words: Words) -> None:
    """Take the words that name someone out of what is written, whoever wrote it."""
    for name, columns in WRITTEN.items():
        place = table(name)
        keys, written = list(place.primary_key.columns), [place.c[one] for one in columns]
        stmt = sa.select(*keys, *written).where(
            sa.or_(*(_may_hold(column, seed) for column in written for seed in words.seeds))
        )
        if place is OutboxEntry.__table__:  # what is yet to be sent is for somebody else
            stmt = stmt.where(
                sa.or_(
                    OutboxEntry.sent_at.is_not(None),
                    OutboxEntry.parked_at.is_not(None),
                    OutboxEntry.cancelled_at.is_not(None),
                )
            )
        for row in session.execute(stmt).mappings().all():
            without = {column: words.without(row[column]) for column in columns}
            this = sa.and_(*(key == row[key.name] for key in keys))
            session.execute(_plainly(sa.update(place).where(this).values(**without)))


def _may_hold(column: sa.ColumnElement[Any], seed: str) -> sa.ColumnElement[bool]:
    """Whether a column holds a text, in any case; a few more may."""
    text = sa.func.lower(sa.cast(column, sa.Text))
    return text.contains(seed, autoescape=True)

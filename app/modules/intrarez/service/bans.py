"""Banning, and being done with it (network-b B4)."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.core.transaction import lock
from app.enums import BanKind
from app.models import Ban, PCeen, audit, defer
from app.modules.intrarez import queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.errors import (
    BannedAlready,
    BanOver,
    BansAGri,
    BansOneself,
    StaleVersion,
)
from app.modules.intrarez.mails import BanEnded, BanStarted
from app.modules.intrarez.rules import bans as rules
from app.modules.intrarez.service import addresses, news


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a ban says."""

    reason: str
    message: str = ""
    #: ``None``: until further notice.
    ends_at: datetime | None = None
    #: ``None``: from now on.
    starts_at: datetime | None = None
    #: Whether the person is told.
    notify: bool = True


def check_may_ban(pceen: PCeen, *, by: PCeen) -> None:
    """Refuse to ban oneself, or a GRI if one is not.

    Raises:
        BansOneself, BansAGri: The one at fault.
    """
    if pceen.id == by.id:
        raise BansOneself
    if pceen.is_gri and not by.is_gri:
        raise BansAGri


def start(
    session: Session,
    *,
    pceen: PCeen,
    kind: BanKind,
    terms: Terms,
    plan: AddressPlan,
    by: PCeen | None = None,
) -> Ban:
    """Keep someone from the Internet.

    Raises:
        BannedAlready: If an open ban of this kind is there already.
    """
    lock(session, pceen)
    found = queries.open_ban(session, pceen.id, kind)
    if found is not None and found.ends_at is not None and found.ends_at <= clock.now():
        _close(session, found)
        found = None
    if found is not None:
        raise BannedAlready(reason=found.reason)
    ban = _open(session, pceen=pceen, kind=kind, terms=terms, by=by)
    if terms.starts_at is None:
        addresses.give_ban_addresses(session, pceen_id=pceen.id, plan=plan)
    defer(session, RefreshNetwork())
    if terms.notify:
        _tell_start(session, ban)
    return ban


def _open(session: Session, *, pceen: PCeen, kind: BanKind, terms: Terms, by: PCeen | None) -> Ban:
    """Write a ban on someone who is locked.

    Raises:
        BannedAlready: If another of its kind was written meanwhile.
    """
    ban = Ban(
        pceen=pceen,
        kind=kind,
        starts_at=terms.starts_at or clock.now(),
        ends_at=terms.ends_at,
        reason=terms.reason,
        message=terms.message,
        created_by=by,
        open_key=rules.open_key(pceen.id, kind),
    )
    try:
        with session.begin_nested():
            session.add(ban)
    except sa.exc.IntegrityError:
        raise BannedAlready(reason=terms.reason) from None
    audit(session, "intrarez.ban.start", ban, after=_said(ban))
    return ban


def edit(session: Session, *, ban: Ban, terms: Terms, version: int) -> bool:
    """Change what a ban says; return whether anything was.

    Raises:
        BanOver: If it is ended.
        StaleVersion: If it was changed meanwhile.
        EndsInThePast: If the new end is over.
    """
    lock(session, ban.pceen)
    lock(session, ban)
    if ban.open_key is None:
        raise BanOver
    if ban.version != version:
        raise StaleVersion
    rules.check_end(terms.ends_at, was=ban.ends_at, now=clock.now())
    before = _said(ban)
    ban.reason, ban.message, ban.ends_at = terms.reason, terms.message, terms.ends_at
    if _said(ban) == before:
        return False
    ban.version += 1
    audit(session, "intrarez.ban.change", ban, before=before, after=_said(ban))
    defer(session, RefreshNetwork())
    if terms.notify:
        _tell_start(session, ban)
    return True


def end(
    session: Session,
    *,
    ban: Ban,
    by: PCeen | None = None,
    note: str = "",
    grace_days: int | None = None,
    notify: bool = True,
) -> bool:
    """End a ban now; return whether it was not yet.

    One for lack of payment comes back after *grace_days*, unless the person pays.
    """
    lock(session, ban.pceen)
    lock(session, ban)
    if ban.open_key is None:
        return False
    had_begun = ban.starts_at <= clock.now()
    _close(session, ban, by=by, note=note)
    if ban.kind is BanKind.unpaid and grace_days:
        again = rules.grace_ends_at(clock.now(), grace_days)
        terms = Terms(reason=ban.reason, message=ban.message, starts_at=again)
        _open(session, pceen=ban.pceen, kind=ban.kind, terms=terms, by=by)
    if notify and had_begun:
        _tell_end(session, ban)
    return True


def settle(session: Session, *, plan: AddressPlan) -> int:
    """Do what time alone does to bans; return how many were ended."""
    over = queries.over_bans(session)
    for ban in over:
        lock(session, ban.pceen)
        lock(session, ban)
        if ban.open_key is not None and ban.ends_at is not None and ban.ends_at <= clock.now():
            _close(session, ban)
            _tell_end(session, ban)
    session.flush()
    without, with_too_many = queries.wrongly_addressed(session)
    for pceen_id in without:
        addresses.give_ban_addresses(session, pceen_id=pceen_id, plan=plan)
    for pceen_id in with_too_many:
        addresses.take_ban_addresses(session, pceen_id=pceen_id)
    return len(over)


def _close(session: Session, ban: Ban, *, by: PCeen | None = None, note: str = "") -> None:
    """End a locked ban: the addresses follow, unless another ban weighs."""
    ended_at = clock.now()
    if by is None and ban.ends_at is not None:
        ended_at = min(ended_at, ban.ends_at)
    ban.ended_at, ban.ended_by, ban.open_key = ended_at, by, None
    ban.version += 1
    session.flush()
    if queries.active_ban(session, ban.pceen_id) is None:
        addresses.take_ban_addresses(session, pceen_id=ban.pceen_id)
    audit(session, "intrarez.ban.end", ban, reason=note[:255] or None)
    defer(session, RefreshNetwork())


def _said(ban: Ban) -> dict[str, object]:
    ends_at = ban.ends_at.isoformat() if ban.ends_at else None
    return {"kind": ban.kind, "reason": ban.reason, "message": ban.message, "end": ends_at}


def _tell_start(session: Session, ban: Ban) -> None:
    if ban.pceen.email is not None:
        mail = BanStarted(
            to=ban.pceen.email,
            locale=ban.pceen.locale or "fr",
            prenom=ban.pceen.prenom,
            reason=ban.reason,
            message=ban.message,
            ends_at=ban.ends_at.isoformat() if ban.ends_at else None,
        )
        defer(session, mail)
    news.tell_banned(session, ban)


def _tell_end(session: Session, ban: Ban) -> None:
    still = queries.active_ban(session, ban.pceen_id) is not None
    if ban.pceen.email is not None:
        mail = BanEnded(
            to=ban.pceen.email,
            locale=ban.pceen.locale or "fr",
            prenom=ban.pceen.prenom,
            reason=ban.reason,
            is_still_banned=still,
        )
        defer(session, mail)
    news.tell_ban_over(session, ban, is_still_banned=still)

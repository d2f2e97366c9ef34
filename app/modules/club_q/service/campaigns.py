"""Mails that tell everybody what they were granted: nobody twice, whatever dies meanwhile.

A recipient is claimed, and that is committed, just before the mail server is spoken to; what it
said is written right after. Who is found claimed with nobody at it may have been mailed or not:
nobody knows, so a person decides. The row of the campaign is locked before those of recipients.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.transaction import lock
from app.enums import CampaignState, MailingState
from app.models import (
    ClubQCampaign,
    ClubQCampaignRecipient,
    ClubQSeason,
    ClubQSpectacle,
    OutboxEntry,
    PCeen,
    audit,
    defer,
)
from app.modules.club_q.effects import MailRecipient, MailTest
from app.modules.club_q.errors import (
    MailsTooEarly,
    NoAddressOfYours,
    NobodyToMail,
    NothingToRetry,
    NothingToSend,
    NotSending,
    SecondCampaign,
)
from app.modules.club_q.mails import AttributedShow, AttributionMail
from app.modules.club_q.queries import campaigns as queries, grants
from app.modules.club_q.rules import mailing, paying
from app.modules.club_q.rules.paying import Account, Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the mails are to say, and to whom."""

    reply_to: str
    link_sav: str = ""
    date_sav: date | None = None
    date_payement: date | None = None
    #: How many of the first recipients are left out.
    threshold: int = 0
    #: Those who wish for something, may not open Club Q, and are mailed all the same.
    added: Collection[int] = field(default_factory=frozenset)
    #: The name of the season, typed, for a second time.
    confirm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What mails take from the installation: whom they are from, and where money goes."""

    sender: str | None
    account: Account


# What the team does


def create(session: Session, *, season: ClubQSeason, draft: Draft, by: PCeen) -> ClubQCampaign:
    """Prepare the mails of a season: whom they go to is settled now, in an order that stays.

    Raises:
        MailsTooEarly: The grants are not published.
        SecondCampaign: There was one already, and the name of the season was not typed.
        NobodyToMail: Nobody wishes for anything.
    """
    lock(session, season)
    _check_published(season)
    if queries.campaigns(session, season) and draft.confirm != season.nom:
        raise SecondCampaign(season=season.nom)
    people = _people(session, season, draft.added)
    if not people:
        raise NobodyToMail
    said = {key: value for key, value in asdict(draft).items() if key not in ("added", "confirm")}
    campaign = ClubQCampaign(season_id=season.id, author_id=by.id, **said)
    session.add(campaign)
    session.flush()
    for position, pceen in enumerate(people, start=1):
        is_out = position <= draft.threshold
        state = MailingState.skipped if is_out else MailingState.pending
        session.add(
            ClubQCampaignRecipient(
                campaign_id=campaign.id, pceen_id=pceen.id, position=position, state=state
            )
        )
    session.flush()
    after: dict[str, Any] = {"season": season.id, "recipients": len(people)}
    audit(session, "club_q.mails.create", campaign, after=after | {"threshold": draft.threshold})
    return campaign


def _people(session: Session, season: ClubQSeason, added: Collection[int]) -> Sequence[PCeen]:
    """Whom to mail, each once, in the order of the mails."""
    found = list(queries.wishing(session, season, may_read=True))
    without = queries.wishing(session, season, may_read=False)
    found += [one for one in without if one.id in added]
    return sorted(found, key=lambda one: (one.nom_key, one.prenom_key, one.id))


def send(session: Session, *, campaign: ClubQCampaign) -> int:
    """Have the mails leave, or leave again after a pause; return how many are to.

    What was lost on the way is found again: a mail that nobody is at any more has failed, one that
    waits for nothing is given to the worker again.

    Raises:
        MailsTooEarly: The grants are not published any more.
        NothingToSend: There is nobody left to mail.
    """
    lock(session, campaign)
    _check_published(session.get_one(ClubQSeason, campaign.season_id, populate_existing=True))
    waiting = _lanes(session)
    todo = []
    for one in _recipients(session, campaign, MailingState.pending, MailingState.sending):
        effect = _effect(one)
        if effect.lane in waiting:
            todo.append(one)
        elif one.state is MailingState.sending:
            _end(one, MailingState.failed, mailing.LOST)
        else:
            defer(session, effect)
            todo.append(one)
    if not todo:
        raise NothingToSend
    before, campaign.state = campaign.state, CampaignState.sending
    session.flush()
    after = {"state": campaign.state.value, "left": len(todo)}
    audit(session, "club_q.mails.send", campaign, before={"state": before.value}, after=after)
    return len(todo)


def pause(session: Session, *, campaign: ClubQCampaign) -> None:
    """Have no other mail leave for now.

    Raises:
        NotSending: None does.
    """
    lock(session, campaign)
    if campaign.state is not CampaignState.sending:
        raise NotSending
    campaign.state = CampaignState.paused
    session.flush()
    audit(session, "club_q.mails.pause", campaign, after={"state": "paused"})


def retry(session: Session, *, campaign: ClubQCampaign, pceen_id: int | None = None) -> int:
    """Mail again those whose mail failed, or one of them; return how many.

    Raises:
        MailsTooEarly: The grants are not published any more.
        NothingToRetry: None of these failed.
    """
    lock(session, campaign)
    _check_published(session.get_one(ClubQSeason, campaign.season_id, populate_existing=True))
    failed = [
        one
        for one in _recipients(session, campaign, MailingState.failed)
        if pceen_id in (None, one.pceen_id)
    ]
    if not failed:
        raise NothingToRetry
    for one in failed:
        one.state, one.error, one.at = MailingState.pending, None, None
        one.attempt += 1
        if campaign.state is not CampaignState.paused:
            defer(session, _effect(one))
    if campaign.state is not CampaignState.paused:
        campaign.state = CampaignState.sending
    session.flush()
    people = [one.pceen_id for one in failed]
    audit(session, "club_q.mails.retry", campaign, after={"people": people})
    return len(failed)


def test(session: Session, *, recipient: ClubQCampaignRecipient, by: PCeen) -> None:
    """Mail someone of the team what a recipient is to read.

    Raises:
        MailsTooEarly: The grants are not published.
        NoAddressOfYours: There is nowhere to send it.
    """
    _check_published(session.get_one(ClubQSeason, recipient.campaign.season_id))
    if by.email is None:
        raise NoAddressOfYours
    defer(session, MailTest(recipient=recipient.id, to=by.id))
    audit(session, "club_q.mails.test", recipient.campaign, after={"as": recipient.pceen_id})


def _check_published(season: ClubQSeason) -> None:
    if not season.attributions_visible:
        raise MailsTooEarly


def _recipients(
    session: Session, campaign: ClubQCampaign, *states: MailingState
) -> Sequence[ClubQCampaignRecipient]:
    """Those in some states, in their order, locked."""
    stmt = (
        sa.select(ClubQCampaignRecipient)
        .where(
            ClubQCampaignRecipient.campaign_id == campaign.id,
            ClubQCampaignRecipient.state.in_(states),
        )
        .order_by(ClubQCampaignRecipient.position)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(stmt).all()


def _lanes(session: Session) -> Collection[str | None]:
    """The lanes of the mails that wait for the worker, or that it is at."""
    stmt = sa.select(OutboxEntry.lane).where(
        OutboxEntry.kind == MailRecipient.kind,
        OutboxEntry.sent_at.is_(None),
        OutboxEntry.parked_at.is_(None),
        OutboxEntry.cancelled_at.is_(None),
    )
    return set(session.scalars(stmt))


def _effect(one: ClubQCampaignRecipient) -> MailRecipient:
    return MailRecipient(campaign=one.campaign_id, recipient=one.id, attempt=one.attempt)


# What the worker does


def prepare(session: Session, effect: MailRecipient, house: House) -> AttributionMail | None:
    """What is to be mailed, unless there is nothing to mail any more.

    The lane of the outbox has nobody else be at it: who was, when someone is claimed, is dead.
    """
    campaign, one = _taken(session, effect)
    if campaign is None or one is None:
        return None
    if one.state is MailingState.sending:
        _end(one, MailingState.failed, mailing.LOST)
        _finish(session, campaign)
        return None
    if not _may_leave(session, campaign, one):
        return None
    pceen = one.pceen
    if pceen.email is None or pceen.is_disabled or pceen.is_erased:
        _end(one, MailingState.failed, mailing.NO_ADDRESS)
        _finish(session, campaign)
        return None
    return composed(session, campaign=campaign, recipient=one, house=house)


def claim(session: Session, effect: MailRecipient) -> bool:
    """Say that a mail is leaving; whether it still may."""
    campaign, one = _taken(session, effect)
    if campaign is None or one is None or not _may_leave(session, campaign, one):
        return False
    one.state, one.at = MailingState.sending, clock.now()
    return True


def settle(session: Session, effect: MailRecipient, *, error: str | None) -> None:
    """Write how it went: what is known now wins over a guess that another worker made."""
    campaign, one = _taken(session, effect)
    if campaign is None or one is None:
        return
    is_guess = one.state is MailingState.failed and one.error == mailing.LOST
    if one.state is MailingState.sending or is_guess:
        _end(one, MailingState.failed if error else MailingState.sent, error)
        _finish(session, campaign)


def _taken(
    session: Session, effect: MailRecipient
) -> tuple[ClubQCampaign | None, ClubQCampaignRecipient | None]:
    """The campaign and the recipient, locked; nobody for an attempt that another one followed."""
    campaign = session.get(ClubQCampaign, effect.campaign)
    one = session.get(ClubQCampaignRecipient, effect.recipient)
    if campaign is None or one is None:
        return None, None
    lock(session, campaign)
    lock(session, one)
    return campaign, one if one.attempt == effect.attempt else None


def _may_leave(session: Session, campaign: ClubQCampaign, one: ClubQCampaignRecipient) -> bool:
    """Whether a mail is still to leave: once grants are hidden again, none does."""
    if one.state is not MailingState.pending or campaign.state is not CampaignState.sending:
        return False
    season = session.get_one(ClubQSeason, campaign.season_id, populate_existing=True)
    if not season.attributions_visible:
        campaign.state = CampaignState.paused
        return False
    return True


def _end(one: ClubQCampaignRecipient, state: MailingState, error: str | None = None) -> None:
    one.state, one.at, one.error = state, clock.now(), error


def _finish(session: Session, campaign: ClubQCampaign) -> None:
    """Have a campaign be over once nobody is left."""
    session.flush()
    if not queries.counts(session, [campaign.id])[campaign.id].left:
        campaign.state = CampaignState.done


# What the mails say


def composed(
    session: Session,
    *,
    campaign: ClubQCampaign,
    recipient: ClubQCampaignRecipient,
    house: House,
    to: PCeen | None = None,
) -> AttributionMail:
    """What a recipient is to read; *to* somebody else, for who looks at it before."""
    season = session.get_one(ClubQSeason, campaign.season_id)
    whose, reader = recipient.pceen, to or recipient.pceen
    shows = _shows(session, season, whose)
    reference = paying.reference(name=whose.full_name, promo=whose.promo, season=season.nom)
    due = sum(one.amount_cents for one in shows)
    return AttributionMail(
        to=reader.email or "",
        locale=reader.locale or "fr",
        prenom=whose.prenom,
        pceen=whose.id,
        season_id=season.id,
        season=season.nom,
        shows=shows,
        bill=Bill(reference=reference, due_cents=due, account=house.account),
        link_sav=campaign.link_sav,
        date_sav=campaign.date_sav,
        date_payement=campaign.date_payement,
        sent_by=house.sender,
        answers_to=campaign.reply_to,
        known_by=None if to else f"club_q.recipient:{recipient.id}:{recipient.attempt}",
    )


def _shows(session: Session, season: ClubQSeason, pceen: PCeen) -> Sequence[AttributedShow]:
    """What someone may know that they have, by date."""
    wishes = grants.granted_to(session, pceen_id=pceen.id, season=season, is_staff=False)
    held = [one for one in wishes if one.places and not one.spectacle.cancelled]
    venues = _venues(session, [one.spectacle.id for one in held])
    return [
        AttributedShow(
            name=one.spectacle.nom,
            at=one.spectacle.date,
            venue=venues.get(one.spectacle.id),
            places=one.places or 0,
            unit_price=one.spectacle.unit_price,
        )
        for one in sorted(held, key=lambda one: one.spectacle.date)
    ]


def _venues(session: Session, keys: Sequence[int]) -> dict[int, str]:
    stmt = (
        sa.select(ClubQSpectacle)
        .where(ClubQSpectacle.id.in_(keys), ClubQSpectacle.salle_id.is_not(None))
        .options(joinedload(ClubQSpectacle.salle))
    )
    return {one.id: one.salle.nom for one in session.scalars(stmt) if one.salle is not None}

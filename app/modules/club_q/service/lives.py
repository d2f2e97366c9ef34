"""What becomes of wishes and grants when accounts are merged, or someone is erased."""

from collections.abc import Iterator

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.enums import RunStatus
from app.models import (
    ClubQAccount,
    ClubQAttribution,
    ClubQCampaignRecipient,
    ClubQDiscontent,
    ClubQPreference,
    ClubQReturn,
    ClubQRun,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
)
from app.models.club_q import DISCONTENT_OWNERS

#: Further than any rank: wishes go there and back, since no two of one person have the same.
_AWAY = 10_000


def before_locks(session: Session) -> None:
    """Lock the seasons: who saves wishes, or adopts a run, locks people after them."""
    session.scalars(sa.select(ClubQSeason.id).order_by(ClubQSeason.id).with_for_update()).all()


def conflicts(session: Session, kept: PCeen, absorbed: PCeen) -> Iterator[str]:
    """Why two accounts cannot become one: both hold places of one show."""
    for name in session.scalars(
        sa.select(ClubQSpectacle.nom)
        .where(ClubQSpectacle.id.in_(_held(kept)), ClubQSpectacle.id.in_(_held(absorbed)))
        .order_by(ClubQSpectacle.date, ClubQSpectacle.id)
    ):
        yield _(
            "Les deux ont des places pour « %(show)s » au Club Q : mettez l'un des deux à zéro.",
            show=name,
        )


def _held(pceen: PCeen) -> sa.Select[int]:
    """The shows that someone has places for."""
    stmt = sa.select(ClubQVoeu.spectacle_id).join(
        ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id
    )
    return stmt.where(ClubQVoeu.pceen_id == pceen.id, ClubQAttribution.places_attribuees > 0)


def before_merge(session: Session, kept: PCeen, absorbed: PCeen) -> None:
    """Make one list of wishes of two; the merge is written down already, so that lines may move."""
    for season in _seasons_of(session, kept, absorbed):
        lock(session, season)
        _unite_wishes(session, season, kept, absorbed)
    if not _took_part(session, kept):
        session.execute(sa.delete(ClubQAccount).where(ClubQAccount.pceen_id == kept.id))
    mailed = sa.select(ClubQCampaignRecipient.campaign_id).where(
        ClubQCampaignRecipient.pceen_id == kept.id
    )
    twice = session.scalars(
        sa.select(ClubQCampaignRecipient).where(
            ClubQCampaignRecipient.pceen_id == absorbed.id,
            ClubQCampaignRecipient.campaign_id.in_(mailed),
        )
    )
    for one in twice.all():
        session.delete(one)
    session.flush()
    for owner in DISCONTENT_OWNERS.owners:
        moves = sa.update(ClubQDiscontent).where(getattr(ClubQDiscontent, owner) == absorbed.id)
        session.execute(
            moves.values({owner: kept.id}), execution_options={"synchronize_session": False}
        )
    session.expire_all()


def _seasons_of(session: Session, *people: PCeen) -> list[ClubQSeason]:
    """The seasons in which these people have wishes, in the order of their locks."""
    wished = sa.select(ClubQVoeu.season_id).where(ClubQVoeu.pceen_id.in_([p.id for p in people]))
    stmt = sa.select(ClubQSeason).where(ClubQSeason.id.in_(wished)).order_by(ClubQSeason.id)
    return list(session.scalars(stmt))


def _unite_wishes(session: Session, season: ClubQSeason, kept: PCeen, absorbed: PCeen) -> None:
    """Put the wishes of both in one list: those of who is kept come first.

    Of two wishes for one show, the one with places stays, or that of who is kept.
    """
    mine, others = (_wishes(session, season, one) for one in (kept, absorbed))
    by_show = {wish.spectacle_id: wish for wish, _places in mine}
    gone: list[ClubQVoeu] = []
    for wish, places in others:
        own = by_show.get(wish.spectacle_id)
        if own is not None:
            gone.append(own if places else wish)
    left = [wish for wish, _places in (*mine, *others) if wish not in gone]
    _drop(session, gone)
    for away in (_AWAY, 0):  # each rank is free by the time that it is taken
        for rank, wish in enumerate(left, 1):
            wish.priorite = rank + away
        session.flush()
    session.execute(
        sa.update(ClubQPreference)
        .where(ClubQPreference.pceen_id == kept.id, ClubQPreference.season_id == season.id)
        .values(version=ClubQPreference.version + 1)
    )


def _wishes(
    session: Session, season: ClubQSeason, pceen: PCeen
) -> list[tuple[ClubQVoeu, int | None]]:
    """The wishes of someone in a season, by rank, with the places granted."""
    stmt = (
        sa.select(ClubQVoeu, ClubQAttribution.places_attribuees)
        .outerjoin(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.season_id == season.id, ClubQVoeu.pceen_id == pceen.id)
        .order_by(ClubQVoeu.priorite)
    )
    return [(wish, places) for wish, places in session.execute(stmt)]


def _drop(session: Session, wishes: list[ClubQVoeu]) -> None:
    """Delete wishes, with what was decided of them."""
    keys = [wish.id for wish in wishes]
    if keys:
        for tied in (ClubQReturn, ClubQAttribution):
            session.execute(sa.delete(tied).where(tied.voeu_id.in_(keys)))
        session.execute(sa.delete(ClubQVoeu).where(ClubQVoeu.id.in_(keys)))


def _took_part(session: Session, pceen: PCeen) -> bool:
    """Whether someone ever had a wish, or a discontent that changed."""
    wished = sa.exists().where(ClubQVoeu.pceen_id == pceen.id)
    changed = sa.exists().where(ClubQDiscontent.pceen_id == pceen.id)
    return bool(session.scalar(sa.select(sa.or_(wished, changed))))


def forget(session: Session, pceen: PCeen) -> None:
    """Take back the wishes of who is erased, where nothing is shared out yet.

    What was granted stays, under their pseudonym: others paid the price of it.
    """
    for season in _seasons_of(session, pceen):
        lock(session, season)
        shared = sa.select(
            sa.exists().where(ClubQRun.season_id == season.id, ClubQRun.status == RunStatus.adopted)
        )
        if session.scalar(shared):
            continue
        _drop(session, [wish for wish, places in _wishes(session, season, pceen) if not places])
    session.execute(sa.delete(ClubQPreference).where(ClubQPreference.pceen_id == pceen.id))
    session.expire_all()

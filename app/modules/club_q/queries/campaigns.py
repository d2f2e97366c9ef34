"""Mails to everybody of a season: who they go to, and where they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.pagination import Page, paginate
from app.enums import MailingState
from app.models import ClubQCampaign, ClubQCampaignRecipient, ClubQSeason, ClubQVoeu, PCeen
from app.modules.club_q.errors import NoSuchCampaign
from app.modules.club_q.queries.readers import is_reader

#: How many recipients a page shows.
SIZE = 100


@dataclass(frozen=True, slots=True)
class Counts:
    """How many recipients are in each state."""

    by_state: Mapping[MailingState, int]

    def __getitem__(self, state: MailingState) -> int:
        return self.by_state.get(state, 0)

    @property
    def total(self) -> int:
        """Those to mail: whoever is left out does not count."""
        return sum(self.by_state.values()) - self[MailingState.skipped]

    @property
    def over(self) -> int:
        """Those with whom it is over, well or not."""
        return self[MailingState.sent] + self[MailingState.failed]

    @property
    def left(self) -> int:
        return self[MailingState.pending] + self[MailingState.sending]


def campaign(session: Session, key: int) -> ClubQCampaign:
    """A campaign, by its number.

    Raises:
        NoSuchCampaign: There is none.
    """
    found = session.get(ClubQCampaign, key) if 0 < key < 2**31 else None
    if found is None:
        raise NoSuchCampaign
    return found


def campaigns(session: Session, season: ClubQSeason) -> Sequence[ClubQCampaign]:
    """Those of a season, the latest first."""
    stmt = (
        sa.select(ClubQCampaign)
        .where(ClubQCampaign.season_id == season.id)
        .order_by(ClubQCampaign.id.desc())
    )
    return session.scalars(stmt).all()


def counts(session: Session, keys: Sequence[int]) -> Mapping[int, Counts]:
    """How many recipients of each campaign are in each state."""
    recipient = ClubQCampaignRecipient
    stmt = (
        sa.select(recipient.campaign_id, recipient.state, sa.func.count())
        .where(recipient.campaign_id.in_(keys))
        .group_by(recipient.campaign_id, recipient.state)
    )
    found: dict[int, dict[MailingState, int]] = {key: {} for key in keys}
    for key, state, count in session.execute(stmt):
        found[key][state] = count
    return {key: Counts(states) for key, states in found.items()}


def wishing(session: Session, season: ClubQSeason, *, may_read: bool) -> Sequence[PCeen]:
    """Those who wish for something and may read Club Q, or may not; in the order of the mails."""
    wishers = sa.select(ClubQVoeu.pceen_id).where(ClubQVoeu.season_id == season.id)
    reads = is_reader() if may_read else sa.not_(is_reader())
    stmt = sa.select(PCeen).where(PCeen.id.in_(wishers), PCeen.erased_at.is_(None), reads)
    return session.scalars(stmt.order_by(PCeen.nom_key, PCeen.prenom_key, PCeen.id)).all()


def recipients(
    session: Session, campaign: ClubQCampaign, *, state: MailingState | None, number: int
) -> Page[ClubQCampaignRecipient]:
    """One page of the recipients, in their order; of a *state* alone, if one is given."""
    stmt = (
        sa.select(ClubQCampaignRecipient)
        .where(ClubQCampaignRecipient.campaign_id == campaign.id)
        .options(joinedload(ClubQCampaignRecipient.pceen))
        .order_by(ClubQCampaignRecipient.position)
    )
    if state is not None:
        stmt = stmt.where(ClubQCampaignRecipient.state == state)
    return paginate(session, stmt, number=number, size=SIZE)


def recipient(
    session: Session, campaign: ClubQCampaign, pceen_id: int | None
) -> ClubQCampaignRecipient | None:
    """The recipient who is someone; without a number, the first one."""
    stmt = (
        sa.select(ClubQCampaignRecipient)
        .where(ClubQCampaignRecipient.campaign_id == campaign.id)
        .options(joinedload(ClubQCampaignRecipient.pceen))
        .order_by(ClubQCampaignRecipient.position)
        .limit(1)
    )
    if pceen_id is not None:
        stmt = stmt.where(ClubQCampaignRecipient.pceen_id == pceen_id)
    return session.scalar(stmt)

"""The tables of Club Q: seasons, shows, ranked wishes, grants, runs, and what each run did.

A wish and what it was granted live in different tables: nothing that happens to the form of the
wishes can touch a grant.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from app.core import clock, draw
from app.core.money import Cents
from app.enums import (
    CampaignState,
    DiscontentKind,
    MailingState,
    ReturnState,
    RunMode,
    RunStatus,
    Strategy,
    WishReason,
)
from app.models.base import Base
from app.models.documents import DocumentColumns, PageColumns
from app.models.immutable import Moving, refuse_changes
from app.models.people import PCeen
from app.models.types import Id, LongText, Name, Tenths, reference

#: The most places that one wish may ask, whatever the setting says.
PLACES_MAX = 50
#: The bounds of a discontent.
DISCONTENT_MAX = Decimal("9999.9")


class ClubQAccount(Base):
    """The discontent of someone with Club Q; whoever has no row has none."""

    __tablename__ = "club_q_account"
    __table_args__ = (sa.CheckConstraint("discontent BETWEEN -99999 AND 99999", "in_range"),)

    pceen_id: Mapped[int] = mapped_column(
        sa.ForeignKey("pceen.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    discontent: Mapped[Decimal] = mapped_column(Tenths, default=Decimal(0))


class ClubQSeason(Base):
    """A season: its shows are shared out together."""

    __tablename__ = "club_q_season"
    __table_args__ = (
        sa.CheckConstraint("debut <= fin", "dates_in_order"),
        sa.CheckConstraint("debut_inscription <= fin_inscription", "form_in_order"),
        sa.CheckConstraint("promo_orga BETWEEN 1 AND 999", "promo_in_range"),
    )

    id: Mapped[Id]
    nom: Mapped[Name] = mapped_column(unique=True)
    promo_orga: Mapped[int]
    debut: Mapped[date | None]
    fin: Mapped[date | None]
    #: The first and the last day of the form of the wishes, both included; open without one.
    debut_inscription: Mapped[date | None]
    fin_inscription: Mapped[date | None]
    #: The last day to give tickets back.
    fin_retour: Mapped[date | None]
    #: The strategy and the parameters that were announced before the form opened.
    rules: Mapped[Any] = mapped_column(sa.JSON)
    #: The digest of the wishes when the form closed, and when it was taken.
    closing_hash: Mapped[str | None] = mapped_column(sa.String(64))
    closed_at: Mapped[datetime | None]
    #: How many times the team changed wishes since.
    late_edits: Mapped[int] = mapped_column(default=0)
    attributions_visible: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None]
    #: 32 bytes that nobody sees before publication, and the digest that commits to them.
    seed: Mapped[bytes] = mapped_column(sa.LargeBinary())
    seed_commitment: Mapped[str] = mapped_column(sa.String(64))
    seed_revealed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    def draw_seed(self) -> None:
        """Draw another seed, and commit to it: the season has its number by then."""
        self.seed = draw.new_seed()
        self.seed_commitment = draw.commitment(season=self.id, seed=self.seed)

    def is_form_open_on(self, day: date) -> bool:
        """Whether *day* is one of those of the form."""
        return (self.debut_inscription is None or self.debut_inscription <= day) and (
            self.fin_inscription is None or day <= self.fin_inscription
        )


class ClubQSeedChange(Base):
    """A seed that was replaced before the form opened: everybody may know, and why."""

    __tablename__ = "club_q_seed_change"

    id: Mapped[Id]
    season_id: Mapped[int] = reference("club_q_season.id", ondelete="CASCADE")
    former_commitment: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.String(280))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")


class ClubQSalle(Base):
    """A venue."""

    __tablename__ = "club_q_salle"
    __table_args__ = (
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", "latitude_in_range"),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", "longitude_in_range"),
    )

    id: Mapped[Id]
    nom: Mapped[Name] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(sa.String(2500), default="")
    url: Mapped[str | None] = mapped_column(sa.String(64))
    adresse: Mapped[str] = mapped_column(sa.String(64), default="")
    #: Degrees; both 0 while nobody knows.
    latitude: Mapped[float] = mapped_column(default=0)
    longitude: Mapped[float] = mapped_column(default=0)
    #: The name of the file of its map.
    plan: Mapped[str | None] = mapped_column(sa.String(64))
    version: Mapped[int] = mapped_column(default=1)

    @property
    def is_located(self) -> bool:
        return bool(self.latitude or self.longitude)


class ClubQSpectacle(Base):
    """A show, on one evening."""

    __tablename__ = "club_q_spectacle"
    __table_args__ = (
        sa.UniqueConstraint("id", "season_id"),
        sa.CheckConstraint("duration BETWEEN 1 AND 1440", "duration_in_range"),
        sa.CheckConstraint("nb_tickets BETWEEN 0 AND 100000", "tickets_in_range"),
        sa.CheckConstraint("unit_price BETWEEN 0 AND 100000", "price_in_range"),
        sa.Index(None, "season_id", "date"),
    )

    id: Mapped[Id]
    nom: Mapped[Name]
    categorie: Mapped[str] = mapped_column(sa.String(64), default="")
    description: Mapped[str] = mapped_column(sa.String(2500), default="")
    date: Mapped[datetime]
    #: In minutes.
    duration: Mapped[int] = mapped_column(default=120)
    nb_tickets: Mapped[int]
    #: Cents for one place.
    unit_price: Mapped[Cents]
    season_id: Mapped[int] = reference("club_q_season.id", index=False)
    salle_id: Mapped[int | None] = reference("club_q_salle.id")
    #: The name of the file of its picture.
    image: Mapped[str | None] = mapped_column(sa.String(64))
    cancelled: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    season: Mapped[ClubQSeason] = relationship(viewonly=True)
    salle: Mapped[ClubQSalle | None] = relationship(viewonly=True)


class ClubQVoeu(Base):
    """A wish: so many places for a show, and how much someone wants it."""

    __tablename__ = "club_q_voeu"
    __table_args__ = (
        sa.UniqueConstraint("pceen_id", "spectacle_id"),
        sa.UniqueConstraint("pceen_id", "season_id", "priorite"),
        sa.ForeignKeyConstraint(
            ["spectacle_id", "season_id"],
            ["club_q_spectacle.id", "club_q_spectacle.season_id"],
            ondelete="RESTRICT",
        ),
        sa.CheckConstraint("priorite >= 1", "priority_positive"),
        sa.CheckConstraint(f"places_demandees BETWEEN 1 AND {PLACES_MAX}", "places_in_range"),
        sa.CheckConstraint("places_minimum BETWEEN 1 AND places_demandees", "minimum_in_range"),
        sa.Index(None, "season_id", "priorite"),
    )

    id: Mapped[Id]
    pceen_id: Mapped[int] = reference("pceen.id", index=False)
    spectacle_id: Mapped[int] = mapped_column(index=True)
    season_id: Mapped[int]
    #: 1 for what is wanted most.
    priorite: Mapped[int]
    places_demandees: Mapped[int]
    #: Fewer than this, and none is wanted.
    places_minimum: Mapped[int] = mapped_column(default=1)
    #: Who of the team wrote it last; nobody when its author did.
    edited_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    version: Mapped[int] = mapped_column(default=1)

    pceen: Mapped[PCeen] = relationship(foreign_keys=[pceen_id])
    spectacle: Mapped[ClubQSpectacle] = relationship(
        primaryjoin=lambda: remote(ClubQSpectacle.id) == foreign(ClubQVoeu.spectacle_id),
        viewonly=True,
    )
    attribution: Mapped["ClubQAttribution | None"] = relationship(
        back_populates="voeu", viewonly=True
    )


class ClubQPreference(Base):
    """What someone wants of a season as a whole; its version is that of all their wishes there."""

    __tablename__ = "club_q_preference"
    __table_args__ = (
        sa.CheckConstraint("budget BETWEEN 0 AND 10000000", "budget_in_range"),
        sa.CheckConstraint("max_shows >= 1", "shows_positive"),
    )

    pceen_id: Mapped[int] = mapped_column(
        sa.ForeignKey("pceen.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    season_id: Mapped[int] = mapped_column(
        sa.ForeignKey("club_q_season.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    #: Cents; ``None`` for no bound.
    budget: Mapped[Cents | None]
    max_shows: Mapped[int | None]
    #: Whether they take two shows at the same time.
    accept_clashes: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class ClubQRun(Base):
    """One way to share the tickets of a season out, computed and kept whole."""

    __tablename__ = "club_q_run"
    __table_args__ = (
        sa.CheckConstraint("time_limit BETWEEN 10 AND 1800", "limit_in_range"),
        sa.CheckConstraint(
            "(active_season_id IS NOT NULL) = (status IN ('queued', 'running'))",
            "active_until_over",
        ),
        sa.CheckConstraint(
            "(adopted_season_id IS NOT NULL) = (status = 'adopted' AND mode = 'full')",
            "one_full_adopted",
        ),
        sa.Index(None, "season_id", "id"),
    )

    id: Mapped[Id]
    season_id: Mapped[int] = reference("club_q_season.id", index=False)
    author_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    strategy: Mapped[Strategy]
    mode: Mapped[RunMode]
    #: Complete: what the input says of the rules.
    params: Mapped[Any] = mapped_column(sa.JSON)
    #: Seconds that the solver may take.
    time_limit: Mapped[int] = mapped_column(default=300)
    #: The canonical JSON of all that it depends on, but for the seed; and its digest.
    input: Mapped[str | None] = mapped_column(LongText)
    input_hash: Mapped[str | None] = mapped_column(sa.String(64))
    seed_commitment: Mapped[str] = mapped_column(sa.String(64))
    code_version: Mapped[str | None] = mapped_column(sa.String(32))
    solver_name: Mapped[str | None] = mapped_column(sa.String(32))
    solver_version: Mapped[str | None] = mapped_column(sa.String(32))
    status: Mapped[RunStatus] = mapped_column(default=RunStatus.queued)
    #: The canonical JSON of what came out; and its digest.
    result: Mapped[str | None] = mapped_column(LongText)
    result_hash: Mapped[str | None] = mapped_column(sa.String(64))
    objectives: Mapped[Any] = mapped_column(sa.JSON, default=list)
    figures: Mapped[Any] = mapped_column(sa.JSON, default=dict)
    #: Staff alone read it.
    log: Mapped[str | None] = mapped_column(LongText)
    #: Why it failed, to people.
    error: Mapped[str | None] = mapped_column(sa.String(500))
    adopted_at: Mapped[datetime | None]
    adopted_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    #: Why it was adopted although its rules are not those announced: published.
    adoption_reason: Mapped[str | None] = mapped_column(sa.String(280))
    #: The grants that its adoption replaced, as JSON: undoing it puts them back.
    replaced: Mapped[str | None] = mapped_column(LongText)
    reverted_at: Mapped[datetime | None]
    reverted_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    note: Mapped[str | None] = mapped_column(sa.String(500))
    #: The season, while it is computed: one at a time.
    active_season_id: Mapped[int | None] = mapped_column(unique=True)
    #: The season, while it is the one adopted.
    adopted_season_id: Mapped[int | None] = mapped_column(unique=True)
    #: What computes it: where its progress is.
    task_run_id: Mapped[int | None] = mapped_column(index=True)

    season: Mapped[ClubQSeason] = relationship(viewonly=True)
    author: Mapped[PCeen | None] = relationship(foreign_keys=[author_id], viewonly=True)


class ClubQRunWish(Base):
    """What a run did of a wish, and why. Numbers, not references: later edits change nothing."""

    __tablename__ = "club_q_run_wish"
    __table_args__ = (sa.Index(None, "run_id", "pceen_id"), sa.Index(None, "pceen_id"))

    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("club_q_run.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    #: The number of the wish.
    voeu_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pceen_id: Mapped[int]
    spectacle_id: Mapped[int]
    granted: Mapped[int]
    reason: Mapped[WishReason]
    reason_data: Mapped[Any] = mapped_column(sa.JSON, default=dict)


class ClubQRunPerson(Base):
    """What a run did of someone."""

    __tablename__ = "club_q_run_person"
    __table_args__ = (sa.Index(None, "pceen_id"),)

    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("club_q_run.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    pceen_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    before: Mapped[Decimal] = mapped_column(Tenths)
    bonus: Mapped[Decimal] = mapped_column(Tenths, default=Decimal(0))
    after: Mapped[Decimal] = mapped_column(Tenths)
    #: In units: 2520 for a first wish granted in full.
    satisfaction: Mapped[int]
    served: Mapped[bool]
    explanation: Mapped[Any] = mapped_column(sa.JSON, default=dict)


class ClubQAttribution(Base):
    """What a wish was granted. Without a row nothing is decided yet; 0 is not served."""

    __tablename__ = "club_q_attribution"
    __table_args__ = (
        sa.CheckConstraint(f"places_attribuees BETWEEN 0 AND {PLACES_MAX}", "places_in_range"),
    )

    voeu_id: Mapped[int] = mapped_column(
        sa.ForeignKey("club_q_voeu.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    places_attribuees: Mapped[int]
    #: The run that decided; ``None`` when the team did.
    run_id: Mapped[int | None] = reference("club_q_run.id", ondelete="SET NULL")
    #: Whether no run may change it.
    locked: Mapped[bool] = mapped_column(default=False)
    #: What the team says of it, to whom it concerns.
    note: Mapped[str | None] = mapped_column(sa.String(280))
    set_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    set_at: Mapped[datetime] = mapped_column(default=clock.now)

    voeu: Mapped[ClubQVoeu] = relationship(back_populates="attribution", viewonly=True)


class ClubQReturn(Base):
    """Places that someone gives back: theirs to pay until somebody else has them."""

    __tablename__ = "club_q_return"
    __table_args__ = (
        sa.CheckConstraint("places >= 1", "places_positive"),
        sa.CheckConstraint(
            "(open_voeu_id IS NOT NULL) = (state = 'offered')", "one_open_for_a_grant"
        ),
        sa.Index(None, "voeu_id", "state"),
    )

    id: Mapped[Id]
    voeu_id: Mapped[int] = reference("club_q_voeu.id", index=False)
    #: The wish, while the offer is open: one at a time.
    open_voeu_id: Mapped[int | None] = mapped_column(unique=True)
    places: Mapped[int]
    state: Mapped[ReturnState] = mapped_column(default=ReturnState.offered)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    settled_at: Mapped[datetime | None]
    #: The run that gave them to somebody else.
    run_id: Mapped[int | None] = reference("club_q_run.id", ondelete="SET NULL")

    voeu: Mapped[ClubQVoeu] = relationship(viewonly=True)


class ClubQDiscontent(Base):
    """A change of someone's discontent. Never changed nor deleted."""

    __tablename__ = "club_q_discontent"
    __table_args__ = (sa.Index(None, "pceen_id", "id"), sa.Index(None, "run_id"))

    id: Mapped[Id]
    #: Numbers, not references, but for whose it is: the lines outlive seasons and runs.
    pceen_id: Mapped[int] = reference("pceen.id", index=False)
    season_id: Mapped[int | None]
    run_id: Mapped[int | None]
    kind: Mapped[DiscontentKind]
    before: Mapped[Decimal] = mapped_column(Tenths)
    delta: Mapped[Decimal] = mapped_column(Tenths)
    after: Mapped[Decimal] = mapped_column(Tenths)
    reason: Mapped[str | None] = mapped_column(sa.String(280))
    actor_id: Mapped[int | None] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)


class ClubQCampaign(Base):
    """The mails that tell everybody what they were granted."""

    __tablename__ = "club_q_campaign"
    __table_args__ = (sa.CheckConstraint("threshold >= 0", "threshold_not_negative"),)

    id: Mapped[Id]
    season_id: Mapped[int] = reference("club_q_season.id")
    author_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    state: Mapped[CampaignState] = mapped_column(default=CampaignState.draft)
    reply_to: Mapped[str] = mapped_column(sa.String(120))
    #: Where tickets that cannot be used go: the after-sales page, and until when.
    link_sav: Mapped[str] = mapped_column(sa.String(200), default="")
    date_sav: Mapped[date | None]
    date_payement: Mapped[date | None]
    #: How many of the first recipients are left out.
    threshold: Mapped[int] = mapped_column(default=0)


class ClubQCampaignRecipient(Base):
    """Someone to mail, in a fixed order."""

    __tablename__ = "club_q_campaign_recipient"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "pceen_id"),
        sa.UniqueConstraint("campaign_id", "position"),
        sa.Index(None, "campaign_id", "state"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = reference("club_q_campaign.id", ondelete="CASCADE", index=False)
    pceen_id: Mapped[int] = reference("pceen.id")
    position: Mapped[int]
    state: Mapped[MailingState] = mapped_column(default=MailingState.pending)
    #: How many times someone had it sent again.
    attempt: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.String(280))

    campaign: Mapped[ClubQCampaign] = relationship(viewonly=True)
    pceen: Mapped[PCeen] = relationship(viewonly=True)


class ClubQBrochure(DocumentColumns, Base):
    """The brochure of a season: a PDF, and its pages as pictures."""

    __tablename__ = "club_q_brochure"

    season_id: Mapped[int] = reference("club_q_season.id", unique=True)

    season: Mapped[ClubQSeason] = relationship(viewonly=True)


class ClubQBrochurePage(PageColumns, Base):
    """A page of a brochure."""

    __tablename__ = "club_q_brochure_page"

    brochure_id: Mapped[int] = mapped_column(
        sa.ForeignKey("club_q_brochure.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )


_KEPT = ("id", "season_id", "run_id", "kind", "before", "delta", "after", "reason", "at")
DISCONTENT_OWNERS = Moving(("pceen_id", "actor_id"), _KEPT)
refuse_changes(ClubQDiscontent.__table__, moving=DISCONTENT_OWNERS)

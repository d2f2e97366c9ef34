"""The form of the wishes: one page, whatever the screen (community 4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import context
from app.context import current
from app.core import clock
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import ClubQPreference, ClubQSeason, ClubQSpectacle, ClubQVoeu
from app.modules.club_q import around
from app.modules.club_q.errors import WishesRefused
from app.modules.club_q.forms.wishes import Row, WishesForm, in_words
from app.modules.club_q.queries import seasons, wishes as queries
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.rules import wishes as rules
from app.modules.club_q.rules.announced import Announced, announced
from app.modules.club_q.rules.opening import Closed, Opening
from app.modules.club_q.service import wishes as service
from app.modules.club_q.service.wishes import wish_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page of the form shows."""

    season: ClubQSeason
    opening: Opening
    closed: Closed | None
    is_compact: bool
    max_places: int
    shows: Sequence[ClubQSpectacle]
    #: Those of the shows that are still to come, what is wanted most first.
    former: Sequence[ClubQVoeu]
    own: ClubQPreference | None
    rows: Sequence[Row]
    rules: Announced

    @property
    def is_preview(self) -> bool:
        """Whether the form is shown to the team, and takes nothing."""
        return self.closed is not None

    @property
    def last_day(self) -> date | None:
        return self.opening.last_day

    @property
    def first_day(self) -> date | None:
        return self.opening.first_day

    @property
    def version(self) -> int:
        return self.own.version if self.own is not None else 0

    @property
    def kept(self) -> list[tuple[int, ClubQSpectacle, str]]:
        """The wishes as they are saved: a rank, a show, how many places."""
        shows = {show.id: show for show in self.shows}
        return [
            (
                rank,
                shows[voeu.spectacle_id],
                in_words(voeu.places_demandees, voeu.places_minimum),
            )
            for rank, voeu in enumerate(self.former, start=1)
        ]

    @property
    def most_cents(self) -> int:
        """The most that may be billed of what is saved."""
        prices = {show.id: show.unit_price for show in self.shows}
        wanted = [wish_of(voeu) for voeu in self.former]
        own = rules.Preferences(
            budget=self.own.budget if self.own is not None else None,
            max_shows=self.own.max_shows if self.own is not None else None,
        )
        return rules.most_billed(wanted, prices, own)


@bp.route("/club_q", methods=["GET", "POST"])
@context.permission_only(T.read, S.club_q)
def index() -> ResponseReturnValue:
    """Wish: which shows, in which order, how many places of each."""
    season = around.current_season()
    if season is None:
        return render_template("club_q/wishes/none.html")
    form = WishesForm()
    if request.method == "POST" and _save(form, season):
        return redirect(url_for("club_q.index", **_kept_layout(), saved=1), 303)
    session = db.session()
    page = _page(session, form, around.current_season() or season)
    return form.page("club_q/wishes/wishes.html", page=page)


def _save(form: WishesForm, season: ClubQSeason) -> bool:
    """Keep what was sent; whether it was right."""
    is_valid = form.validate()
    me = current.me
    with form.refusals(), transaction(db.session()) as session:
        if not is_valid:
            faults = service.check(session, pceen=me, season=season, wanted=form.wanted()).faults
            raise WishesRefused(faults=faults)
        saved = service.save(
            session, pceen=me, season=season, wanted=form.wanted(), version=form.seen_version
        )
        is_mailed = form.send_copy.data and service.send_copy(
            session, pceen=me, season=season, saved=saved
        )
    if not form.is_accepted:
        return False
    said = _("Vos vœux sont enregistrés.") if saved.is_changed else _("Rien n'a changé.")
    flash(said, "success" if saved.is_changed else "info")
    if is_mailed:
        flash(_("Une copie part à %(email)s.", email=me.email), "info")
    elif form.send_copy.data:
        flash(_("Aucune copie n'est partie : votre compte n'a pas d'adresse."), "warning")
    return True


def _page(session: Session, form: WishesForm, season: ClubQSeason) -> Page:
    options = around.options()
    found = seasons.opening(session, season, options)
    closed = found.closed_on(clock.today())
    shows = queries.offered(session, season)
    numbers = {show.id for show in shows}
    former = [
        voeu
        for voeu in queries.wishes(session, pceen_id=current.me.id, season=season)
        if voeu.spectacle_id in numbers
    ]
    own = queries.preference(session, pceen_id=current.me.id, season=season)
    if request.method == "GET" or closed is not None:
        form.fill(own)
    elif form.status == 409:
        form.version.data = str(own.version if own is not None else 0)
    return Page(
        season=season,
        opening=found,
        closed=closed,
        is_compact=request.args.get("compact") == "1",
        max_places=options.max_places,
        shows=shows,
        former=former,
        own=own,
        rows=form.rows(shows, former, options.max_places),
        rules=announced(season.rules),
    )


def _kept_layout() -> dict[str, Any]:
    """The table, for who came from it."""
    return {"compact": 1} if request.args.get("compact") == "1" else {}

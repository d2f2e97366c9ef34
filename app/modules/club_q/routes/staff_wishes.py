"""The wishes of everybody, for the team: the list, and the form of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext

from app import context
from app.context import current
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import ClubQSeason, ClubQSpectacle, ClubQVoeu, PCeen
from app.modules.club_q import around
from app.modules.club_q.errors import (
    ClubQError,
    NoSuchReader,
    NoSuchSpectacle,
    SameWishTwice,
)
from app.modules.club_q.forms.staff_wishes import NewWishForm, WishForm
from app.modules.club_q.queries import readers, seasons, staff_wishes as queries
from app.modules.club_q.queries.grants import Granted
from app.modules.club_q.queries.staff_wishes import SORTS, STATES, Wanted, Wish
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.service import staff_wishes as service
from app.modules.club_q.service.staff_wishes import Written
from app.web.asked import asked_number, asked_page, asked_text
from app.web.urls import next_page


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesPage:
    """All that the list of the wishes shows."""

    season: ClubQSeason
    wanted: Wanted
    found: Page[Wish]
    shows: Sequence[ClubQSpectacle]
    #: Whom one may write a wish for.
    readers: Sequence[PCeen]

    @property
    def states(self) -> Sequence[tuple[str, str]]:
        """What one may ask of the wishes, in words."""
        words = {
            "pending": _("en attente"),
            "served": _("servis"),
            "unserved": _("pas servis"),
            "locked": _("verrouillés"),
        }
        return [(one, words[one]) for one in STATES]


@dataclass(frozen=True, slots=True, kw_only=True)
class WishPage:
    """All that the page of a wish shows."""

    season: ClubQSeason
    pceen: PCeen
    granted: Granted

    @property
    def voeu(self) -> ClubQVoeu:
        return self.granted.voeu

    @property
    def spectacle(self) -> ClubQSpectacle:
        return self.granted.spectacle


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A wish as its form shows it; what it says follows what is stored."""

    granted: Granted

    def __getattr__(self, name: str) -> Any:
        """What a field of the form shows.

        Raises:
            AttributeError: If it is no part of a wish.
        """
        if name in ("locked", "note"):
            return getattr(self.granted, name)
        if name == "places_attribuees":
            return self.granted.places
        return getattr(self.granted.voeu, name)


def _wanted(shows: Sequence[ClubQSpectacle]) -> Wanted:
    """Which wishes the address asks for: what makes no sense is left out."""
    sort, state = request.args.get("sort", ""), request.args.get("state")
    show = asked_number("show")
    return Wanted(
        q=asked_text(),
        spectacle=show if show in {one.id for one in shows} else None,
        state=state if state in STATES else None,
        sort=sort if sort.removeprefix("-") in SORTS else SORTS[0],
    )


@bp.route("/club_q/voeux", methods=["GET", "POST"])
@context.permission_only(T.write, S.club_q)
def voeux() -> ResponseReturnValue:
    """All the wishes of a season; a POST adds one."""
    season = around.season()
    if season is None:
        return render_template("club_q/voeux/wishes.html", page=None)
    session = db.session()
    shows = queries.shows(session, season)
    form = NewWishForm()
    form.offer([one for one in shows if not one.cancelled])
    form.bound(around.options().max_places)
    same = None
    if form.validate_on_submit():
        with form.refusals():
            try:
                return _add(form, shows)
            except SameWishTwice as refusal:
                same = refusal.details["voeu"]
                raise
    wanted = _wanted(shows)
    page = WishesPage(
        season=season,
        wanted=wanted,
        found=queries.page(session, season, wanted, number=asked_page()),
        shows=shows,
        readers=readers.readers(session),
    )
    return form.page("club_q/voeux/wishes.html", page=page, same=same)


def _add(form: NewWishForm, shows: Sequence[ClubQSpectacle]) -> ResponseReturnValue:
    """Write a wish for someone.

    Raises:
        ClubQError: What is refused.
    """
    with transaction(db.session()) as session:
        pceen = readers.reader_called(session, form.pceen.text)
        if pceen is None:
            raise NoSuchReader
        spectacle = next((one for one in shows if one.id == form.spectacle.data), None)
        if spectacle is None:
            raise NoSuchSpectacle
        written: Written | None = None
        if form.is_first_as_filled(session, sender=current.me.id):
            written = service.create(
                session, pceen=pceen, spectacle=spectacle, draft=form.draft(), by=current.me
            )
        name = pceen.full_name
    flash(_("Le vœu de %(name)s est écrit.", name=name), "success")
    _tell_moved(written)
    return redirect(url_for("club_q.voeux", season_id=request.args.get("season_id")), 303)


def _tell_moved(written: Written | None) -> None:
    """Say which other wishes had to move, if any."""
    if written is None or not written.moved:
        return
    flash(
        ngettext(
            "Un autre vœu de cette personne a changé de rang : chacun a le sien.",
            "%(num)s autres vœux de cette personne ont changé de rang : chacun a le sien.",
            written.moved,
        ),
        "info",
    )


@bp.route("/club_q/voeux/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.club_q)
def voeu(key: int) -> ResponseReturnValue:
    """A wish: what is asked, and what is granted by hand."""
    session = db.session()
    found = queries.wish(session, key)
    season = seasons.season(session, found.season_id)
    granted = queries.granted_of(session, season, found)
    form = WishForm(obj=_Stored(granted=granted))
    form.bound(max(around.options().max_places, found.places_demandees))
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as written_in:
                written = service.change(
                    written_in,
                    voeu=queries.wish(written_in, key),
                    draft=form.draft(),
                    version=form.seen_version,
                    by=current.me,
                )
        except ClubQError as refusal:
            granted = queries.granted_of(session, season, queries.wish(session, key))
            form.shows_now(_Stored(granted=granted))
            form.refuse(refusal)
        else:
            flash(_("Le vœu est à jour."), "success")
            _tell_moved(written)
            return redirect(next_page() or url_for("club_q.voeu", key=key), 303)
    page = WishPage(season=season, pceen=granted.voeu.pceen, granted=granted)
    return form.page("club_q/voeux/wish.html", page=page)


@bp.post("/club_q/voeux/<int:key>/delete")
@context.permission_only(T.write, S.club_q)
def delete_voeu(key: int) -> ResponseReturnValue:
    """Delete a wish to which nothing is granted."""
    with transaction(db.session()) as session:
        found = queries.wish(session, key)
        season_id, name = found.season_id, found.spectacle.nom
        service.delete(session, voeu=found)
    flash(_("Le vœu pour « %(name)s » est supprimé.", name=name), "success")
    return redirect(url_for("club_q.voeux", season_id=season_id), 303)

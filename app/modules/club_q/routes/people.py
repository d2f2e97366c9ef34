"""Who takes part in a season, and who has to pay what: for the team."""

from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal

from app import context
from app.core.pagination import Page
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import ClubQSeason
from app.modules.club_q import around
from app.modules.club_q.exports import tables
from app.modules.club_q.exports.tables import Payer, Payments
from app.modules.club_q.queries import people as queries, staff_wishes
from app.modules.club_q.queries.people import SORTS, Taking, Totals
from app.modules.club_q.routes.blueprint import bp
from app.web.asked import asked_page, asked_text
from app.web.downloads import Sheet, table_download, wanted_sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """All that the list of the people shows."""

    season: ClubQSeason
    q: str
    sort: str
    found: Page[Taking]
    totals: Totals

    @staticmethod
    def tenths(one: Taking) -> str:
        """A discontent, in the language of the reader."""
        return str(format_decimal(one.discontent, "0.0"))

    def payments(self, sheet: Sheet) -> str:
        """Where the table of the payments is."""
        return url_for("club_q.payments_excel", season_id=self.season.id, format=sheet)


@bp.get("/club_q/pceens")
@context.permission_only(T.write, S.club_q)
def pceens() -> ResponseReturnValue:
    """Everybody who wishes for something, with the sums of all of them."""
    season = around.season()
    if season is None:
        return render_template("club_q/people/people.html", page=None)
    sort = request.args.get("sort", "")
    sort = sort if sort.removeprefix("-") in SORTS else SORTS[0]
    everybody = queries.taking_part(db.session(), season)
    page = PeoplePage(
        season=season,
        q=asked_text(),
        sort=sort,
        found=queries.page(everybody, q=asked_text(), sort=sort, number=asked_page()),
        totals=queries.totals(everybody),
    )
    return render_template("club_q/people/people.html", page=page)


@bp.get("/club_q/pceens/generate_excel")
@context.permission_only(T.write, S.club_q)
def payments_excel() -> ResponseReturnValue:
    """Who has to pay what, as a table."""
    season = around.season()
    if season is None:
        return render_template("club_q/people/people.html", page=None)
    session = db.session()
    shows = [one for one in staff_wishes.shows(session, season) if not one.cancelled]
    people = queries.taking_part(session, season)
    found = Payments(
        season=season.nom,
        start=season.debut,
        end=season.fin,
        shows=len(shows),
        offered=sum(one.nb_tickets for one in shows),
        payers=[_payer(one) for one in people if one.granted],
    )
    title, columns, rows, facts = tables.payments(found)
    return table_download(found.stem, title, columns, rows, wanted_sheet(), facts)


def _payer(one: Taking) -> Payer:
    return Payer(
        nom=one.pceen.nom,
        prenom=one.pceen.prenom,
        promo=one.pceen.promo,
        email=one.pceen.email,
        places=one.granted,
        amount_cents=one.due_cents,
    )

"""The figures of the Panier Bio, a school year at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _

from app import context
from app.core import clock
from app.core.money import Cents
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.panier_bio.queries import figures as reading
from app.modules.panier_bio.queries.figures import Customers, Given, Money
from app.modules.panier_bio.routes.blueprint import bp
from app.modules.panier_bio.routes.shown import in_full
from app.web.asked import asked_number
from app.web.charts import BarChart, Counted, Layout, Unit, bars_of, named


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresPage:
    """All that the page of the figures shows."""

    #: The year in which the school year begins.
    year: int
    years: Sequence[int]
    given: Sequence[Given]
    customers: Customers
    baskets: BarChart
    money: BarChart

    @property
    def count(self) -> int:
        """How many baskets there were."""
        return sum(one.baskets for one in self.given)

    @property
    def due(self) -> Cents:
        return sum(one.due for one in self.given)

    @property
    def left(self) -> Cents:
        """What is still to be paid."""
        return self.due - sum(one.paid for one in self.given)

    @property
    def name(self) -> str:
        return name_of(self.year)

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        return [
            (name_of(year), url_for("panier_bio.figures", year=year), year == self.year)
            for year in self.years
        ]


def name_of(year: int) -> str:
    """What a school year is called."""
    return f"{year}\N{EN DASH}{year + 1}"


@bp.get("/panier_bio/admin/figures")
@context.permission_only(T.write, S.panier_bio)
def figures() -> ResponseReturnValue:
    """Baskets of each distribution, money of each month, customers."""
    session = db.session()
    years = reading.years(session) or (reading.school_year(clock.today()),)
    asked = asked_number("year", digits=4)
    year = asked if asked is not None and asked in years else years[0]
    start, end = date(year, reading.SEPTEMBER, 1), date(year + 1, reading.SEPTEMBER - 1, 31)
    given = reading.distributions(session, start, end)
    page = FiguresPage(
        year=year,
        years=years,
        given=given,
        customers=reading.customers(session, start, end),
        baskets=_baskets(given),
        money=_money(reading.months(given, start, end)),
    )
    return render_template("panier_bio/admin/figures.html", page=page)


def _baskets(given: Sequence[Given]) -> BarChart:
    """How many baskets each distribution had."""
    counted = (
        Counted(_("Membres"), tuple(one.members for one in given)),
        Counted(_("Visiteurs"), tuple(one.visitors for one in given)),
    )
    places = named(
        [(in_full(one.date), str(format_date(one.date, "d MMM", rebase=False))) for one in given]
    )
    layout = Layout(
        unit=Unit.count,
        heading=_("Distribution"),
        nothing=_("Aucun panier n'a été commandé cette année-là."),
    )
    return bars_of(counted, places, layout)


def _money(months: Sequence[Money]) -> BarChart:
    """What each month brings: due, paid, validated."""
    counted = (
        Counted(_("À payer"), tuple(one.due for one in months)),
        Counted(_("Payé"), tuple(one.paid for one in months)),
        Counted(_("Validé"), tuple(one.validated for one in months)),
    )
    places = named(
        [
            (
                str(format_date(one.first, "MMMM y", rebase=False)),
                str(format_date(one.first, "MMM", rebase=False)),
            )
            for one in months
        ]
    )
    layout = Layout(
        heading=_("Mois"), nothing=_("Aucun panier n'a eu de prix cette année-là."), is_apart=True
    )
    return bars_of(counted, places, layout)

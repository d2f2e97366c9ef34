"""The figures of the bar, of a day, a month or a year (community 3.5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _
from sqlalchemy.orm import Session

from app import context
from app.core.clock import day_start
from app.core.dates import add_months
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.bar import around
from app.modules.bar.queries import stats as reading
from app.modules.bar.queries.stats import Best, Day, Figures, Month, Seller, Span
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.service.ledger import today
from app.web.asked import asked_day
from app.web.charts import (
    BarChart,
    Chart,
    Counted,
    Layout,
    Place,
    Series,
    Unit,
    bars_of,
    line_chart,
    named,
)
from app.web.filters import format_euros

#: What the page shows the figures of.
VIEWS = ("day", "month", "year")
#: How many items are said to sell best.
SELLERS = 10
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What is looked at: a day, its month or its year, and what is known of it today."""

    view: str
    #: Up to when charts go.
    day: date
    span: Span
    today: date

    @property
    def is_today(self) -> bool:
        return self.view == "day" and self.day == self.today

    @property
    def title(self) -> str:
        """What it is called."""
        pattern = {"day": "EEEE d MMMM y", "month": "MMMM y", "year": "y"}[self.view]
        return str(format_date(self.day, pattern, rebase=False))

    @property
    def previous(self) -> str:
        """The address of what comes before."""
        return _address(self.view, self.span.start - _DAY)

    @property
    def next(self) -> str | None:
        """The address of what comes after, unless that is not there yet."""
        if self.span.end >= self.today:
            return None
        return _address(self.view, min(_span(self.view, self.span.end + _DAY).end, self.today))

    @property
    def month(self) -> Span:
        """The month, up to the day."""
        return Span(self.day.replace(day=1), self.day)

    @property
    def year(self) -> Span:
        """Twelve months, up to the day."""
        return last_twelve(self.day)

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        labels = {"day": _("Le jour"), "month": _("Le mois"), "year": _("L'année")}
        return [(labels[view], _address(view, self.day), view == self.view) for view in VIEWS]


def _address(view: str, day: date) -> str:
    return url_for("bar.stats", view=None if view == "day" else view, date=day.isoformat())


def _span(view: str, day: date) -> Span:
    """The day, its month or its year."""
    if view == "day":
        return Span(day, day)
    first = day.replace(day=1) if view == "month" else day.replace(month=1, day=1)
    return Span(first, add_months(first, 1 if view == "month" else 12) - _DAY)


def last_twelve(day: date) -> Span:
    """The month of a day up to it, and the eleven before."""
    return Span(add_months(day.replace(day=1), -11), day)


def asked_date(now: date) -> date:
    """The day that the address asks for: today, if it is not one, or if it is to come."""
    asked = asked_day("date")
    return now if asked is None or asked > now else asked


def _period(now: date) -> Period:
    """What the address asks for; of what goes on, up to today."""
    view = request.args.get("view", "")
    view = view if view in VIEWS else "day"
    span = _span(view, asked_date(now))
    return Period(view=view, day=min(span.end, now), span=span, today=now)


def shown(figures: Figures) -> dict[str, str]:
    """Figures, for people."""
    return {
        "clients": Unit.count.written(figures.clients),
        "drinkers": _("dont %(count)s pour de l'alcool", count=figures.alcohol_clients),
        "alcohol": Unit.grams.written(int(figures.alcohol * 10)),
        "revenue": format_euros(figures.revenue_cents),
        "held": format_euros(figures.held_cents),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsPage:
    """All that the page of the figures shows."""

    period: Period
    figures: Figures
    best: Best | None
    sellers: Sequence[Seller]
    hours: BarChart
    months: BarChart
    #: Of a day or a month, day by day.
    clients: Chart | None
    revenue: BarChart | None
    #: Of a year, month by month.
    visitors: BarChart | None

    @property
    def shown(self) -> Mapping[str, str]:
        return shown(self.figures)

    def grams(self, seller: Seller) -> str:
        return Unit.grams.written(int(seller.alcohol * 10)) if seller.alcohol else "\u2013"


@bp.get("/bar/stats")
@context.permission_only(T.read, S.bar_stats)
def stats() -> ResponseReturnValue:
    """Who came, what was sold, and when."""
    session = db.session()
    rules = around.house()
    period = _period(today(rules))
    spent = reading.days(session, period.year)
    sold = reading.sales(session, period.span)
    is_year = period.view == "year"
    page = StatsPage(
        period=period,
        figures=reading.figures(session, period.span),
        best=reading.best_customer(session, _span("month", period.day)),
        sellers=sold.best_sellers(SELLERS),
        hours=_hours(sold.hours(), rules.day_start),
        months=_months(_last_months(session, period.year, spent)),
        clients=None if is_year else _clients(period.month, spent),
        revenue=None if is_year else _revenue(period.month, spent),
        visitors=_visitors(session, period.year) if is_year else None,
    )
    return render_template("bar/stats/stats.html", page=page)


def _last_months(session: Session, span: Span, spent: Mapping[date, Day]) -> list[Month]:
    return reading.last_months(span, spent, reading.topped_up(session, span))


def _each_day(span: Span) -> Iterator[date]:
    for rank in range((span.end - span.start).days + 1):
        yield span.start + rank * _DAY


def _clients(span: Span, spent: Mapping[date, Day]) -> Chart:
    """How many came each day."""
    seen = [(day_start(day), spent.get(day, reading.NOTHING)) for day in _each_day(span)]
    series = (
        Series(_("Clients"), tuple((at, day.clients) for at, day in seen)),
        Series(_("Clients d'alcool"), tuple((at, day.alcohol_clients) for at, day in seen)),
    )
    start, end = seen[0][0], seen[-1][0]
    return line_chart(series, start=start, end=end, by_day=True)


def _revenue(span: Span, spent: Mapping[date, Day]) -> BarChart:
    """What each day brought."""
    each = list(_each_day(span))
    values = tuple(spent.get(day, reading.NOTHING).spent_cents for day in each)
    names = [(str(format_date(day, "EEE d MMMM", rebase=False)), str(day.day)) for day in each]
    layout = Layout(heading=_("Jour"), nothing=_("Rien n'a été vendu ce mois-ci."))
    return bars_of([Counted(_("Recettes"), values)], named(names), layout)


def _hours(sold: Mapping[int, int], start: time) -> BarChart:
    """What was sold in each hour, from the first of a day of the bar to its last."""
    hours = [(start.hour + rank) % 24 for rank in range(24)]
    busy = [rank for rank, hour in enumerate(hours) if hour in sold]
    hours = hours[busy[0] : busy[-1] + 1] if busy else []
    values = tuple(sold.get(hour, 0) for hour in hours)
    names = [(_("%(hour)s h", hour=hour), _("%(hour)s h", hour=hour)) for hour in hours]
    layout = Layout(
        unit=Unit.count, heading=_("Heure"), nothing=_("Rien n'a été vendu."), last_first=False
    )
    return bars_of([Counted(_("Ventes"), values)], named(names), layout)


def _months(months: Sequence[Month]) -> BarChart:
    """What each month brought, and how much came to accounts."""
    counted = (
        Counted(_("Dépensé"), tuple(month.spent_cents for month in months)),
        Counted(_("Rechargé"), tuple(month.topped_up_cents for month in months)),
    )
    layout = Layout(
        heading=_("Mois"), nothing=_("Rien n'a été vendu en douze mois."), is_apart=True
    )
    return bars_of(counted, _named_months([month.first for month in months]), layout)


def _visitors(session: Session, span: Span) -> BarChart:
    """How many people came each month."""
    found = reading.visitors(session, span)
    none = reading.Visitors(0, 0)
    firsts = [add_months(span.start, rank) for rank in range(12)]
    seen = [found.get(first, none) for first in firsts]
    counted = (
        Counted(_("Clients"), tuple(one.clients for one in seen)),
        Counted(_("Clients d'alcool"), tuple(one.alcohol_clients for one in seen)),
    )
    layout = Layout(
        unit=Unit.count,
        heading=_("Mois"),
        nothing=_("Rien n'a été vendu en douze mois."),
        is_apart=True,
        has_totals=False,
    )
    return bars_of(counted, _named_months(firsts), layout)


def _named_months(firsts: Sequence[date]) -> list[Place]:
    return named(
        [
            (
                str(format_date(first, "MMMM y", rebase=False)),
                str(format_date(first, "MMM", rebase=False)),
            )
            for first in firsts
        ]
    )

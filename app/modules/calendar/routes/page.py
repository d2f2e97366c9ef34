"""The calendar: a month as a list, which a script makes a grid of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date as babel_date
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext as _

from app import context
from app.core import clock
from app.core.clock import day_start
from app.core.dates import add_months
from app.extensions import db
from app.modules.calendar import around
from app.modules.calendar.queries.items import Window, first_items
from app.modules.calendar.routes import shown
from app.modules.calendar.routes.blueprint import bp
from app.modules.calendar.routes.shown import Day

_MONTH = re.compile(r"((?:19|20)[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPage:
    """What the page of a month shows."""

    first: date
    today: date
    days: Sequence[Day]
    #: Whether there is too much for one page.
    is_cut: bool
    may_create: bool

    @property
    def name(self) -> str:
        said = babel_date(self.first, _("MMMM y"), locale=get_locale() or "fr")
        return said[:1].upper() + said[1:]

    @property
    def next_day(self) -> date | None:
        """The first day that holds something, from today on."""
        return next((one.day for one in self.days if one.day >= self.today), None)

    @property
    def value(self) -> str:
        """The month, as the address says it."""
        return f"{self.first:%Y-%m}"

    def other(self, months: int) -> str:
        """Another month, so many later, likewise."""
        return f"{add_months(self.first, months):%Y-%m}"


def asked_month() -> date:
    """The first day of the month that the address asks, else of the current one."""
    found = _MONTH.fullmatch(request.args.get("month", ""))
    if found is None:
        return clock.today().replace(day=1)
    return date(int(found[1]), int(found[2]), 1)


@bp.get("/calendar/")
@context.logged_in_only
def index() -> ResponseReturnValue:
    """What happens in a month."""
    if not around.may_look():
        flash(_("Le calendrier est réservé à ceux qui y ont accès."), "warning")
        return redirect(url_for("home.index"), 303)
    first = asked_month()
    after = add_months(first, 1)
    window = Window(day_start(first), day_start(after))
    found, is_cut = first_items(db.session(), window, shown.viewer(context.current))
    page = MonthPage(
        first=first,
        today=clock.today(),
        days=list(shown.by_day(found, first, after - timedelta(days=1))),
        is_cut=is_cut,
        may_create=around.may_create(),
    )
    return render_template("calendar/index.html", page=page)

"""The orders of a date, the settings, what is particular to a date, for the team."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _
from sqlalchemy.orm import Session

from app import context
from app.core import clock
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import OrderPanierBio, PanierBioDate
from app.modules.panier_bio import around
from app.modules.panier_bio.errors import NoSuchDate, PanierBioError
from app.modules.panier_bio.forms.settings import DateForm, SettingsForm
from app.modules.panier_bio.forms.staff import NewOrderForm
from app.modules.panier_bio.queries import admin as queries, admin_dates
from app.modules.panier_bio.queries.admin import Totals
from app.modules.panier_bio.queries.admin_dates import Calendar, Dates, Planned
from app.modules.panier_bio.queries.options import options as read_options
from app.modules.panier_bio.routes.blueprint import bp
from app.modules.panier_bio.routes.shown import in_full, tone_of
from app.modules.panier_bio.rules.options import Options
from app.modules.panier_bio.service import staff as service
from app.web.asked import asked_day, asked_page, asked_text
from app.web.forms import Form

_DAY = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayShown:
    """What is shown of a date."""

    day: date
    found: Page[OrderPanierBio]
    totals: Totals
    waiting: Sequence[OrderPanierBio]
    particular: PanierBioDate | None
    capacity: int

    @property
    def note(self) -> str:
        return self.particular.note if self.particular else ""

    @property
    def title(self) -> str:
        return in_full(self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The forms of the page: the one that was sent, as it was, and the others."""

    settings: SettingsForm
    adding: NewOrderForm
    dating: DateForm | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminPage:
    """All that the page of the orders shows."""

    options: Options
    dates: Dates
    has_periods: bool
    #: What is asked and is no distribution.
    not_one: date | None
    day: DayShown | None
    q: str
    #: What a search found.
    results: Page[OrderPanierBio] | None
    forms: Forms

    @staticmethod
    def in_full(day: date) -> str:
        return in_full(day)

    @staticmethod
    def medium(day: date) -> str:
        """A date of the list: ``mar. 8 déc.``."""
        return str(format_date(day, "EEE d MMM", rebase=False))

    @staticmethod
    def short(day: date) -> str:
        """An end of a period, in a table: ``08/12/26``."""
        return str(format_date(day, "short", rebase=False))

    @staticmethod
    def tone(order: OrderPanierBio) -> str:
        return tone_of(order.status)


def shown_page(sent: Form | None = None, *, day: date | None = None) -> AdminPage:
    """The page of the orders: of *day*, else of the one that its address asks for."""
    session, options = db.session(), around.options()
    periods = admin_dates.periods(session)
    calendar = Calendar(weekday=options.weekday, capacity=options.capacity, today=clock.today())
    dates = admin_dates.dates(session, periods, calendar)
    asked = day or asked_day("date")
    chosen, not_one = _chosen(session, asked, dates, periods)
    q = "" if sent else asked_text()
    shown = _day_shown(session, chosen, dates) if chosen and not q else None
    return AdminPage(
        options=options,
        dates=dates,
        has_periods=bool(periods),
        not_one=not_one,
        day=shown,
        q=q,
        results=queries.search(session, q, number=asked_page()) if q else None,
        forms=_forms(sent, shown, options),
    )


def _chosen(
    session: Session, asked: date | None, dates: Dates, periods: Sequence[Planned]
) -> tuple[date | None, date | None]:
    """Which date is looked at; and what is asked, if it is no distribution."""
    if asked is None or asked in {one.date for one in dates.listed}:
        return asked or dates.next, None
    weekday = around.options().weekday
    is_planned = any(
        one.date == asked and one.is_offered
        for planned in periods
        if planned.period.start_date <= asked <= planned.period.end_date
        for one in planned.days(weekday)
    )
    if is_planned or queries.has_orders(session, asked):
        return asked, None
    return dates.next, asked


def _day_shown(session: Session, day: date, dates: Dates) -> DayShown:
    totals = queries.totals(session, day)
    is_listed = day >= dates.first
    particular = dates.rows.get(day) if is_listed else admin_dates.particular(session, day)
    own = particular.capacity if particular else None
    return DayShown(
        day=day,
        found=queries.page(session, day, number=asked_page(), total=totals.all.baskets),
        totals=totals,
        waiting=queries.waiting(session, day),
        particular=particular,
        capacity=around.options().capacity if own is None else own,
    )


#: Of a form that was not sent: what was, is another's.
_UNSENT: Mapping[str, Any] = {"formdata": None}


def _forms(sent: Form | None, shown: DayShown | None, options: Options) -> Forms:
    """The form that was sent, and the others as they begin."""
    day = shown.day if shown else None
    return Forms(
        settings=sent if isinstance(sent, SettingsForm) else SettingsForm(options, **_UNSENT),
        adding=(
            sent
            if isinstance(sent, NewOrderForm)
            else NewOrderForm(day=day, price=options.price, **_UNSENT)
        ),
        dating=(
            sent
            if isinstance(sent, DateForm)
            else DateForm(shown.particular, **_UNSENT)
            if shown is not None
            else None
        ),
    )


def read_day(text: str) -> date:
    """The date in an address.

    Raises:
        NoSuchDate: It is none.
    """
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise NoSuchDate
    return found


def distribution(text: str) -> date:
    """The date in an address, on which baskets are given out, or were.

    Raises:
        NoSuchDate: It is none.
    """
    day = read_day(text)
    admin_dates.check_distribution(db.session(), day, weekday=around.options().weekday)
    return day


@bp.get("/panier_bio/admin")
@context.permission_only(T.write, S.panier_bio)
def admin() -> ResponseReturnValue:
    """The distributions, and the orders of one."""
    page = shown_page()
    return page.forms.settings.page("panier_bio/admin/admin.html", page=page)


@bp.post("/panier_bio/admin/settings")
@context.permission_only(T.write, S.panier_bio)
def settings() -> ResponseReturnValue:
    """Change the settings."""
    form = SettingsForm(around.options())
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as session:
                is_changed = service.set_options(
                    session, wanted=form.wanted(), version=form.seen_version
                )
        except PanierBioError as refusal:
            form.shows_now(read_options(db.session()))
            form.refuse(refusal)
        else:
            tell(_("Les réglages sont enregistrés."), is_changed=is_changed)
            return redirect(url_for("panier_bio.admin", date=request.args.get("date")), 303)
    return form.page("panier_bio/admin/admin.html", page=shown_page(form))


@bp.post("/panier_bio/admin/dates/<day>")
@context.permission_only(T.write, S.panier_bio)
def edit_date(day: str) -> ResponseReturnValue:
    """Change how many baskets a date has, and what customers are told of it."""
    found = read_day(day)
    form = DateForm(admin_dates.particular(db.session(), found))
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as session:
                is_changed = service.set_date(
                    session,
                    day=found,
                    capacity=form.capacity.data,
                    note=form.note.text,
                    version=form.seen_version,
                )
        except NoSuchDate:
            raise
        except PanierBioError as refusal:
            form.shows_now(admin_dates.particular(db.session(), found))
            form.refuse(refusal)
        else:
            tell(_("La date est à jour."), is_changed=is_changed)
            return redirect(url_for("panier_bio.admin", date=found.isoformat()), 303)
    return form.page("panier_bio/admin/admin.html", page=shown_page(form, day=found))


def tell(sentence: str, *, is_changed: bool) -> None:
    """Say that something is stored, or that nothing had to be."""
    if is_changed:
        flash(sentence, "success")
    else:
        flash(_("Rien n'a changé."), "info")

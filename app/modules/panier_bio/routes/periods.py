"""Periods, with what becomes of each of their dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext as _

from app import context
from app.context import current
from app.core import clock
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.panier_bio import around
from app.modules.panier_bio.errors import PanierBioError
from app.modules.panier_bio.forms.periods import NewPeriodForm, PeriodForm, PeriodSaid
from app.modules.panier_bio.queries import admin_dates, periods as queries
from app.modules.panier_bio.queries.admin_dates import Planned, PlannedDay, planned
from app.modules.panier_bio.routes.admin import tell
from app.modules.panier_bio.routes.blueprint import bp
from app.modules.panier_bio.routes.shown import in_full
from app.modules.panier_bio.service import periods as service
from app.modules.panier_bio.service.periods import YEARS_MAX
from app.web.filters import format_day

Days = Sequence[PlannedDay]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What pages of periods share."""

    weekday: int

    @staticmethod
    def in_full(day: date) -> str:
        return in_full(day)

    @staticmethod
    def holiday(day: PlannedDay) -> str:
        """What the public holiday that it is is called."""
        return day.holiday(str(get_locale())) or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodsPage(_Shown):
    """All that the list of the periods shows."""

    periods: Sequence[Planned]
    today: date
    #: The dates of what is typed, for who asked to see them.
    preview: Days | None

    def days(self, one: Planned) -> Days:
        return one.days(self.weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPage(_Shown):
    """All that the page of a period shows."""

    planned: Planned
    days: Days
    #: Whether these are the dates of what is typed, rather than of what is stored.
    is_preview: bool

    @property
    def title(self) -> str:
        return name_of(self.planned)


def name_of(one: Planned) -> str:
    """What a period is called."""
    period = one.period
    return str(
        _(
            "Du %(start)s au %(end)s",
            start=format_day(period.start_date),
            end=format_day(period.end_date),
        )
    )


def _typed(form: NewPeriodForm | PeriodForm) -> Days | None:
    """The dates of what is typed, if that is what one wants to see, and it makes sense."""
    if "preview" not in request.form:
        return None
    start, end = form.start_date.data, form.end_date.data
    if not (start and end and start <= end and end.year - start.year <= YEARS_MAX):
        return None
    weekday = around.options().weekday
    return planned(start, end, weekday=weekday, disabled=form.disabled.data or ())


@bp.route("/panier_bio/admin/periods", methods=["GET", "POST"])
@context.permission_only(T.write, S.panier_bio)
def periods() -> ResponseReturnValue:
    """Every period, with its dates; a POST adds one, or shows what its dates would be."""
    form = NewPeriodForm()
    preview = None
    if form.validate_on_submit():
        preview = _typed(form)
        if preview is None:
            with form.refusals():
                return _add(form)
    page = PeriodsPage(
        weekday=around.options().weekday,
        periods=admin_dates.periods(db.session()),
        today=clock.today(),
        preview=preview,
    )
    return form.page("panier_bio/admin/periods.html", page=page, name_of=name_of)


def _add(form: NewPeriodForm) -> ResponseReturnValue:
    """Add a period.

    Raises:
        PanierBioError: What is refused.
    """
    key: int | None = None
    with transaction(db.session()) as session:
        if form.is_first_as_filled(session, sender=current.me.id):
            details, is_active = form.details(), bool(form.active.data)
            key = service.add(session, details=details, active=is_active).id
    flash(_("La période est ajoutée : voici ses dates."), "success")
    if key is None:
        return redirect(url_for("panier_bio.periods"), 303)
    return redirect(url_for("panier_bio.edit_period", key=key), 303)


@bp.route("/panier_bio/admin/periods/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.panier_bio)
def edit_period(key: int) -> ResponseReturnValue:
    """A period and its dates; a POST changes it, or shows what its dates would be."""
    session = db.session()
    found = admin_dates.period(session, key)
    form = PeriodForm(obj=PeriodSaid.of(found))
    preview = None
    if form.validate_on_submit():
        preview = _typed(form)
        if preview is None:
            try:
                with transaction(session) as writing:
                    is_changed = service.edit(
                        writing,
                        period=queries.period(writing, key),
                        details=form.details(),
                        version=form.seen_version,
                    )
            except PanierBioError as refusal:
                found = admin_dates.period(session, key)
                form.shows_now(PeriodSaid.of(found))
                form.refuse(refusal)
            else:
                tell(_("La période est à jour."), is_changed=is_changed)
                return redirect(url_for("panier_bio.edit_period", key=key), 303)
    weekday = around.options().weekday
    page = PeriodPage(
        weekday=weekday,
        planned=found,
        days=found.days(weekday) if preview is None else preview,
        is_preview=preview is not None,
    )
    return form.page("panier_bio/admin/period.html", page=page)


@bp.post("/panier_bio/admin/periods/<int:key>/active")
@context.permission_only(T.write, S.panier_bio)
def activate_period(key: int) -> ResponseReturnValue:
    """Open the dates of a period, or close them: orders stay."""
    is_active = request.form.get("value") == "1"
    with transaction(db.session()) as session:
        service.set_active(session, period=queries.period(session, key), active=is_active)
    if is_active:
        flash(_("Les dates de cette période sont proposées à la commande."), "success")
    else:
        flash(_("Les dates de cette période ne sont plus proposées à la commande."), "success")
    return redirect(url_for("panier_bio.periods"), 303)


@bp.post("/panier_bio/admin/periods/<int:key>/delete")
@context.permission_only(T.write, S.panier_bio)
def delete_period(key: int) -> ResponseReturnValue:
    """Delete a period of which nobody ever ordered anything."""
    with transaction(db.session()) as session:
        service.delete(session, period=queries.period(session, key))
    flash(_("La période est supprimée."), "success")
    return redirect(url_for("panier_bio.periods"), 303)

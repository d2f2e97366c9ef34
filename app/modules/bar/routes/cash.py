"""The cash box of the bar: what is in it, against what should be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _

from app import context
from app.core.pagination import Page
from app.core.sheets import Column, Kind, Value
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import BarClosing
from app.modules.bar.forms.cash import CloseForm
from app.modules.bar.queries import cash as reading
from app.modules.bar.queries.cash import Box
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.service.cash import close
from app.web import installation
from app.web.asked import asked_page
from app.web.charts import BarChart, Counted, Layout, bars_of, named
from app.web.downloads import asked_sheet, table_download
from app.web.filters import format_euros


@dataclass(frozen=True, slots=True)
class CashPage:
    """All that the page of the cash box shows."""

    box: Box
    closings: Page[BarClosing]

    @property
    def differences(self) -> BarChart:
        """What was there too much, or missing, each time that is listed."""
        listed = list(reversed(self.closings.items))
        names = [
            (
                str(format_date(one.bar_day, "d MMMM y", rebase=False)),
                str(format_date(one.bar_day, "d/MM", rebase=False)),
            )
            for one in listed
        ]
        values = tuple(one.difference_cents for one in listed)
        layout = Layout(heading=_("Jour"), nothing=_("Aucun écart : tout tombe juste."))
        return bars_of([Counted(_("Écart"), values)], named(names), layout)


@bp.route("/bar/cash", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
@context.in_person_only
def cash() -> ResponseReturnValue:
    """Count the box; what was counted before."""
    if request.method == "GET" and (sheet := asked_sheet()):
        rows = _rows(reading.all_closings(db.session()))
        return table_download(_("caisse_du_bar"), _("Caisse du bar"), _columns(), rows, sheet)
    form = CloseForm()
    adds_up = request.form.get("do") == "add"
    if adds_up:
        form.add_up()
    if form.validate_on_submit() and not adds_up:
        with form.refusals():
            _close(form)
            return redirect(url_for("bar.cash"), 303)
    session = db.session()
    size = installation.settings().bar.items_per_page
    closings = reading.closings(session, number=asked_page(), size=size)
    page = CashPage(reading.box(session), closings)
    return form.page("bar/cash/cash.html", page=page)


def _close(form: CloseForm) -> None:
    """Write what was counted: once, however often the form is sent."""
    with transaction(db.session()) as session:
        me = context.current.me
        if not form.is_first_as_filled(session, sender=me.id):
            flash(_("Ce comptage était déjà noté."), "info")
            return
        closing = close(session, form.count(), by=me)
        difference = closing.difference_cents
    if difference:
        words = _(
            "La caisse est comptée, avec un écart de %(amount)s.", amount=format_euros(difference)
        )
        flash(words, "warning")
    else:
        flash(_("La caisse est comptée : elle tombe juste."), "success")


def _columns() -> list[Column]:
    return [
        Column(_("Numéro"), Kind.number),
        Column(_("Jour du bar"), Kind.day),
        Column(_("Date"), Kind.instant),
        Column(_("Compté par")),
        Column(_("Au départ"), Kind.money),
        Column(_("Attendu"), Kind.money),
        Column(_("Compté"), Kind.money),
        Column(_("Écart"), Kind.money, total=True),
        Column(_("Retiré"), Kind.money, total=True),
        Column(_("Reste"), Kind.money),
        Column(_("Remarque")),
    ]


def _rows(closings: Sequence[BarClosing]) -> Iterator[Sequence[Value]]:
    for one in closings:
        yield (
            one.rank,
            one.bar_day,
            one.at,
            one.by.full_name if one.by else None,
            one.opening_cents,
            one.expected_cents,
            one.counted_cents,
            one.difference_cents,
            one.taken_cents,
            one.left_cents,
            one.note,
        )

"""The rules of the house: changed by whoever runs the bar, and what was changed of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import AuditEvent
from app.modules.bar import around
from app.modules.bar.choices import (
    ALCOHOL_CAP,
    BACKGROUND,
    CHOICES,
    DEPOSIT,
    MINIMUM_AGE,
    OPEN,
    QUICK_ITEM,
    RECHARGE_MAX,
    RECHARGE_MIN,
    REVERT_HOURS,
    TOP_UP_MAX,
)
from app.modules.bar.forms.settings import SettingsForm
from app.modules.bar.queries import items as reading, settings_history
from app.modules.bar.queries.house import house as read_house
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.routes.counter_shown import grams
from app.modules.bar.service import pictures, settings as service
from app.web.asked import asked_page
from app.web.filters import format_euros

_LABELS = {choice.key: choice.label for choice in CHOICES}
_AMOUNTS = frozenset(one.key for one in (DEPOSIT, RECHARGE_MIN, RECHARGE_MAX, TOP_UP_MAX))


@bp.route("/bar/settings", methods=["GET", "POST"])
@context.permission_only(T.all, S.bar)
def settings() -> ResponseReturnValue:
    """Change the rules of the house."""
    house = read_house(db.session())
    form = SettingsForm(house=house, items=reading.all_sold(db.session()))
    if form.validate_on_submit():
        with form.refusals():
            is_changed = _change(form)
            if is_changed:
                flash(_("Les réglages sont enregistrés."), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for("bar.settings"), 303)
    background = around.picture_url(house.background)
    return form.page("bar/staff/settings.html", background=background)


def _change(form: SettingsForm) -> bool:
    """Store what was typed, and what was sent; whether that changed anything.

    Raises:
        DomainError: What is refused; the former picture stays.
    """
    content = form.image.content
    made = (
        pictures.stored(around.pictures(), content, pictures.BACKGROUND_PICTURE)
        if content
        else nullcontext(None)
    )
    with made as name, transaction(db.session()) as session:
        return service.change(session, form.wanted(background=name), version=form.seen_version)


# What was changed


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """What was changed of the rules of the house."""

    found: Page[AuditEvent]
    #: What items are called, by their numbers.
    items: Mapping[int, str]

    def changes(self, event: AuditEvent) -> Sequence[tuple[str, str, str]]:
        """What one change changed: a label, what it was, what it became."""
        before, after = event.before or {}, event.after or {}
        return [
            (str(_LABELS.get(key, key)), self._said(key, before.get(key)), self._said(key, value))
            for key, value in after.items()
        ]

    def _said(self, key: str, value: Any) -> str:
        """The value of a setting, in words."""
        if value is None:
            return "-"
        said: Mapping[str, Callable[[Any], object]] = {
            **dict.fromkeys(_AMOUNTS, format_euros),
            ALCOHOL_CAP.key: lambda mass: grams(Decimal(mass)),
            BACKGROUND.key: lambda name: _("une image") if name else _("aucune"),
            MINIMUM_AGE.key: lambda years: _("%(years)s ans", years=years),
            OPEN.key: lambda is_open: _("oui") if is_open else _("non"),
            QUICK_ITEM.key: lambda item: self.items.get(item, item) if item else _("Aucun"),
            REVERT_HOURS.key: lambda hours: _("%(hours)s h", hours=hours),
        }
        return str(said.get(key, str)(value))


@bp.get("/bar/settings/history", endpoint="settings_history")
@context.permission_only(T.all, S.bar)
def settings_history_page() -> ResponseReturnValue:
    """What was changed of the rules of the house, from what to what, by whom, and when."""
    session = db.session()
    found = settings_history.page(session, number=asked_page())
    page = HistoryPage(found=found, items=settings_history.names(session, _items_of(found.items)))
    return render_template("bar/staff/settings_history.html", page=page)


def _items_of(events: Sequence[AuditEvent]) -> list[int]:
    """The numbers of the items that these changes are about."""
    said = [(event.before or {}, event.after or {}) for event in events]
    keys = [values.get(QUICK_ITEM.key) for both in said for values in both]
    return [key for key in keys if isinstance(key, int) and key]

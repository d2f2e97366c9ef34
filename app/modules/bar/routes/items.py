"""What the bar sells, and how much of it is left."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext
from sqlalchemy.orm import Session

from app import context
from app.context import current
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import BarItem
from app.modules.bar import around
from app.modules.bar.errors import (
    CountTooLow,
    ItemNameTaken,
    SoldWhileCounting,
    StaleBar,
    StockTooLow,
)
from app.modules.bar.forms.items import (
    ChangeForm,
    CountForm,
    InventoryForm,
    ItemForm,
    NewItemForm,
    Said,
    inventory_form,
    number,
)
from app.modules.bar.queries import items as queries
from app.modules.bar.queries.items import SORTS, Wanted
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.routes.counter_shown import grams
from app.modules.bar.service import items as service, requests, switches
from app.modules.bar.service.items import Count, Entry
from app.modules.bar.service.requests import Asked, Outcome, asked
from app.web.asked import asked_page
from app.web.forms import CreationForm, FormReused
from app.web.urls import next_page


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsPage:
    """All that the list of the items shows."""

    found: Page[BarItem]
    wanted: Wanted
    quick_item: int | None
    #: How many items are no longer sold.
    archived: int

    def tone(self, item: BarItem) -> str:
        """How a row looks: out of stock, sold in one tap, or as the others."""
        if item.quantity == 0 and not item.archived:
            return "is-out-of-stock"
        return "is-quick" if item.id == self.quick_item else ""


def _wanted() -> Wanted:
    """Which items the address asks for."""
    sort = request.args.get("sort", "")
    is_known = sort.removeprefix("-") in SORTS
    return Wanted(sort=sort if is_known else SORTS[0], archived=request.args.get("archived") == "1")


@bp.get("/bar/items")
@context.permission_only(T.write, S.bar)
def items() -> ResponseReturnValue:
    """What the bar sells, and what it sold."""
    session, wanted = db.session(), _wanted()
    page = ItemsPage(
        found=queries.page(session, wanted, number=asked_page()),
        wanted=wanted,
        quick_item=around.house().quick_item,
        archived=queries.archived_count(session),
    )
    return render_template("bar/staff/items.html", page=page, grams=grams)


def _to_items() -> ResponseReturnValue:
    return redirect(next_page() or url_for("bar.items"), 303)


# What is sold


@bp.route("/bar/items/new", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
@context.in_person_only
def new_item() -> ResponseReturnValue:
    """Add something to what is sold."""
    form = NewItemForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                if form.is_first_as_filled(session, sender=current.me.id):
                    entry = Entry(by_id=current.me.id, key=form.request_key(sender=current.me.id))
                    service.create(session, form.draft(), quantity=form.counted, entry=entry)
            flash(_("« %(name)s » est en vente.", name=form.name.text), "success")
            return _to_items()
    return form.page("bar/staff/new_item.html")


@bp.route("/bar/items/<int:key>/edit", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
@context.in_person_only
def edit_item(key: int) -> ResponseReturnValue:
    """Change something that is sold."""
    item = queries.sold(db.session(), key)
    form = ItemForm(obj=Said.of(item))
    if form.validate_on_submit():
        with form.refusals():
            _edit(item, form)
            flash(_("« %(name)s » est à jour.", name=form.name.text), "success")
            return _to_items()
    return form.page("bar/staff/edit_item.html", item=item)


def _edit(item: BarItem, form: ItemForm) -> None:
    """Change an item.

    What it is counted against stays what the page showed, unless it has to be counted again.

    Raises:
        DomainError: What is refused.
    """
    try:
        with transaction(db.session()) as session:
            service.edit(
                session,
                item,
                form.draft(),
                count=form.count,
                version=form.seen_version,
                entry=Entry(by_id=current.me.id),
            )
    except CountTooLow:
        form.seen.data = Said.of(item).seen
        raise


@bp.post("/bar/items/<int:key>/quick_access")
@context.permission_only(T.write, S.bar)
def make_quick(key: int) -> ResponseReturnValue:
    """Have something sold in one tap, or no longer: what the menu of a row does."""
    item = queries.sold(db.session(), key)
    with transaction(db.session()) as session:
        if "off" in request.args:
            switches.choose_quick_item(session, None)
        else:
            switches.choose_quick_item(session, item.id)
    if "off" in request.args:
        flash(_("Plus rien ne se vend d'une seule touche."), "success")
    else:
        flash(_("« %(name)s » se vend maintenant d'une seule touche.", name=item.name), "success")
    return _to_items()


@bp.post("/bar/items/<int:key>/archive")
@context.permission_only(T.write, S.bar)
def archive_item(key: int) -> ResponseReturnValue:
    """Sell something no more: what the menu of a row does."""
    item = queries.item(db.session(), key)
    with transaction(db.session()) as session:
        service.archive(session, item)
    flash(_("« %(name)s » n'est plus en vente ; son historique reste.", name=item.name), "success")
    return _to_items()


@bp.delete("/api/bar/item/<int:key>")
@context.permission_only(T.write, S.bar)
def api_archive_item(key: int) -> ResponseReturnValue:
    """Sell something no more."""
    with transaction(db.session()) as session:
        service.archive(session, queries.item(session, key))
    return "", 204


@bp.post("/bar/items/<int:key>/restore")
@context.permission_only(T.write, S.bar)
def restore_item(key: int) -> ResponseReturnValue:
    """Sell something again, unless another has its name by now."""
    item = queries.item(db.session(), key)
    try:
        with transaction(db.session()) as session:
            service.restore(session, item)
    except ItemNameTaken as refusal:
        flash(refusal.message, "danger")
    else:
        flash(_("« %(name)s » est de nouveau en vente.", name=item.name), "success")
    return _to_items()


# How many are left


def _question(form: CreationForm, what: str, **said: object) -> Asked:
    """The request that a form makes, told from others by its key."""
    return asked(current.me, form.idempotency_key.data, what, **said)


@bp.route("/bar/items/<int:key>/stock", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
@context.in_person_only
def change_stock(key: int) -> ResponseReturnValue:
    """Write a delivery or a loss, or how many there are."""
    item = queries.sold(db.session(), key)
    seen = str(item.quantity or 0)
    is_count = "counted" in request.form
    change = ChangeForm(formdata=None) if is_count else ChangeForm()
    count = CountForm(seen=seen) if is_count else CountForm(formdata=None, seen=seen)
    form = count if is_count else change
    if form.validate_on_submit():
        with form.refusals():
            outcome = _count(key, count) if is_count else _change(key, change)
            if outcome is None:
                flash(_("Le compte est bon : rien n'a changé."), "info")
            else:
                _tell_stock(outcome)
            return _to_items()
    return form.page("bar/staff/stock.html", item=item, change=change, count=count)


def _change(key: int, form: ChangeForm) -> Outcome:
    why, change = form.reason.text, form.change.number
    question = _question(form, "stock", item=key, change=change, reason=why)
    return _move(question, key, change, why)


def _count(key: int, form: CountForm) -> Outcome | None:
    """Write how many there are, against what the page showed; nothing if that is right."""
    why, seen = form.count_reason.text, number(form.seen.data) or 0
    change = form.counted.number - seen
    if not change:
        return None
    question = _question(form, "count", item=key, counted=form.counted.number, seen=seen)
    try:
        return _move(question, key, change, why)
    except StockTooLow:  # to be counted again, against what there is now
        form.seen.data = str(queries.sold(db.session(), key).quantity or 0)
        raise


def _move(question: Asked, key: int, change: int, why: str) -> Outcome:
    def act(session: Session) -> Outcome:
        return service.change_stock(session, key, change, request=question, why=why)

    return requests.once(db.session(), question, act)


def _tell_stock(outcome: Outcome) -> None:
    line = outcome.line
    flash(
        _(
            "« %(name)s » : %(change)s. Il en reste %(quantity)s.",
            name=line.item_name,
            change=f"{line.stock_change:+d}".replace("-", "\N{MINUS SIGN}"),
            quantity=line.stock_after,
        ),
        "success",
    )


@bp.route("/bar/items/inventory", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
@context.in_person_only
def inventory() -> ResponseReturnValue:
    """Count all that is counted, at once."""
    items = queries.all_counted(db.session())
    form = inventory_form(items)
    if form.validate_on_submit():
        with form.refusals():
            _check_all_there(form)
            lines = _take_stock(form, items)
            flash(_inventory_words(lines), "success")
            return _to_items()
    return form.page("bar/staff/inventory.html", rows=form.rows(items))


def _check_all_there(form: InventoryForm) -> None:
    """Refuse what was counted of an item that is no longer sold, or counted.

    Raises:
        StaleBar: If there is any.
    """
    sent = {name for name, text in request.form.items() if name.startswith("counted_") and text}
    if any(name not in form for name in sent):
        raise StaleBar


def _take_stock(form: InventoryForm, items: Sequence[BarItem]) -> int | None:
    """Write what was counted, once; how many lines that made, ``None`` if it was written before.

    What has to be counted again is counted against what there is now.

    Raises:
        DomainError: What is refused.
    """
    counts: dict[int, Count] = dict(form.counts())
    try:
        with transaction(db.session()) as session:
            if not form.is_first_as_filled(session, sender=current.me.id):
                return None
            entry = Entry(by_id=current.me.id, reason=form.reason.text)
            return service.take_stock(session, counts, entry=entry)
    except SoldWhileCounting as refusal:
        form.count_again(items, only=refusal.details["key"])
        raise
    except FormReused:
        form.count_again(items)
        raise


def _inventory_words(lines: int | None) -> str:
    if lines is None:
        return str(_("Cet inventaire était déjà noté."))
    said: str = _("Inventaire noté : tout est juste.")
    if lines:
        said = ngettext(
            "Inventaire noté : %(num)s article corrigé.",
            "Inventaire noté : %(num)s articles corrigés.",
            lines,
        )
    return said

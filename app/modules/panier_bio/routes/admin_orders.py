"""Orders, as the team writes, cancels and grants them."""

from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import context
from app.context import current
from app.core.transaction import transaction
from app.enums import BasketStatus, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import OrderPanierBio, PCeen
from app.modules.panier_bio import around
from app.modules.panier_bio.errors import (
    NoSuchCustomer,
    PanierBioError,
    ServiceNeeded,
)
from app.modules.panier_bio.forms.staff import NewOrderForm, OrderForm
from app.modules.panier_bio.queries import admin as queries
from app.modules.panier_bio.routes.admin import shown_page, tell
from app.modules.panier_bio.routes.blueprint import bp
from app.modules.panier_bio.routes.shown import in_full
from app.modules.panier_bio.service import staff as service
from app.modules.panier_bio.service.staff import Details
from app.web.asked import asked_day


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """All that the page of an order shows."""

    order: OrderPanierBio

    @property
    def title(self) -> str:
        return str(_("Le panier de %(name)s", name=self.order.name))

    @property
    def day(self) -> str:
        return in_full(self.order.date)

    @property
    def is_cancelled(self) -> bool:
        return self.order.status is BasketStatus.cancelled

    @property
    def is_waiting(self) -> bool:
        return self.order.status is BasketStatus.waiting


@bp.post("/panier_bio/admin/orders/new")
@context.permission_only(T.write, S.panier_bio)
def add_order() -> ResponseReturnValue:
    """Order a basket for someone, for any date of a period."""
    options = around.options()
    form = NewOrderForm(day=None, price=options.price)
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                details, pceen = _asked(session, form)
                if form.is_first_as_filled(session, sender=current.me.id):
                    service.add(
                        session,
                        details=details,
                        pceen=pceen,
                        options=options,
                        force=form.insists,
                    )
            said = _(
                "Un panier est commandé pour %(name)s, le %(day)s.",
                name=details.name,
                day=in_full(details.date),
            )
            flash(said, "success")
            return redirect(url_for("panier_bio.admin", date=details.date.isoformat()), 303)
    return form.page("panier_bio/admin/admin.html", page=shown_page(form, day=asked_day("date")))


def _asked(session: Session, form: NewOrderForm) -> tuple[Details, PCeen | None]:
    """What is to be ordered, and for which account.

    Raises:
        NoSuchCustomer: Nobody has the account that is named.
        ServiceNeeded: Neither the form nor the account says of what service they are.
    """
    details, pceen = form.details(), None
    if form.pceen.text:
        pceen = queries.customer(session, form.pceen.text)
        if pceen is None:
            raise NoSuchCustomer
    promo = str(pceen.promo) if pceen and pceen.promo else ""
    name = details.name or (pceen.full_name if pceen else "")
    service_ = details.service or promo
    if not service_:
        raise ServiceNeeded
    return (
        Details(
            date=details.date,
            name=name,
            service=service_,
            payment=details.payment,
            price=details.price,
            phone=details.phone,
            email=details.email,
            comment=details.comment,
        ),
        pceen,
    )


@bp.route("/panier_bio/admin/orders/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.panier_bio)
def edit_order(key: int) -> ResponseReturnValue:
    """An order: all that it says may be changed."""
    session = db.session()
    found = queries.order(session, key)
    form = OrderForm(found)
    if form.validate_on_submit():
        details, version = form.details(), form.seen_version
        try:
            with transaction(db.session()) as writing:
                is_changed = service.edit(
                    writing,
                    order=queries.order(writing, key),
                    details=details,
                    version=version,
                    force=form.insists,
                )
        except PanierBioError as refusal:
            found = queries.order(session, key)
            form.shows_now(found)
            form.refuse(refusal)
        else:
            tell(_("La commande est à jour."), is_changed=is_changed)
            day = details.date.isoformat()
            return redirect(url_for("panier_bio.admin", date=day, _anchor=f"order-{key}"), 303)
    return form.page("panier_bio/admin/order.html", page=OrderPage(order=found))


@bp.post("/panier_bio/admin/orders/<int:key>/delete")
@context.permission_only(T.write, S.panier_bio)
def cancel_order(key: int) -> ResponseReturnValue:
    """Cancel an order, at any time."""
    with transaction(db.session()) as session:
        order = queries.order(session, key)
        service.cancel(session, order=order)
        name, day = order.name, order.date
    flash(
        _("Le panier de %(name)s, le %(day)s, est annulé.", name=name, day=in_full(day)), "success"
    )
    return redirect(url_for("panier_bio.admin", date=day.isoformat()), 303)


@bp.post("/panier_bio/admin/orders/<int:key>/grant")
@context.permission_only(T.write, S.panier_bio)
def grant_order(key: int) -> ResponseReturnValue:
    """Give a basket to someone who waits, were there one more than planned."""
    with transaction(db.session()) as session:
        order = queries.order(session, key)
        service.grant(session, order=order, force=request.form.get("force") == "1")
        name, day = order.name, order.date
    flash(_("%(name)s a un panier.", name=name), "success")
    return redirect(url_for("panier_bio.admin", date=day.isoformat()), 303)

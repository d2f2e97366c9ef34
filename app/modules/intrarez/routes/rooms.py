"""Becoming a Rezident, taking a room, leaving it."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.extensions import db
from app.modules.account.forms import ButtonForm
from app.modules.account.service import registration
from app.modules.intrarez import queries
from app.modules.intrarez.errors import NotAPlace
from app.modules.intrarez.forms import LeaveForm, RentalDates, RentalForm, RoomForm
from app.modules.intrarez.routes import gate
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.service import rooms
from app.web import installation
from app.web.urls import next_page, onwards


@bp.route("/rezident/activate", methods=["GET", "POST"])
@context.logged_in_only
@context.internal_only
def activate() -> ResponseReturnValue:
    """Become a Rezident alone, when one is in the residence."""
    current = context.current
    if current.is_rezident:
        return redirect(onwards(), 302)
    form = ButtonForm()
    if form.validate_on_submit():
        with form.refusals():
            if current.device is not None and not current.own_device:
                raise NotAPlace
            if queries.active_ban(db.session(), current.me.id) is not None:
                raise NotAPlace
            with transaction(db.session()) as session:
                registration.activate_rezident(session, pceen=current.me)
            flash(_("Vous êtes maintenant Rezident : prenez votre chambre."), "success")
            return gate.onwards()
    return form.page("intrarez/activate.html", next=next_page())


@bp.route("/rooms/register", methods=["GET", "POST"])
@context.setup_only
def take_room() -> ResponseReturnValue:
    """Take a room."""
    me = context.current.me
    rental = queries.current_rental(db.session(), me.id)
    if rental is not None:
        flash(_("Vous avez déjà la chambre %(num)s.", num=rental.room_num), "info")
        return gate.onwards()
    form = RoomForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                if form.is_first(session, sender=me.id):
                    rooms.take(
                        session,
                        pceen=me,
                        room=queries.room(session, form.room.number),
                        starts_on=form.start.day,
                        ends_on=form.end.data,
                        plan=installation.plan(),
                    )
            flash(_("La chambre %(num)s est à vous.", num=form.room.number), "success")
            return gate.onwards()
    return form.page("intrarez/take_room.html", next=next_page())


@bp.route("/rooms/modify", methods=["GET", "POST"])
@context.setup_only
def modify_room() -> ResponseReturnValue:
    """Change when one's rental begins and ends."""
    rental = queries.own_rental(db.session(), context.current.me.id)
    form = RentalForm(obj=RentalDates(rental))
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                rooms.change_dates(
                    session,
                    rental=rental,
                    starts_on=form.start.day,
                    ends_on=form.end.data,
                    version=form.seen_version,
                )
            flash(_("Les dates de votre location sont enregistrées."), "success")
            return redirect(url_for("home.profile", _anchor="internet"), 303)
    return form.page("intrarez/modify_room.html", rental=rental)


@bp.route("/rooms/terminate", methods=["GET", "POST"])
@context.setup_only
def leave_room() -> ResponseReturnValue:
    """Give one's room back."""
    rental = queries.own_rental(db.session(), context.current.me.id)
    form = LeaveForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                rooms.leave(session, rental=rental, ends_on=form.day)
            flash(_("Vous avez rendu la chambre %(num)s.", num=rental.room_num), "success")
            return redirect(url_for("home.profile", _anchor="internet"), 303)
    return form.page("intrarez/leave_room.html", rental=rental)

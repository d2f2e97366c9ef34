"""Becoming a Rezident, taking a room, asking for one, leaving it."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core import clock
from app.core.transaction import transaction
from app.enums import ClaimKind, TokenPurpose
from app.extensions import db
from app.modules.account import queries as accounts
from app.modules.account.forms import ButtonForm
from app.modules.account.service import registration
from app.modules.intrarez import queries
from app.modules.intrarez.errors import NotAPlace, RoomTaken, TakeOverRefused
from app.modules.intrarez.forms import (
    ClaimForm,
    ContestForm,
    LeaveForm,
    RentalDates,
    RentalForm,
    TakeRoomForm,
)
from app.modules.intrarez.routes import gate
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.service import claims, rooms
from app.modules.intrarez.service.rooms import Stay
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
    """Take a room: a free one, or someone's who forgot to leave it."""
    me = context.current.me
    rental = queries.current_rental(db.session(), me.id)
    if rental is not None:
        flash(_("Vous avez déjà la chambre %(num)s.", num=rental.room_num), "info")
        return gate.onwards()
    form = TakeRoomForm()
    occupied = refusal = None
    if form.validate_on_submit():
        with form.refusals():
            try:
                _take(form)
            except RoomTaken as taken:
                occupied = taken.details["rental"]
                raise
            except TakeOverRefused as refused:
                refusal = refused
                raise
            flash(_("La chambre %(num)s est à vous.", num=form.room.number), "success")
            return gate.onwards()
    return form.page(
        "intrarez/take_room.html",
        occupied=occupied,
        refusal=refusal,
        claim=_claim_form(form) if refusal and not _is_asked_for(form.room.number) else None,
        waiting=queries.waiting_claims(db.session(), pceen_id=me.id),
        next=next_page(),
    )


def _take(form: TakeRoomForm) -> None:
    """Take the room of the form, once.

    Raises:
        IntrarezError: If it cannot be.
    """
    me = context.current.me
    with transaction(db.session()) as session:
        if form.is_first(session, sender=me.id):
            rooms.take(
                session,
                pceen=me,
                room=queries.room(session, form.room.number),
                stay=Stay(starts_on=form.start.day, ends_on=form.end.data),
                plan=installation.plan(),
                take_over=form.rental_id,
            )


def _is_asked_for(num: int) -> bool:
    """Whether someone has asked the GRIs for a room already: nobody else may."""
    waiting = queries.waiting_claims(db.session(), room_num=num)
    return any(claim.kind is ClaimKind.claim for claim in waiting)


def _claim_form(form: TakeRoomForm) -> ClaimForm:
    """What was typed, to be asked to the GRIs."""
    asked = ClaimForm(formdata=None)
    asked.room.data, asked.start.data, asked.end.data = (
        form.room.data,
        form.start.data,
        form.end.data,
    )
    return asked


@bp.post("/rooms/claim")
@context.setup_only
def claim_room() -> ResponseReturnValue:
    """Ask the GRIs for a room that the site does not give."""
    me, form = context.current.me, ClaimForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                if form.is_first(session, sender=me.id):
                    claims.claim(
                        session,
                        pceen=me,
                        room=queries.room(session, form.room.number),
                        stay=Stay(starts_on=form.start.day, ends_on=form.end.data),
                        message=form.message.text,
                        admins=installation.settings().admins[:1],
                    )
            flash(_("Votre demande est partie : les GRI vous répondent par mail."), "success")
            return redirect(url_for("intrarez.take_room", next=next_page()), 303)
    return form.page("intrarez/claim_room.html", next=next_page())


@bp.route("/rooms/contest/<token>", methods=["GET", "POST"])
@context.public
def contest_room(token: str) -> ResponseReturnValue:
    """Say that a room which someone took is still one's own."""
    link = accounts.token(db.session(), TokenPurpose.contest_room, token)
    rental = queries.contested(db.session(), link)
    form = ContestForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                claims.contest(
                    session,
                    token=link,
                    message=form.message.text,
                    admins=installation.settings().admins[:1],
                )
            flash(_("C'est noté : les GRI regardent, et vous répondent par mail."), "success")
            known = context.current.is_logged_in
            return redirect(url_for("home.index" if known else "account.auth_needed"), 303)
    day = clock.day_of(rental.created_at)
    return form.page("intrarez/contest_room.html", rental=rental, day=day)


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
                    stay=Stay(starts_on=form.start.day, ends_on=form.end.data),
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

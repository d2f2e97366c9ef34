"""What those who look after someone do of their room, their devices and their bans."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import context
from app.context import Context
from app.core import clock
from app.core.transaction import transaction
from app.enums import BanKind, RentalEnd
from app.extensions import db
from app.models import Ban, Device, PCeen, Rental
from app.modules.account.routes.people import looked_after
from app.modules.intrarez import around, queries
from app.modules.intrarez.errors import BannedAlready, NoRoom, NoSuchDevice
from app.modules.intrarez.forms import (
    BanEditForm,
    BanEndForm,
    BanForm,
    BanShown,
    DeviceForm,
    GriLeaveForm,
    GriRentalForm,
    GriRoomForm,
    RentalDates,
    TypedDeviceForm,
)
from app.modules.intrarez.queries import PersonNetwork
from app.modules.intrarez.routes import offers
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.routes.devices import describe
from app.modules.intrarez.routes.offers import Paid
from app.modules.intrarez.routes.words import FAULTS, LINKS, STATES
from app.modules.intrarez.rules import bans as rules
from app.modules.intrarez.rules.devices import DEVICE_TYPES
from app.modules.intrarez.rules.macs import parse_mac
from app.modules.intrarez.service import bans, devices, diagnosis, rooms
from app.modules.intrarez.service.bans import Terms
from app.modules.intrarez.service.rooms import Stay
from app.web import installation
from app.web.forms import Form


@dataclass(frozen=True, slots=True)
class Part:
    """The network of someone, what they pay, and the forms that change it."""

    network: PersonNetwork
    paid: Paid
    room: GriRoomForm
    dates: GriRentalForm | None
    leave: GriLeaveForm
    device: TypedDeviceForm
    ban: BanForm
    edits: dict[int, BanEditForm]
    ends: dict[int, BanEndForm]
    can_ban: bool


def part(session: Session, visitor: Context, pceen: PCeen) -> Part:
    """What the page of someone shows of their network."""
    network = queries.person_network(session, pceen.id, plan=installation.plan())
    opened = [ban for ban in network.bans if ban.open_key is not None]
    rental = network.rental
    return Part(
        network=network,
        paid=offers.part(session, visitor, pceen),
        room=GriRoomForm(formdata=None),
        dates=GriRentalForm(formdata=None, obj=RentalDates(rental)) if rental else None,
        leave=GriLeaveForm(formdata=None),
        device=TypedDeviceForm(formdata=None),
        ban=BanForm(formdata=None),
        edits={ban.id: BanEditForm(formdata=None, obj=BanShown(ban)) for ban in opened},
        ends={ban.id: _end_form(ban) for ban in opened},
        can_ban=pceen.id != visitor.me.id and (visitor.is_gri or not pceen.is_gri),
    )


def _end_form(ban: Ban) -> BanEndForm:
    form = BanEndForm(formdata=None)
    if ban.kind is BanKind.unpaid:
        form.grace.data = rules.GRACE_BY_DEFAULT
    else:
        del form.grace
    return form


def _back(pceen: PCeen, anchor: str) -> ResponseReturnValue:
    return redirect(url_for("gris.pceen", key=pceen.id, _anchor=anchor), 303)


@bp.get("/gris/pceens/<int:key>/connection")
@context.per_element
def why_theirs(key: int) -> ResponseReturnValue:
    """Why has someone no Internet? What they read themselves, and the link that is broken."""
    pceen = looked_after(key)
    mine = queries.devices_of(db.session(), pceen.id)
    asked = request.args.get("device", "")
    device = next((one for one in mine if str(one.id) == asked), mine[0] if mine else None)
    look = diagnosis.look_at(db.session(), device=device, network=around.network())
    return render_template(
        "intrarez/why_theirs.html",
        pceen=pceen,
        look=look,
        mine=mine,
        fault=FAULTS[look.diagnosis.fault] if look.diagnosis.fault else None,
        links=LINKS,
        states=STATES,
    )


# Their room


@bp.post("/gris/pceens/<int:key>/rentals")
@context.per_element
def give_room(key: int) -> ResponseReturnValue:
    """Give a room to someone, whoever has it."""
    pceen, form = looked_after(key), GriRoomForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                if form.is_first(session, sender=context.current.me.id):
                    rooms.assign(
                        session,
                        pceen=pceen,
                        room=queries.room(session, form.room.number),
                        stay=Stay(
                            starts_on=form.start.day,
                            ends_on=form.end.data,
                            reason=form.reason.text,
                        ),
                        plan=installation.plan(),
                    )
            flash(_("La chambre %(num)s est à son nom.", num=form.room.number), "success")
            return _back(pceen, "room")
    return _again(form, pceen, _("Donner une chambre"), _("Donner la chambre"))


def _rental(pceen: PCeen, key: int) -> Rental:
    """The rental *key*, if it is the one that someone has.

    Raises:
        NoRoom: If it is not.
    """
    rental = queries.current_rental(db.session(), pceen.id)
    if rental is None or rental.id != key:
        raise NoRoom
    return rental


@bp.post("/gris/pceens/<int:key>/rentals/<int:rental_key>")
@context.per_element
def change_rental(key: int, rental_key: int) -> ResponseReturnValue:
    """Change the dates of someone's rental."""
    pceen = looked_after(key)
    rental = _rental(pceen, rental_key)
    form = GriRentalForm(obj=RentalDates(rental))
    if form.validate_on_submit():
        with form.refusals():
            stay = Stay(starts_on=form.start.day, ends_on=form.end.data, reason=form.reason.text)
            with transaction(db.session()) as session:
                rooms.change_dates(session, rental=rental, stay=stay, version=form.seen_version)
            flash(_("Les dates sont enregistrées."), "success")
            return _back(pceen, "room")
    return _again(form, pceen, _("Dates de la location"), _("Enregistrer"))


@bp.post("/gris/pceens/<int:key>/rentals/<int:rental_key>/close")
@context.per_element
def close_rental(key: int, rental_key: int) -> ResponseReturnValue:
    """Say that someone left their room."""
    pceen = looked_after(key)
    rental, form = _rental(pceen, rental_key), GriLeaveForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                rooms.leave(
                    session,
                    rental=rental,
                    ends_on=form.end.day,
                    kind=RentalEnd.gri,
                    reason=form.reason.text,
                )
            flash(_("La chambre %(num)s est libre.", num=rental.room_num), "success")
            return _back(pceen, "room")
    return _again(form, pceen, _("Libérer la chambre"), _("Libérer"))


# Their devices


@bp.post("/gris/pceens/<int:key>/devices")
@context.per_element
def add_their_device(key: int) -> ResponseReturnValue:
    """Register a device for someone, be it one more than the others have."""
    pceen, form = looked_after(key), TypedDeviceForm()
    if form.validate_on_submit():
        with form.refusals():
            reserved = frozenset(installation.settings().network.reserved_macs)
            mac = parse_mac(form.mac_address.text, reserved=reserved)
            with transaction(db.session()) as session:
                if form.is_first(session, sender=context.current.me.id):
                    devices.register_for(
                        session,
                        pceen=pceen,
                        mac=mac,
                        name=form.name.text,
                        type=form.type.text,
                        plan=installation.plan(),
                    )
            flash(_("L'appareil est enregistré à son nom."), "success")
            return _back(pceen, "devices")
    return _again(form, pceen, _("Enregistrer un appareil"), _("Enregistrer l'appareil"))


def _device(pceen: PCeen, key: int) -> Device:
    """The device *key*, if it is someone's.

    Raises:
        NoSuchDevice: If it is not.
    """
    device = queries.device(db.session(), key)
    if device.pceen_id != pceen.id:
        raise NoSuchDevice
    return device


@bp.route("/gris/pceens/<int:key>/devices/<int:device_key>", methods=["GET", "POST"])
@context.per_element
def edit_their_device(key: int, device_key: int) -> ResponseReturnValue:
    """Give a device of someone another name and type."""
    pceen = looked_after(key)
    device = _device(pceen, device_key)
    form = DeviceForm(obj=device)
    if form.validate_on_submit():
        with form.refusals():
            describe(device, form)
            return _back(pceen, "devices")
    return _again(form, pceen, _("Modifier l'appareil"), _("Enregistrer"))


@bp.post("/gris/pceens/<int:key>/devices/<int:device_key>/delete")
@context.per_element
def remove_their_device(key: int, device_key: int) -> ResponseReturnValue:
    """Remove a device of someone, even banned."""
    pceen = looked_after(key)
    device = _device(pceen, device_key)
    with transaction(db.session()) as session:
        devices.remove(session, device=device, by_gri=True)
    flash(_("L'appareil est retiré."), "success")
    return _back(pceen, "devices")


# Their bans


@bp.post("/gris/pceens/<int:key>/ban")
@context.per_element
def ban(key: int) -> ResponseReturnValue:
    """Keep someone from the Internet."""
    pceen, form = looked_after(key), BanForm()
    bans.check_may_ban(pceen, by=context.current.me)
    existing = None
    if form.validate_on_submit():
        with form.refusals():
            try:
                _start(form, pceen)
            except BannedAlready:
                existing = queries.open_ban(db.session(), pceen.id, BanKind.disciplinary)
                raise
            flash(_("%(name)s n'a plus Internet.", name=pceen.full_name), "success")
            return _back(pceen, "bans")
    return form.page(
        "intrarez/ban.html",
        pceen=pceen,
        existing=existing,
        title=_("Suspendre l'accès de %(name)s", name=pceen.full_name),
        submit=_("Suspendre"),
    )


def _start(form: BanForm, pceen: PCeen) -> None:
    """Begin the ban of the form, once.

    Raises:
        IntrarezError: If it makes no sense, or is there already.
    """
    span, me = form.span, context.current.me
    ends_at = None if span is None else rules.end_after(clock.now(), span)
    terms = Terms(
        reason=form.reason.text,
        message=form.message.text,
        ends_at=ends_at,
        notify=form.notify.data,
    )
    with transaction(db.session()) as session:
        if form.is_first(session, sender=me.id):
            bans.start(
                session,
                pceen=pceen,
                kind=BanKind.disciplinary,
                terms=terms,
                plan=installation.plan(),
                by=me,
            )


@bp.post("/gris/bans/<int:key>/edit")
@context.per_element
def edit_ban(key: int) -> ResponseReturnValue:
    """Change what a ban says, and when it ends."""
    ban = _looked_after_ban(key)
    form = BanEditForm(obj=BanShown(ban))
    if form.validate_on_submit():
        with form.refusals():
            terms = Terms(
                reason=form.reason.text,
                message=form.message.text,
                ends_at=rules.end_typed(form.typed_end, was=ban.ends_at),
                notify=form.notify.data,
            )
            with transaction(db.session()) as session:
                changed = bans.edit(session, ban=ban, terms=terms, version=form.seen_version)
            said = _("La suspension est modifiée.") if changed else _("Rien n'a changé.")
            flash(said, "success" if changed else "info")
            return _back(ban.pceen, "bans")
    return form.page(
        "intrarez/ban.html",
        pceen=ban.pceen,
        existing=None,
        title=_("Modifier la suspension de %(name)s", name=ban.pceen.full_name),
        submit=_("Enregistrer"),
    )


@bp.post("/gris/bans/<int:key>/end")
@context.per_element
def end_ban(key: int) -> ResponseReturnValue:
    """End a ban now; who has not paid is given some days."""
    ban, form = _looked_after_ban(key), BanEndForm()
    is_unpaid = ban.kind is BanKind.unpaid
    if form.validate_on_submit():
        with form.refusals():
            grace = (form.grace.data or rules.GRACE_BY_DEFAULT) if is_unpaid else None
            with transaction(db.session()) as session:
                ended = bans.end(
                    session,
                    ban=ban,
                    by=context.current.me,
                    note=form.note.text,
                    grace_days=grace,
                    notify=form.notify.data,
                )
            said = _("La suspension est terminée.") if ended else _("Elle était déjà terminée.")
            flash(said, "success" if ended else "info")
            return _back(ban.pceen, "bans")
    return _again(form, ban.pceen, _("Terminer la suspension"), _("Terminer"))


def _looked_after_ban(key: int) -> Ban:
    """The ban *key*, for who may write its person: never one's own, nor a GRI's unless a GRI.

    Raises:
        NoSuchBan: If there is none.
    """
    found = queries.ban_or_none(db.session(), key)
    looked_after(found.pceen_id if found else 0)
    ban = queries.ban(db.session(), key)
    bans.check_may_ban(ban.pceen, by=context.current.me)
    return ban


def _again(form: Form, pceen: PCeen, title: str, submit: str) -> ResponseReturnValue:
    """A form of the page of someone, alone, with what is wrong with it."""
    return form.page(
        "intrarez/their_form.html", pceen=pceen, title=title, submit=submit, types=DEVICE_TYPES
    )

"""Registering devices, naming them, passing them on, removing them."""

import random
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.addresses import is_randomised
from app.core.transaction import transaction
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.models import Device
from app.modules.account.forms import ButtonForm
from app.modules.intrarez import queries
from app.modules.intrarez.errors import NoSuchDevice, NotHere
from app.modules.intrarez.forms import DeviceForm, NewDeviceForm, TypedDeviceForm
from app.modules.intrarez.routes import gate
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.rules.devices import DEVICE_TYPES, suggest_type
from app.modules.intrarez.rules.macs import parse_mac
from app.modules.intrarez.rules.makers import maker
from app.modules.intrarez.rules.setup import next_step
from app.modules.intrarez.service import devices
from app.web import installation
from app.web.urls import next_page

#: How many messages there are for who reloads the page of an unknown device.
SILLY_MESSAGES = 11


@bp.route("/devices/register", methods=["GET", "POST"])
@context.setup_only
def add_device() -> ResponseReturnValue:
    """Register the device in one's hands; or another, by its address."""
    me, here = context.current.me, context.current.mac
    is_here = here is not None and (context.current.device is None or _is_sent_again())
    form = _suggested() if is_here else TypedDeviceForm()
    if form.validate_on_submit():
        with form.refusals():
            typed = form.mac_address.text if isinstance(form, TypedDeviceForm) else here
            mac = parse_mac(typed or "", reserved=_reserved())
            with transaction(db.session()) as session:
                if form.is_first(session, sender=me.id):
                    devices.register(
                        session,
                        pceen=me,
                        mac=mac,
                        name=form.name.text,
                        type=form.type.text,
                        plan=installation.plan(),
                    )
            if is_here:
                context.current.device = queries.with_mac(db.session(), mac)
            _welcome(mac)
            return gate.onwards()
    return form.page(
        "intrarez/add_device.html",
        mac=here if is_here else None,
        maker=maker(here or "") if is_here else None,
        is_randomised=is_here and is_randomised(here or ""),
        changed=_changed(form.type.text) if is_here and is_randomised(here or "") else (),
        types=DEVICE_TYPES,
        next=next_page(),
    )


def _suggested() -> NewDeviceForm:
    """The form of the device in hand, with what its browser says of it."""
    kind = suggest_type(request.user_agent.string)
    if kind is None or request.method == "POST":
        return NewDeviceForm()
    prenom = context.current.me.prenom
    name = _("%(kind)s de %(prenom)s", kind=kind, prenom=prenom)[:64]
    return NewDeviceForm(data={"type": str(kind), "name": name})


def _changed(kind: str) -> Sequence[Device]:
    """Those of the visitor's devices that this one may be, under another address."""
    mine = queries.devices_of(db.session(), context.current.me.id)
    own = [device for device in mine if is_randomised(device.mac_address)]
    return [device for device in own if not kind or device.type in (None, kind)]


@bp.post("/devices/readdress/<int:key>")
@context.setup_only
def readdress_device(key: int) -> ResponseReturnValue:
    """Say that the device in one's hands is that one, with a new address."""
    device = _own(key)
    if device.pceen_id != context.current.me.id:
        raise NoSuchDevice  # a GRI holds only their own devices
    if context.current.mac is None:
        raise NotHere
    mac = parse_mac(context.current.mac, reserved=_reserved())
    with transaction(db.session()) as session:
        devices.readdress(session, device=device, mac=mac, plan=installation.plan())
    context.current.device = queries.with_mac(db.session(), mac)
    called = device.name or device.type or _("votre appareil")
    flash(_("C'est noté : %(name)s garde sa place.", name=called), "success")
    return gate.onwards()


def _is_sent_again() -> bool:
    """Whether this is the form of the device in hand, which it made the visitor's already."""
    sent = request.method == "POST" and "mac_address" not in request.form
    return sent and context.current.own_device


def _reserved() -> frozenset[str]:
    return frozenset(installation.settings().network.reserved_macs)


def _welcome(mac: str) -> None:
    flash(_("Votre appareil est enregistré. Internet arrive dans une minute."), "success")
    if is_randomised(mac):
        flash(
            _(
                "Cet appareil change d'adresse de lui-même. Désactivez l'adresse Wi-Fi privée "
                "pour ce réseau, sinon il redeviendra inconnu."
            ),
            "warning",
        )


def _own(key: int | None) -> Device:
    """The device *key*, or the latest seen of the visitor; theirs, unless a GRI asks."""
    if key is None:
        mine = queries.devices_of(db.session(), context.current.me.id)
        if not mine:
            raise NoSuchDevice
        return mine[0]
    device = queries.device(db.session(), key)
    context.check_owner(device.pceen_id)
    return device


@bp.route("/devices/modify", methods=["GET", "POST"], defaults={"key": None})
@bp.route("/devices/modify/<int:key>", methods=["GET", "POST"])
@context.setup_only
def modify_device(key: int | None) -> ResponseReturnValue:
    """Give a device another name and type."""
    device = _own(key)
    form = DeviceForm(obj=device)
    if form.validate_on_submit():
        with form.refusals():
            describe(device, form)
            return redirect(url_for("home.profile", _anchor="devices"), 303)
    is_here = context.current.device is not None and context.current.device.id == device.id
    return form.page(
        "intrarez/modify_device.html", device=device, types=DEVICE_TYPES, is_here=is_here
    )


def describe(device: Device, form: DeviceForm) -> None:
    """Give a device the name and the type of a form, and say so.

    Raises:
        IntrarezError: If it was changed or removed meanwhile.
    """
    with transaction(db.session()) as session:
        devices.describe(
            session,
            device=device,
            name=form.name.text,
            type=form.type.text,
            version=form.seen_version,
        )
    flash(_("L'appareil est enregistré."), "success")


@bp.post("/devices/delete/<int:key>")
@context.setup_only
def delete_device(key: int) -> ResponseReturnValue:
    """Remove a device."""
    device = _own(key)
    with transaction(db.session()) as session:
        devices.remove(session, device=device, by_gri=context.current.is_gri)
    flash(_("L'appareil est retiré : il n'a plus Internet ici."), "success")
    return redirect(url_for("home.profile", _anchor="devices"), 303)


@bp.route("/devices/transfer", methods=["GET", "POST"])
@context.internal_only
@context.permission_only(PermissionType.read, PermissionScope.intrarez)
@context.setup_only
def transfer() -> ResponseReturnValue:
    """The device in one's hands is registered to somebody else: put it in one's own name."""
    device = context.current.device
    if device is None or context.current.own_device:
        return gate.onwards()
    form = ButtonForm()
    if form.validate_on_submit():
        with form.refusals():
            me = context.current.me
            with transaction(db.session()) as session:
                devices.transfer(session, device=device, to=me, plan=installation.plan())
            flash(_("Cet appareil est à votre nom. Internet arrive dans une minute."), "success")
            return gate.onwards()
    return form.page(
        "intrarez/transfer.html",
        device=device,
        maker=maker(device.mac_address),
        is_randomised=is_randomised(device.mac_address),
        next=next_page(),
    )


@bp.get("/devices/error")
@context.public
def device_error() -> ResponseReturnValue:
    """The device cannot be recognised: why, and what to do."""
    current = context.current
    if current.is_logged_in and current.is_rezident and next_step(gate.situation()) is None:
        return redirect(url_for("home.index"), 302)
    reason = "ip" if request.args.get("reason") == "ip" else "mac"
    text = request.args.get("step", "1")
    step = int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) else 1
    shown = step if step <= SILLY_MESSAGES else random.randint(1, SILLY_MESSAGES)  # noqa: S311  # a joke
    return render_template("intrarez/device_error.html", reason=reason, step=step, shown=shown)

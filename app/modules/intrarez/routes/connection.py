"""Is my Internet there? The page that waits for it, and what scripts ask."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import context
from app.extensions import db
from app.modules.intrarez import queries
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.rules.setup import Connection, connection
from app.web import installation

_MESSAGES = {
    Connection.unknown_device: _l("Cet appareil n'est pas encore enregistré."),
    Connection.no_room: _l("Le propriétaire de cet appareil n'a pas de chambre."),
    Connection.banned: _l("L'accès à Internet de cet appareil est suspendu."),
    Connection.waiting_network: _l("Le réseau prend note de votre appareil : une minute environ."),
    Connection.waiting_address: _l(
        "C'est prêt ! Coupez le Wi-Fi ou débranchez le câble, puis reconnectez-vous."
    ),
    Connection.online: _l("Votre appareil est connecté à Internet."),
}


def _state() -> tuple[Connection, str | None]:
    """Where the device that asks stands, and the address that it is to have."""
    session, device = db.session(), context.current.device
    if device is None:
        return Connection.unknown_device, None
    address = queries.address_of(session, device, installation.plan())
    state = connection(
        is_known=True,
        has_room=queries.has_room(session, device.pceen_id),
        is_banned=queries.active_ban(session, device.pceen_id) is not None,
        is_applied=not queries.is_refresh_waiting(session),
        has_its_address=address is not None and address == context.current.remote_ip,
    )
    return state, address


@bp.get("/connect_check")
@context.internal_only
def connect_check() -> ResponseReturnValue:
    """Wait for Internet, with what to do if it does not come."""
    state, _address = _state()
    return render_template("intrarez/connect_check.html", state=state, message=_MESSAGES[state])


@bp.get("/api/connection")
@context.internal_only
def api_connection() -> ResponseReturnValue:
    """Where the device that asks stands, for the script of the page."""
    state, address = _state()
    return {"state": state, "message": str(_MESSAGES[state]), "address": address}

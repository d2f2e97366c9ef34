"""What the team ticks of an order: paid, validated by the treasurer, taken."""

from http import HTTPStatus

from flask import abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import OrderPanierBio
from app.modules.panier_bio.errors import PanierBioError
from app.modules.panier_bio.queries import admin as queries
from app.modules.panier_bio.routes.blueprint import bp
from app.modules.panier_bio.service import staff as service
from app.modules.panier_bio.service.staff import Flag
from app.web.urls import came_from

_VALUES = {"0": False, "1": True}


@bp.post("/panier_bio/validate/<int:key>/<flag>")
@context.permission_only(T.write, S.panier_bio)
def validate(key: int, flag: str) -> ResponseReturnValue:
    """Tick something of an order, or untick it: as often as one wants, to the same effect."""
    if flag not in Flag.__members__:
        abort(404)
    value = _VALUES.get(request.form.get("value", ""))
    if value is None:
        abort(400)
    is_scripted = request.accept_mimetypes.best == "application/json"
    try:
        with transaction(db.session()) as session:
            order = queries.order(session, key)
            service.set_flag(session, order=order, flag=Flag(flag), value=value)
            day, told = order.date, _told(order)
    except PanierBioError as refusal:
        if not is_scripted:
            raise
        return _refused(refusal)
    if is_scripted:
        return jsonify(told)
    page = came_from() or url_for("panier_bio.admin", date=day.isoformat())
    return redirect(f"{page}#order-{key}", 303)


def _told(order: OrderPanierBio) -> dict[str, object]:
    """How an order stands."""
    return {
        "taken": order.taken,
        "payment_made": order.payment_made,
        "treasurer_validate": order.treasurer_validate,
        "version": order.version,
    }


def _refused(refusal: PanierBioError) -> ResponseReturnValue:
    """Why it is not, as all that answers in JSON says it (community 1.8)."""
    name = HTTPStatus(refusal.status).phrase
    error = {"status": refusal.status, "name": name, "message": refusal.message}
    return jsonify({"error": error}), refusal.status

"""Is my Internet there, and if not, why? The page that waits for it, the one that explains."""

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import context
from app.extensions import db
from app.models import Device
from app.modules.intrarez import around, queries
from app.modules.intrarez.routes import here
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.routes.words import CONNECTIONS, FAULTS, LINKS, STATES
from app.modules.intrarez.rules.chain import connection
from app.modules.intrarez.service import diagnosis
from app.modules.intrarez.service.diagnosis import Look


@bp.get("/connect_check")
@context.internal_only
def connect_check() -> ResponseReturnValue:
    """Wait for Internet, with what to do if it does not come."""
    state = connection(here.look().diagnosis)
    return render_template("intrarez/connect_check.html", state=state, message=CONNECTIONS[state])


@bp.get("/api/connection")
@context.internal_only
def api_connection() -> ResponseReturnValue:
    """Where the device that asks stands, for the script of the page."""
    look = here.look()
    state = connection(look.diagnosis)
    return {"state": state, "message": str(CONNECTIONS[state]), "address": look.address}


@bp.get("/connection")
@context.public
def why() -> ResponseReturnValue:
    """Why have I no Internet? Each link of the chain, and the first that is broken."""
    mine = _mine()
    look = _asked(mine)
    return render_template(
        "intrarez/why.html",
        look=look,
        mine=mine,
        fault=FAULTS[look.diagnosis.fault] if look and look.diagnosis.fault else None,
        links=LINKS,
        states=STATES,
    )


def _asked(mine: Sequence[Device]) -> Look | None:
    """The device that asks; from elsewhere, the one of theirs that is asked about."""
    current = context.current
    is_here = current.in_residence or current.remote_ip is None
    if is_here and not request.args.get("device"):
        return here.look()
    if current.pceen is None:
        return None
    asked = request.args.get("device", "")
    chosen = next((one for one in mine if str(one.id) == asked), None)
    device = chosen or (mine[0] if mine else None)
    return diagnosis.look_at(db.session(), device=device, network=around.network())


def _mine() -> Sequence[Device]:
    """The devices of the visitor, to ask about another."""
    me = context.current.pceen
    return queries.devices_of(db.session(), me.id) if me else ()

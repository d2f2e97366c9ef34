"""Passkeys, for the script of the pages that use them: in JSON."""

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.text import clean, has_forbidden
from app.core.transaction import transaction
from app.extensions import db
from app.modules.account.around import site
from app.modules.account.errors import WrongPasskey
from app.modules.account.routes.blueprint import bp
from app.modules.account.routes.browser import come_in, waiting_step
from app.modules.account.routes.factors import after_adding, check_proved
from app.modules.account.routes.second_step import give, prove, this_login
from app.modules.account.service import factors
from app.modules.account.service.second_step import Signed, for_proof, for_step
from app.web.urls import onwards

#: What a device sends is never longer, in bytes.
_LONGEST = 65_536


def _body() -> dict[str, Any]:
    """What the script sent; nothing for what is not an object."""
    request.max_content_length = _LONGEST
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        return {}
    return body if isinstance(body, dict) else {}


def _json(options: str) -> ResponseReturnValue:
    return Response(options, mimetype="application/json")


@bp.post("/api/account/passkeys/for_step")
@context.anonymous_only
def passkey_for_step() -> ResponseReturnValue:
    """What a passkey is to sign, to log in."""
    from app.modules.account.service import passkeys  # noqa: PLC0415  # large, few need it

    step = waiting_step()
    with transaction(db.session()) as session:
        what = for_step(step)
        return _json(passkeys.ask(session, pceen=step.pceen, what=what, site=site()))


@bp.post("/api/account/passkeys/step")
@context.anonymous_only
def second_step_with_passkey() -> ResponseReturnValue:
    """Log in with what a passkey signed."""
    login = give(waiting_step(), Signed(_body().get("credential")))
    if login is None:
        raise WrongPasskey
    return {"url": come_in(login)}


@bp.post("/api/account/passkeys/for_proof")
@context.logged_in_only
@context.in_person_only
def passkey_for_proof() -> ResponseReturnValue:
    """What a passkey is to sign, to prove who one is."""
    from app.modules.account.service import passkeys  # noqa: PLC0415  # large, few need it

    login = this_login()
    with transaction(db.session()) as session:
        what = for_proof(login)
        return _json(passkeys.ask(session, pceen=login.pceen, what=what, site=site()))


@bp.post("/api/account/passkeys/proof")
@context.logged_in_only
@context.in_person_only
def prove_with_passkey() -> ResponseReturnValue:
    """Prove who one is with what a passkey signed."""
    if not prove(this_login(), Signed(_body().get("credential"))):
        raise WrongPasskey
    return {"url": onwards()}


@bp.post("/api/account/passkeys/for_new")
@context.logged_in_only
@context.in_person_only
def passkey_for_new() -> ResponseReturnValue:
    """What a device is to make a key for."""
    check_proved()
    with transaction(db.session()) as session:
        return _json(factors.ask_passkey(session, login=this_login(), site=site()))


@bp.post("/api/account/passkeys")
@context.logged_in_only
@context.in_person_only
def add_passkey() -> ResponseReturnValue:
    """Keep the key that a device made."""
    me, body = check_proved(), _body()
    with transaction(db.session()) as session:
        added = factors.add_passkey(
            session,
            login=this_login(),
            name=_name(body.get("name")),
            body=body.get("credential"),
            site=site(),
        )
    if added is None:
        raise WrongPasskey
    return {"url": url_for(after_adding(me))}, 201


def _name(typed: object) -> str:
    """What one calls a passkey: what it is, for want of anything better."""
    name = clean(typed)[:64].strip() if isinstance(typed, str) else ""
    return name if name and not has_forbidden(name) else _("Clé d'accès")

"""The QR code of a client: shown to them, and read by whoever serves (community 3.3)."""

import re

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app import context
from app.context import current
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import BarAccount
from app.modules.bar.errors import NoSuchCustomer
from app.modules.bar.queries import customers
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.service import accounts
from app.web import qrcodes
from app.web.headers import CAMERA_HERE
from app.web.urls import absolute_url

#: What codes are made of.
_CODE = re.compile(r"[A-Za-z0-9_-]{16,64}")
#: The side of the picture, in pixels; it is asked once or twice as large.
_SIDE = 160


def address_of(account: BarAccount) -> str:
    """What the code of an account says: where whoever serves is led by it."""
    return absolute_url("bar.by_code", code=account.qr_code)


def code_of(account: BarAccount) -> Markup:
    """The code of an account, drawn."""
    return qrcodes.svg(address_of(account), label=_("Votre code QR du bar"))


def _own_account() -> BarAccount:
    return customers.account(db.session(), current.me)


@bp.get("/bar/qrcode")
@context.permission_only(T.read, S.bar)
@context.in_person_only
def qrcode() -> ResponseReturnValue:
    """One's code, as large as the screen."""
    return render_template("bar/me/qrcode.html", code=code_of(_own_account()))


@bp.get("/bar/qrcode.png")
@context.permission_only(T.read, S.bar)
@context.in_person_only
def qrcode_png() -> Response:
    """One's code, as a picture."""
    scale = 2 if request.args.get("scale") == "2" else 1
    answer = make_response(qrcodes.png(address_of(_own_account()), side=scale * _SIDE))
    answer.content_type = "image/png"
    return answer


@bp.get("/bar/user/<username>/qrcode.png")
@context.permission_only(T.write, S.bar)
@context.in_person_only
def customer_code(username: str) -> Response:
    """The code of a client, for whoever serves."""
    answer = make_response(
        qrcodes.png(address_of(customers.customer(db.session(), username)), side=2 * _SIDE)
    )
    answer.content_type = "image/png"
    return answer


@bp.post("/bar/qrcode/renew")
@context.permission_only(T.read, S.bar)
@context.in_person_only
def renew_code() -> ResponseReturnValue:
    """Have another code: the former one leads nowhere any more."""
    with transaction(db.session()) as session:
        accounts.renew_code(session, pceen=current.me)
    flash(_("Voici votre nouveau code : l'ancien ne sert plus à rien."), "success")
    return redirect(url_for("bar.qrcode"), 303)


@bp.get("/bar/qr/<code>")
@context.permission_only(T.write, S.bar)
def by_code(code: str) -> ResponseReturnValue:
    """Lead whoever serves to the client whose code it is."""
    if not _CODE.fullmatch(code):
        raise NoSuchCustomer
    account = customers.customer_with_code(db.session(), code)
    return redirect(url_for("bar.customer", username=account.pceen.username), 302)


@bp.get("/bar/scan")
@context.permission_only(T.write, S.bar)
def scan() -> ResponseReturnValue:
    """Read the code of a client with the camera, or write who they are."""
    page = make_response(
        render_template(
            "bar/me/scan.html",
            prefix=absolute_url("bar.by_code", code="-")[:-1],
            path=url_for("bar.by_code", code="-")[:-1],
        )
    )
    page.headers["Permissions-Policy"] = CAMERA_HERE
    return page

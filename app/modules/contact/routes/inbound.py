"""What arrives by mail at the address of the site."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import context
from app.core.text import clean
from app.extensions import db
from app.modules.contact import queries
from app.modules.contact.routes.blueprint import bp
from app.web.asked import asked_page
from app.web.forms import showable


@bp.get("/gris/inbound_mails")
@context.gris_only
def inbound_mails() -> ResponseReturnValue:
    """The mails, the latest first."""
    text = showable(clean(request.args.get("q", "")))[:100]
    found = queries.inbound_mails(db.session(), text=text, number=asked_page())
    return render_template("contact/inbound_mails.html", found=found, text=text)


@bp.get("/gris/inbound_mails/<int:key>")
@context.gris_only
def inbound_mail(key: int) -> ResponseReturnValue:
    """One mail, and the account that has the address which it says it is from."""
    mail = queries.inbound_mail(db.session(), key)
    account = queries.account_at(db.session(), mail.sender)
    return render_template("contact/inbound_mail.html", mail=mail, account=account)

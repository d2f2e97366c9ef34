"""Proof of who asks, before something grave."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.modules.account.service import profile


def to_proof(back: str) -> ResponseReturnValue | None:
    """Have the visitor prove who they are, then come back; ``None`` if they just did."""
    login = context.current.login
    if login is not None and profile.is_proved(login):
        return None
    flash(_("Prouvez d'abord que c'est bien vous, puis recommencez."), "info")
    return redirect(url_for("account.reauth", next=back), 303)

"""Acting for someone, and stopping."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.context import doas as door
from app.core.transaction import transaction
from app.extensions import db
from app.models import LoginSession
from app.modules.account.routes.people import looked_after
from app.modules.account.service.profile import is_proved
from app.modules.gris.forms.doas import DoasForm
from app.modules.gris.routes.blueprint import bp, stop_bp
from app.modules.gris.service import doas


@bp.post("/pceens/<int:key>/doas")
@context.gris_only
def start_doas(key: int) -> ResponseReturnValue:
    """Act for someone from now on, with a reason."""
    someone, form = looked_after(key), DoasForm()
    if not form.validate_on_submit():
        return form.page("gris/doas.html", pceen=someone)
    if not is_proved(_login()):
        flash(_("Prouvez d'abord que c'est bien vous, puis recommencez."), "info")
        return redirect(url_for("account.reauth", next=url_for(".pceen", key=key)), 303)
    with transaction(db.session()) as session:
        doas.start(session, login=_login(), target=someone, reason=form.reason.text)
    door.begin()
    flash(_("Vous agissez à la place de %(name)s.", name=someone.full_name), "warning")
    return redirect(url_for("home.index"), 303)


@stop_bp.post("/doas/stop")
@context.logged_in_only
def stop_doas() -> ResponseReturnValue:
    """Act for oneself again."""
    with transaction(db.session()) as session:
        target = doas.stop(session, login=_login())
    door.finish()
    if target is None:
        return redirect(url_for("home.index"), 303)
    flash(_("Vous n'agissez plus à la place de %(name)s.", name=target.full_name), "success")
    return redirect(url_for("gris.pceen", key=target.id), 303)


def _login() -> LoginSession:
    login = context.current.login
    if login is None:
        raise RuntimeError("put @context.logged_in_only on this view")
    return login

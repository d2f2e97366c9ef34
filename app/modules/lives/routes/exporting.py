"""Asking for an archive, for oneself or for someone; taking it."""

from flask import Response, flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.extensions import db
from app.modules.account.routes.people import looked_after
from app.modules.lives import around, queries
from app.modules.lives.errors import NoSuchExport
from app.modules.lives.forms import ExportForForm
from app.modules.lives.routes.blueprint import bp
from app.modules.lives.routes.proving import to_proof
from app.modules.lives.service import exports
from app.modules.lives.service.exports import Asked


@bp.post("/profile/export")
@context.logged_in_only
@context.in_person_only
def export() -> ResponseReturnValue:
    """Have one's archive made."""
    profile = url_for("home.profile", _anchor="data")
    if proof := to_proof(url_for("home.profile")):
        return proof
    with transaction(db.session()) as session:
        exports.ask(session, pceen=context.current.me, asked=Asked())
    flash(_("Votre archive se prépare : un lien part dans un mail."), "success")
    return redirect(profile, 303)


@bp.get("/profile/export/<token>")
@context.logged_in_only
@context.in_person_only
def download_export(token: str) -> ResponseReturnValue:
    """Take one's archive."""
    found = queries.export_of(db.session(), pceen=context.current.me, secret=token)
    path = around.exports_dir() / (found.file or "")
    try:
        answer: Response = send_file(
            path,
            mimetype="application/zip",
            as_attachment=True,
            download_name="pc-est-magique.zip",
            conditional=False,
            etag=False,
            max_age=0,
        )
    except FileNotFoundError:
        raise NoSuchExport from None
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@bp.post("/gris/pceens/<int:key>/export")
@context.gris_only
def export_for(key: int) -> ResponseReturnValue:
    """Have the archive of someone made, in their place: they alone can take it."""
    someone, form = looked_after(key), ExportForForm()
    if not form.validate_on_submit():
        return form.page("lives/export_for.html", pceen=someone)
    if proof := to_proof(url_for("gris.pceen", key=key)):
        return proof
    with form.refusals():
        with transaction(db.session()) as session:
            asked = Asked(by=context.current.me, reason=form.reason.text)
            exports.ask(session, pceen=someone, asked=asked)
        flash(
            _(
                "L'archive de %(name)s se prépare : un lien part dans un mail.",
                name=someone.full_name,
            ),
            "success",
        )
        return redirect(url_for("gris.pceen", key=key, _anchor="data"), 303)
    return form.page("lives/export_for.html", pceen=someone)

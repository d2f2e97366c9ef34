"""The rooms that wait for a GRI's word."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.modules.intrarez import queries
from app.modules.intrarez.forms import DecisionForm
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.service import claims
from app.web import installation

_DECIDE = (
    (PermissionType.write, PermissionScope.pceen),
    (PermissionType.all, PermissionScope.gris),
)


@bp.get("/gris/room_claims")
@context.any_permission_only(*_DECIDE)
def room_claims() -> ResponseReturnValue:
    """Who asks for which room, and what became of the former demands."""
    session = db.session()
    return render_template(
        "intrarez/room_claims.html",
        waiting=queries.waiting_claims(session),
        decided=queries.decided_claims(session),
        form=DecisionForm(formdata=None),
    )


@bp.post("/gris/room_claims/<int:key>/decide")
@context.any_permission_only(*_DECIDE)
def decide_claim(key: int) -> ResponseReturnValue:
    """Give the room to who asks for it, or leave it where it is."""
    claim, form = queries.claim(db.session(), key), DecisionForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                claims.decide(
                    session,
                    claim=claim,
                    is_accepted=form.accepted.data == "1",
                    note=form.note.text,
                    by=context.current.me,
                    plan=installation.plan(),
                )
            flash(_("C'est décidé : les deux personnes sont prévenues."), "success")
            return redirect(url_for("intrarez.room_claims"), 303)
    return form.page("intrarez/decide_claim.html", claim=claim)

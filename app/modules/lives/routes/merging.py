"""Two accounts of one person: seeing what a merge would do, then doing it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l

from app import context
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db
from app.models import PCeen
from app.modules.account.routes.people import looked_after
from app.modules.gris.queries.person import person
from app.modules.lives import around, queries
from app.modules.lives.forms import MergeForm
from app.modules.lives.routes.blueprint import bp
from app.modules.lives.routes.proving import to_proof
from app.modules.lives.service import merge as service
from app.modules.lives.service.merge import Pair
from app.web.forms import showable

#: What the fields of an account are called.
FIELDS: dict[str, LazyString] = {
    "promo": _l("Promo"),
    "email": _l("E-mail"),
    "espci_email": _l("E-mail de l'école"),
    "sso_subject": _l("Identité donnée par l'école"),
    "locale": _l("Langue"),
    "password_hash": _l("Mot de passe"),
}
#: Those that are not shown: that there is one is enough.
_HIDDEN = frozenset({"password_hash", "sso_subject"})


@bp.get("/gris/pceens/merge")
@context.gris_only
def choose_both() -> ResponseReturnValue:
    """Choose the account that is kept."""
    text = showable(request.args.get("kept", ""))[:120]
    if not text:
        return render_template("lives/merge_choose.html", kept=None, typed="", error=None, alike=())
    try:
        kept = queries.called(db.session(), text)
    except DomainError as refusal:
        page = render_template(
            "lives/merge_choose.html", kept=None, typed=text, error=refusal.message, alike=()
        )
        return page, refusal.status
    return redirect(url_for(".merge", key=kept.id), 303)


@bp.route("/gris/pceens/<int:key>/merge", methods=["GET", "POST"])
@context.gris_only
def merge(key: int) -> ResponseReturnValue:
    """Choose the account that disappears in this one, see what moves, and confirm."""
    kept, form = looked_after(key), MergeForm()
    typed = showable((form.other.data if form.is_submitted() else request.args.get("other")) or "")
    if not typed:
        return _choose(kept)
    try:
        pair = Pair(kept=kept, absorbed=queries.called(db.session(), typed[:120]))
        service.check_may_merge(db.session(), pair=pair, actor=context.current.me)
    except DomainError as refusal:
        return _choose(kept, typed=typed[:120], refusal=refusal)
    if form.validate_on_submit():
        if proof := to_proof(url_for(".merge", key=key, other=pair.absorbed.id)):
            return proof
        with form.refusals():
            form.check(pair.absorbed)
            return _merge(pair)
    return _preview(pair, form)


def _choose(
    kept: PCeen, *, typed: str = "", refusal: DomainError | None = None
) -> ResponseReturnValue:
    """The page that asks which account disappears; those of the same name are proposed."""
    found = person(db.session(), kept.id)
    page = render_template(
        "lives/merge_choose.html",
        kept=kept,
        typed=typed,
        error=refusal.message if refusal else None,
        alike=[one for one in found.alike if not one.is_erased] if found else [],
    )
    return page, refusal.status if refusal else 200


def _merge(pair: Pair) -> ResponseReturnValue:
    key, names = pair.kept.id, {"absorbed": pair.absorbed.username, "kept": pair.kept.username}
    with transaction(db.session()) as session:
        service.merge(session, pair=pair, parts=around.parts(), actor=context.current.me)
    flash(_("%(absorbed)s est réuni à %(kept)s.", **names), "success")
    return redirect(url_for("gris.pceen", key=key), 303)


def _preview(pair: Pair, form: MergeForm) -> ResponseReturnValue:
    session = db.session()
    form.other.data = str(pair.absorbed.id)
    found = queries.preview(session, kept=pair.kept, absorbed=pair.absorbed)
    return form.page(
        "lives/merge.html",
        pair=pair,
        found=found,
        refusals=service.conflicts(session, pair=pair, parts=around.parts()),
        fields=FIELDS,
        hidden=_HIDDEN,
    )

"""The list of a promo: read, shown, and only then made into accounts.

Nothing is stored before someone has seen what it would do: meanwhile, the page holds the lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext

from app import context
from app.core.errors import Conflict
from app.core.sheets import Column, Kind
from app.core.transaction import transaction
from app.extensions import db
from app.modules.account import queries as accounts
from app.modules.gris.routes.asking import check_may_give
from app.modules.gris.routes.blueprint import SEE_PCEENS
from app.modules.promos import around
from app.modules.promos.errors import ListLost
from app.modules.promos.forms import ReviewForm, UploadForm
from app.modules.promos.queries import STUDENT
from app.modules.promos.rules import lines as rules
from app.modules.promos.rules.lines import Line
from app.modules.promos.rules.matching import Judged, Verdict
from app.modules.promos.service import importing as service
from app.modules.promos.service.importing import Asked, Imported, Plan
from app.web.downloads import table_download

bp = Blueprint("promos", __name__)

#: The longest that sends the lines back, and in all; in bytes.
_LONGEST_TEXT, _LONGEST_BODY = 7_000_000, 8_000_000
#: How many of those who are there, or new, the preview shows.
_SHOWN = 20


@bp.url_value_preprocessor
def _let_lists_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let the preview send the lines back as a text, before anything reads the form."""
    if endpoint == "promos.import_":
        request.max_form_memory_size = _LONGEST_TEXT
        request.max_content_length = _LONGEST_BODY


@bp.route("/gris/pceens/import", methods=["GET", "POST"], endpoint="import_")
@context.any_permission_only(*SEE_PCEENS)
def import_() -> ResponseReturnValue:
    """A form for the list of a promo: shown first, then made into accounts."""
    form = UploadForm(data={"promo": around.entering()})
    with form.refusals():
        if "refused" in request.form:
            return _refused_file(request.form["refused"])
        if "content" in request.form:
            return _import(rules.unpacked(request.form["content"]))
        if form.validate_on_submit():
            _check_rights(form.promo.number)
            return _first_preview(rules.read(form.file.content), form.promo.number)
    return form.page("promos/import.html", back=url_for("gris.pceens"))


def _check_rights(promo: int) -> None:
    """Refuse who may not give the roles of a class.

    Raises:
        NotAllowed, RoleNotYours: If they may not, or not yet.
    """
    session = db.session()
    check_may_give(accounts.role(session, STUDENT))
    service.check_rights(session, promo=promo, actor=context.current.me)


def _first_preview(lines: Sequence[Line], promo: int) -> ResponseReturnValue:
    form = ReviewForm(formdata=None, data={"content": rules.packed(lines), "promo": promo})
    return _preview(form, Asked(lines=lines, promo=promo))


def _import(lines: Sequence[Line]) -> ResponseReturnValue:
    """Make the accounts, if that is what was shown; else show it again.

    Raises:
        ListLost: If what comes back is nonsense.
        NotAllowed, RoleNotYours: If the visitor may not give the roles of a class.
    """
    form = ReviewForm()
    if not form.validate():
        raise ListLost
    asked = Asked(
        lines=lines,
        promo=form.promo.number,
        others=frozenset(form.others.data or ()),
        without_wrong=bool(form.without_wrong.data),
        seen=str(form.seen.data),
    )
    _check_rights(asked.promo)
    with form.refusals():
        with transaction(db.session()) as session:
            done = service.apply(session, asked, actor=context.current.me)
        _tell(done)
        return redirect(url_for("gris.pceens", view="all", promo=asked.promo), 303)
    if form.status == Conflict.status:
        form.without_wrong.data = False  # what is left out is no longer what was seen
    return _preview(form, asked)


def _tell(done: Imported) -> None:
    """Say what was done, and of whom nothing was."""
    if done.made:
        flash(
            ngettext(
                "%(num)s compte créé : l'invitation part.",
                "%(num)s comptes créés : les invitations partent.",
                done.made,
            ),
            "success",
        )
    if done.completed:
        flash(
            ngettext("%(num)s compte complété.", "%(num)s comptes complétés.", done.completed),
            "success",
        )
    if not done.made and not done.completed:
        flash(_("Il n'y avait rien à faire : tout le monde est déjà là."), "info")
    left = len(done.plan.of(Verdict.doubtful)) + len(done.plan.of(Verdict.wrong))
    if left:
        flash(
            ngettext("%(num)s ligne laissée de côté.", "%(num)s lignes laissées de côté.", left),
            "warning",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """All that the preview of a list shows."""

    plan: Plan
    others: frozenset[int]
    #: The lines to correct, as a form sends them to have them in a file.
    refused: str

    shown = _SHOWN
    verdicts = Verdict

    @property
    def has_work(self) -> bool:
        """Whether there is anything to import, if only by ticking a box."""
        plan = self.plan
        return bool(plan.of(Verdict.new) or plan.of(Verdict.doubtful) or plan.to_complete)


def _preview(form: ReviewForm, asked: Asked) -> ResponseReturnValue:
    plan = service.plan(db.session(), asked)
    form.seen.data = plan.digest
    preview = Preview(plan=plan, others=asked.others, refused=_packed(plan.of(Verdict.wrong)))
    return form.page("promos/preview.html", page=preview, back=url_for("promos.import_"))


# The lines to correct, in a file


def _packed(wrong: Sequence[Judged]) -> str:
    return rules.pack(
        [[one.line.number, one.line.nom, one.line.prenom, one.line.email, one.why] for one in wrong]
    )


def _refused_file(text: str) -> Response:
    """The lines to correct, as the preview shows them.

    Raises:
        ListLost: If what comes back is nonsense.
    """
    columns = [
        Column(_("ligne"), Kind.number),
        *(Column(name) for name in ("nom", "prenom", "email", _("raison"))),
    ]
    rows = rules.unpack(text, width=len(columns))
    return table_download(_("lignes-a-corriger"), _("À corriger"), columns, rows, "csv")

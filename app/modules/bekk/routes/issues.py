"""Issues: their list, and what who publishes them does of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l, ngettext

from app import context
from app.context import current
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import DocumentState, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.integrations.documents.refusals import in_words
from app.models import Bekk
from app.modules.bekk import around
from app.modules.bekk.forms.issues import EditIssueForm, IssueForm
from app.modules.bekk.queries import issues as queries
from app.modules.bekk.routes.blueprint import bp
from app.modules.bekk.routes.reading import shelf_of
from app.modules.bekk.rules.promos import chosen
from app.modules.bekk.service import issues as service
from app.modules.bekk.service.issues import Progress
from app.web import module_texts
from app.web.asked import asked_page
from app.web.documents import document_upload
from app.web.forms import Form
from app.web.uploads import streamed

BEKK = module_texts.Introduced("bekk", _l("le Bekk"), "bekk.index", "bekk.edit_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An issue among others."""

    issue: Bekk
    #: Of the cover, if there is one: its address, width and height.
    cover: str | None
    width: int
    height: int
    pdf: str

    @property
    def key(self) -> int:
        return self.issue.id

    @property
    def progress(self) -> Progress | None:
        """How far the drawing of its pages is, while they are drawn."""
        is_being_made = self.issue.state is DocumentState.processing
        return service.progress(self.issue, around.store()) if is_being_made else None

    @property
    def failure(self) -> str | None:
        """Why its pages could not be drawn, if they could not."""
        has_failed = self.issue.state is DocumentState.failed
        return str(in_words(self.issue.error)) if has_failed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """All that the list of the issues shows."""

    found: Page[Bekk]
    cards: Sequence[Card]
    #: The promos that have issues, the latest first; and that of the list, ``None`` for all.
    promos: Sequence[int]
    promo: int | None

    @property
    def tabs(self) -> Sequence[tuple[str, str, bool]]:
        """The lists of the promos, and that of all issues: labels, addresses, which is here."""
        ways = [(_("Tous les numéros"), 0), *((str(promo), promo) for promo in self.promos)]
        return [
            (label, url_for("bekk.index", promo=promo), promo == (self.promo or 0))
            for label, promo in ways
        ]


def _list_page() -> ListPage:
    session = db.session()
    promos = queries.promos(session)
    promo = chosen(request.args.get("promo"), promos, first_year=around.first_year())
    found = queries.of_promo(session, promo, number=asked_page())
    sizes = queries.cover_sizes(session, found.items)
    cards = [_card(one, sizes.get(one.id)) for one in found.items]
    return ListPage(found=found, cards=cards, promos=promos, promo=promo)


def _card(issue: Bekk, size: tuple[int, int] | None) -> Card:
    shelf, revision = shelf_of(issue.id), issue.shown_revision
    width, height = size or (0, 0)
    return Card(
        issue=issue,
        cover=shelf.cover(revision) if revision is not None else None,
        width=width,
        height=height,
        pdf=shelf.url(issue.file),
    )


@bp.get("/bekk")
@context.permission_only(T.read, S.bekk)
def index() -> ResponseReturnValue:
    """The issues of a promo, the latest first."""
    return IssueForm().page("bekk/list.html", page=_list_page())


@bp.route("/bekk/edit_text", methods=["GET", "POST"])
@context.permission_only(T.write, S.bekk)
def edit_text() -> ResponseReturnValue:
    """Change the introduction of the Bekk."""
    return module_texts.edit(BEKK)


@bp.get("/api/bekk/<int:key>")
@context.permission_only(T.read, S.bekk)
def progress(key: int) -> ResponseReturnValue:
    """Where an issue stands, and how many of its pages are drawn, for scripts."""
    issue = queries.issue(db.session(), key)
    made = service.progress(issue, around.store())
    return {
        "state": issue.state.value,
        "is_over": issue.state is not DocumentState.processing,
        "done": made.done,
        "total": made.total,
        "message": ngettext(
            "%(done)s sur %(num)s page", "%(done)s sur %(num)s pages", made.total, done=made.done
        ),
    }


# What who publishes them does


@bp.post("/bekk/new")
@context.permission_only(T.write, S.bekk)
@streamed(document_upload(lambda: around.store().incoming))
def add() -> ResponseReturnValue:
    """Publish an issue."""
    form = IssueForm()
    if form.validate_on_submit():
        with form.refusals():
            _publish(form)
            flash(_("Le numéro est enregistré : ses pages se préparent."), "success")
            return _onwards(form.details.promo)
    return _sent_back(form, "bekk/new.html")


def _publish(form: IssueForm) -> None:
    """Take the PDF of a form.

    Raises:
        DomainError: If it may not be an issue.
    """
    store, field, sender = around.store(), form.pdf_file, current.me.id
    with store.workbench() as (_sent, made):
        arrived = service.look(db.session(), sent=field.sent.path, made=made, name=field.file_name)
        with transaction(db.session()) as session:
            if form.is_first_as_filled(session, sender=sender):
                service.add(session, details=form.details, arrived=arrived, store=store)


@bp.route("/bekk/<int:key>/edit", methods=["GET", "POST"])
@context.permission_only(T.write, S.bekk)
@streamed(document_upload(lambda: around.store().incoming))
def edit(key: int) -> ResponseReturnValue:
    """Change an issue, and its PDF if another one is sent."""
    issue = queries.issue(db.session(), key)
    form = EditIssueForm(issue)
    if form.validate_on_submit():
        with form.refusals():
            _tell(_change(form, key))
            return _onwards(form.details.promo)
    return _sent_back(form, "bekk/edit.html", issue=queries.issue(db.session(), key))


def _change(form: EditIssueForm, key: int) -> bool:
    """Do what a form asks; whether anything changed.

    Raises:
        DomainError: If another PDF may not be an issue, or if somebody was quicker.
    """
    store, field = around.store(), form.pdf_file
    with store.workbench() as (_sent, made):
        arrived = None
        if field.file_name:
            path = field.sent.path
            arrived = service.look(db.session(), sent=path, made=made, name=field.file_name)
        with transaction(db.session()) as session:
            return service.edit(
                session,
                issue=queries.issue(session, key),
                details=form.details,
                version=form.seen_version,
                arrived=arrived,
                store=store,
            )


def _tell(is_changed: bool) -> None:  # noqa: FBT001  # what it tells
    if is_changed:
        flash(_("Le numéro est modifié."), "success")
    else:
        flash(_("Rien n'a changé."), "info")


@bp.post("/bekk/<int:key>/delete")
@context.permission_only(T.write, S.bekk)
def delete(key: int) -> ResponseReturnValue:
    """Delete an issue."""
    with transaction(db.session()) as session:
        issue = queries.issue(session, key)
        name = issue.name
        service.delete(session, issue=issue)
    flash(_("« %(name)s » est supprimé.", name=name), "success")
    return redirect(url_for("bekk.index"), 303)


@bp.post("/bekk/<int:key>/retry")
@context.permission_only(T.write, S.bekk)
def retry(key: int) -> ResponseReturnValue:
    """Have the pages of an issue drawn again."""
    with transaction(db.session()) as session:
        issue = queries.issue(session, key)
        promo = issue.promo
        service.retry(session, issue=issue)
    flash(_("Les pages se préparent de nouveau."), "success")
    return redirect(url_for("bekk.index", promo=promo), 303)


# To the script that shows how far a file is sent (static/js/bekk/send.js), or as any form


def _is_script() -> bool:
    """Whether a script sent the form: it shows the answer itself."""
    return request.accept_mimetypes.best == "application/json"


def _onwards(promo: int) -> ResponseReturnValue:
    """Lead to the issues of a promo: it is done."""
    url = url_for("bekk.index", promo=promo)
    return {"next": url} if _is_script() else redirect(url, 303)


def _sent_back(form: Form, template: str, **values: object) -> ResponseReturnValue:
    """The form again, with what is wrong with it."""
    if form.is_accepted or not _is_script():
        return form.page(template, **values)
    hidden = {one.name: one.data for one in form if one.name in ("version", "idempotency_key")}
    said = {
        "errors": {
            field.name: [str(one) for one in field.errors] for field in form if field.errors
        },
        "general": [str(one) for one in form.form_errors],
        "hidden": hidden,
    }
    return said, form.status

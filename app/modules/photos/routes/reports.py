"""Wanting a photo looked at, and deciding of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict

from app import context
from app.context import current
from app.context.refusals import LogInFirst
from app.core import tokens
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import ReportKind, ReportStatus
from app.extensions import db
from app.models import Photo, PhotoReport
from app.modules.photos.errors import Malformed
from app.modules.photos.forms.reports import DecisionForm, ReportForm
from app.modules.photos.queries import reports as queries
from app.modules.photos.routes.blueprint import bp
from app.modules.photos.routes.bodies import body, photo_called, photo_sent
from app.modules.photos.routes.loading import own_access
from app.modules.photos.routes.shown import Addresses
from app.modules.photos.service import reports as service
from app.modules.photos.service.reports import Draft, Reporter, Verdict
from app.web.asked import asked_page
from app.web.errors import answer
from app.web.forms import Form, answered
from app.web.visitors import counted_address

#: How long a visitor has to confirm their address, in seconds.
_CONFIRMED_WITHIN = 2 * 86_400
_DECISIONS = {
    "hide": ReportStatus.hidden,
    "keep": ReportStatus.kept,
    "delete": ReportStatus.deleted,
}


@bp.route("/photos/<collection>/<album>/photo/<stem>/report", methods=["GET", "POST"])
@context.per_element
def report_photo(collection: str, album: str, stem: str) -> ResponseReturnValue:
    """Have who is in charge of a photo look at it."""
    photo, form = photo_called(collection, album, stem), ReportForm()
    here = Addresses(photo.album).here
    if form.validate_on_submit():
        with form.refusals():
            _report(photo, form)
            if current.is_logged_in:
                flash(_("C'est signalé : vous aurez une réponse par mail."), "success")
            else:
                flash(_("Encore un pas : ouvrez le lien du mail qui vous attend."), "info")
            return redirect(here, 303)
    return form.page("photos/report.html", photo=photo, addresses=Addresses(photo.album))


def _report(photo: Photo, form: ReportForm) -> PhotoReport | None:
    """Keep a report, unless this very form was sent already; that of a visitor once they confirm.

    Raises:
        DomainError: If it is refused.
    """
    me = current.pceen
    email = None if me else form.email.text
    by = Reporter(pceen=me, email=email, locale=str(get_locale()), place=counted_address())
    with transaction(db.session()) as session:
        if not form.is_first(session, sender=me.id if me else None):
            return None
        draft = form.draft()
        if me is not None:
            return service.report(session, photo=photo, draft=draft, by=by)
        secret = _signer().dumps([photo.id, draft.kind, draft.reason, email, by.locale])
        service.ask_visitor(session, photo=photo, draft=draft, by=by, secret=secret)
        form.spend_captcha(session)
    return None


def _signer() -> URLSafeTimedSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.secret_key]
    return URLSafeTimedSerializer(keys, salt="report of a photo")


@bp.route("/photos/report/<token>", methods=["GET", "POST"])
@context.public
def confirm_report(token: str) -> ResponseReturnValue:
    """Report a photo, for a visitor whose address is theirs."""
    try:
        key, kind, reason, email, locale = _signer().loads(token, max_age=_CONFIRMED_WITHIN)
    except BadSignature:
        abort(404)
    photo, form = db.session.get(Photo, key), Form()
    if photo is None:
        abort(404)
    album, where = photo.album, Addresses(photo.album).here
    if not form.validate_on_submit():
        return form.page("photos/confirm_report.html", album=album, email=email)
    by = Reporter(pceen=None, email=email, locale=locale, place=counted_address())
    draft = Draft(kind=ReportKind(kind), reason=reason)
    with transaction(db.session()) as session:
        if answered(session, tokens.digest(f"report of a photo {token}")):
            service.keep(session, photo=photo, draft=draft, by=by)
    flash(_("C'est signalé : vous aurez une réponse par mail."), "success")
    return redirect(where, 303)


@bp.post("/api/photos/report")
@context.per_element
def api_report() -> ResponseReturnValue:
    """Likewise, for scripts."""
    sent = body()
    photo = photo_sent(sent)
    texts = {name: value for name, value in sent.items() if isinstance(value, str)}
    form = ReportForm(formdata=MultiDict(texts))
    if not form.validate():
        return _wrong(form)
    made = _report(photo, form)
    return {"hidden": made.hid if made is not None else photo.hidden}, 201


def _wrong(form: ReportForm | DecisionForm) -> ResponseReturnValue:
    """What is wrong with what a script sent, field by field."""
    errors = {name or "form": [str(one) for one in found] for name, found in form.errors.items()}
    message = next(one for found in errors.values() for one in found)
    told: Any = answer(422, message)
    return {"error": {**told[0]["error"], "detail": errors}}, 422


# Deciding


@dataclass(frozen=True)
class ShownReport:
    """A report, and the photo that it is about, if it is still there."""

    report: PhotoReport
    addresses: Addresses

    @property
    def thumb(self) -> str | None:
        photo = self.report.photo
        return self.addresses.thumb(photo) if photo is not None else None

    @property
    def page(self) -> str | None:
        photo = self.report.photo
        return self.addresses.page(photo) if photo is not None else None

    @property
    def who(self) -> str:
        """Who reported it."""
        if self.report.reporter is not None:
            return self.report.reporter.full_name
        return self.report.email or _("une personne qui n'a plus de compte")


@dataclass(frozen=True)
class ReportsPage:
    """All that the list of the reports shows."""

    found: Page[PhotoReport]
    #: The answer that was refused, if one was, and to which report.
    refused: tuple[int, DecisionForm] | None = None

    def form(self, report: PhotoReport) -> DecisionForm:
        """What decides of a report, as it was typed if it was refused."""
        if self.refused and self.refused[0] == report.id:
            return self.refused[1]
        return DecisionForm(formdata=None)

    @cached_property
    def items(self) -> list[ShownReport]:
        albums: dict[int, Addresses] = {}
        return [
            ShownReport(one, albums.setdefault(one.album_id, Addresses(one.album)))
            for one in self.found.items
        ]


@bp.get("/photos/reports")
@context.per_element
def reports() -> ResponseReturnValue:
    """The photos that people want looked at, for who is in charge of some."""
    mine = own_access()
    if not current.is_logged_in:
        raise LogInFirst
    if not mine.opens or not mine.writes:
        abort(403)
    page = ReportsPage(queries.reports(db.session(), mine, number=asked_page()))
    return render_template("photos/reports.html", page=page)


@bp.post("/photos/reports/<int:key>")
@context.per_element
def decide_report(key: int) -> ResponseReturnValue:
    """Decide of a report."""
    found, form = _report_to_decide(key), DecisionForm()
    decision = _DECISIONS.get(request.form.get("decision", ""))
    if decision is None:
        abort(400)
    if form.validate_on_submit():
        is_over = _decide(found, decision, form)
        flash(_said(decision), "success")
        if is_over:
            flash(_("C'était la dernière photo visible : l'album est masqué."), "warning")
        return redirect(url_for("photos.reports"), 303)
    reports = queries.reports(db.session(), own_access(), number=asked_page())
    return form.page("photos/reports.html", page=ReportsPage(reports, (key, form)))


def _report_to_decide(key: int) -> PhotoReport:
    mine = own_access()
    if not current.is_logged_in:
        raise LogInFirst
    return queries.report(db.session(), key, mine)


def _decide(found: PhotoReport, decision: ReportStatus, form: DecisionForm) -> bool:
    verdict = Verdict(status=decision, answer=form.answer.text or None)
    with transaction(db.session()) as session:
        return service.decide(session, report=found, verdict=verdict, by=current.me)


def _said(decision: ReportStatus) -> str:
    if decision is ReportStatus.kept:
        return str(_("La photo reste : qui l'a signalée est prévenu."))
    if decision is ReportStatus.deleted:
        return str(_("La photo est supprimée : qui l'a signalée est prévenu."))
    return str(_("La photo est masquée : qui l'a signalée est prévenu."))


@bp.post("/api/photos/report/<int:key>")
@context.per_element
def api_decide(key: int) -> ResponseReturnValue:
    """Decide of a report, for scripts."""
    found, sent = _report_to_decide(key), body()
    decision = _DECISIONS.get(str(sent.get("decision")))
    given = sent.get("answer") or ""
    if decision is None or not isinstance(given, str):
        raise Malformed
    form = DecisionForm(formdata=MultiDict({"answer": given}))
    if not form.validate():
        return _wrong(form)
    is_over = _decide(found, decision, form)
    return {"status": found.status, "album_hidden": is_over}
